//! `present --again`: takes up an order once more in which one value replaced another.

use pipeline::{Document, Failure, Object};

/// What `dns-wait-txt` calls a value that another one of the same name replaced.
const OVERWRITTEN: &str = "acmepipe:dns:overwritten";

/// Takes the errors off a document that failed for no other reason than that values replaced each other, if all of its
/// records are removed. Returns whether it did; otherwise the document stays as it is.
pub(crate) fn revive(document: &mut Document) -> bool {
    let can_be_revived = error_type(&document.object()).as_deref() == Some(OVERWRITTEN)
        && document.challenges().all(|challenge| is_clean(&challenge));
    if can_be_revived {
        document.remove("error");
        for index in 0..document.challenge_count() {
            document.change(index, |challenge| {
                challenge.shift_remove("error");
            });
        }
    }
    can_be_revived
}

/// Whether nothing else has failed on a challenge, and nothing is there to be removed.
fn is_clean(challenge: &Object) -> bool {
    let is_removed = challenge
        .get("cleanup")
        .is_some_and(|cleanup| cleanup.get("error").is_none());
    error_type(challenge).is_none_or(|kind| kind == OVERWRITTEN)
        && (is_removed || !challenge.contains_key("present"))
}

fn error_type(object: &Object) -> Option<String> {
    Failure::of(object).map(|failure| failure.kind)
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
        let has_error = |challenge: Object| challenge.contains_key("error");
        assert!(!revived || !document.challenges().any(has_error));
        assert!(revived || document == before);
        revived
    }

    #[test]
    fn only_an_order_that_failed_for_replaced_values_and_is_clean_is_taken_up() {
        let overwritten = json!({"type": OVERWRITTEN});
        let other = json!({"type": "acmepipe:exec:status"});
        let clean = json!({"fqdn": "a.", "present": {}, "cleanup": {}});
        for (challenge, error, expected) in [
            (&clean, &overwritten, true),
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
