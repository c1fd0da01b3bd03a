//! `present --again`: takes up an order once more in which one value replaced another, or waited for another.

use pipeline::{Challenge, Document, Problem, catalogue, types};

/// Takes the errors off a document that failed only because values replaced each other or waited for each other, if all of
/// its records are removed. Returns whether it did; otherwise the document stays as it is.
pub(crate) fn revive(document: &mut Document) -> bool {
    let can_be_revived = document.problem().as_ref().is_some_and(is_about_others)
        && document.challenges().all(|challenge| is_clean(&challenge));
    if can_be_revived {
        document.remove(&catalogue::order::ERROR);
        for index in 0..document.challenge_count() {
            document.change(index, |challenge| {
                challenge.remove(&catalogue::challenge::ERROR);
            });
        }
    }
    can_be_revived
}

/// Whether nothing else has failed on a challenge, and nothing is there to be removed.
fn is_clean(challenge: &Challenge) -> bool {
    let problem = challenge.problem();
    problem.as_ref().is_none_or(is_about_others)
        && (challenge.is_cleaned_up() || !challenge.is_presented())
}

/// Whether the problem is that another value replaced this one, or was there and this one had to wait.
fn is_about_others(problem: &Problem) -> bool {
    let types = [
        &types::DNS_OVERWRITTEN,
        &types::DNS_REMOVED,
        &types::DEFERRED,
    ];
    types.iter().any(|kind| problem.is(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn revived(order: Value) -> bool {
        let mut document = Document::from(order.as_object().cloned().unwrap_or_default());
        let before = document.clone();
        let revived = revive(&mut document);
        assert_eq!(revived, !document.has_error());
        let has_error = |challenge: Challenge| challenge.has(&catalogue::challenge::ERROR);
        assert!(!revived || !document.challenges().any(has_error));
        assert!(revived || document == before);
        revived
    }

    #[test]
    fn only_an_order_that_failed_for_replaced_values_and_is_clean_is_taken_up() {
        let overwritten = json!({"type": "acmepipe:dns:overwritten"});
        let other = json!({"type": "acmepipe:exec:status"});
        let clean = json!({"fqdn": "a.", "present": {}, "cleanup": {}});
        for (challenge, error, expected) in [
            (&clean, &overwritten, true),
            (&clean, &json!({"type": "acmepipe:dns:removed"}), true),
            (&clean, &json!({"type": "acmepipe:deferred"}), true),
            (&clean, &other, false),
            (&json!({"fqdn": "a."}), &overwritten, true),
            (&json!({"fqdn": "a.", "present": {}}), &overwritten, false),
            (
                &json!({"fqdn": "a.", "present": {}, "cleanup": {"error": {}}}),
                &overwritten,
                false,
            ),
            (&json!({"fqdn": "a.", "error": other}), &overwritten, false),
            (
                &json!({"fqdn": "a.", "present": {}, "cleanup": {}, "error": overwritten}),
                &overwritten,
                true,
            ),
        ] {
            let order = json!({
                "challenges": [challenge, {"fqdn": "b.", "error": overwritten, "present": {}, "cleanup": {}}],
                "error": error,
            });
            assert_eq!(revived(order), expected, "{challenge} {error}");
        }
    }
}
