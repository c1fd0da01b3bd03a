//! `present --again`: an order in which one value replaced another is taken up once more.

use pipeline::{Document, Failure, Object};

/// What `dns-wait-txt` calls a value that was replaced by its sibling.
const OVERWRITTEN: &str = "acmepipe:dns:overwritten";

/// Takes the errors off a document that failed for no other reason than that values replaced each other, if all of
/// its records are cleaned up; false where it stays as it is.
pub(crate) fn revive(document: &mut Document) -> bool {
    let failed = |object: &Object| Failure::of(object).map(|failure| failure.kind);
    let revivable = failed(&document.object()).as_deref() == Some(OVERWRITTEN)
        && document.challenges().all(|challenge| {
            let is_clean = challenge
                .get("cleanup")
                .is_some_and(|cleanup| cleanup.get("error").is_none());
            failed(&challenge).is_none_or(|kind| kind == OVERWRITTEN)
                && (is_clean || !challenge.contains_key("present"))
        });
    if revivable {
        document.remove("error");
        for index in 0..document.challenge_count() {
            document.change(index, |challenge| {
                challenge.shift_remove("error");
            });
        }
    }
    revivable
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn revived(order: Value) -> bool {
        let mut document = Document::from(order.as_object().cloned().unwrap_or_default());
        let revived = revive(&mut document);
        assert_eq!(revived, !document.has_error());
        revived
    }

    #[test]
    fn only_an_order_that_failed_for_replaced_values_and_is_clean_is_taken_up() {
        let overwritten = json!({"type": OVERWRITTEN});
        let order = |one: Value, error: &Value| {
            json!({"challenges": [one, {"fqdn": "b.", "error": overwritten,
                "present": {}, "cleanup": {}}], "error": error})
        };
        let clean = json!({"fqdn": "a.", "present": {}, "cleanup": {}});
        assert!(revived(order(clean.clone(), &overwritten)));
        assert!(!revived(order(
            clean,
            &json!({"type": "acmepipe:dns:no-zone"})
        )));
        assert!(!revived(order(
            json!({"fqdn": "a.", "present": {}}),
            &overwritten
        )));
        let failed = json!({"fqdn": "a.", "error": {"type": "acmepipe:exec:status"}});
        assert!(!revived(order(failed, &overwritten)));
    }
}
