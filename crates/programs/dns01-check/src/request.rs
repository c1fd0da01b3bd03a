//! A request for an order, which has no challenges yet (acmepipe(7), "Requests").

use dns_cli::CheckContext;
use pipeline::Document;
use pipeline::catalogue::challenge::TYPE;
use pipeline::catalogue::order::{OPTIONS, ORDER};

use crate::named::Named;

/// Gives a request the challenges that its order will have, as far as they are known before: those for names that are none say
/// later why.
pub(crate) fn expect_challenges(document: &mut Document) {
    if document.challenge_count() > 0 || document.has_error() {
        return;
    }
    let order = document.member(&ORDER).unwrap_or_default();
    if order.get("url").is_some() {
        return;
    }
    let names = order["identifiers"].as_array().into_iter().flatten();
    let names = names.filter_map(|one| one["value"].as_str());
    let kind = kind(document);
    let challenges: Vec<_> = names
        .filter_map(|name| Named::parse(name).ok())
        .map(|named| {
            let mut challenge = named.challenge();
            if let Some(kind) = &kind {
                challenge.set(&TYPE, kind.as_str());
            }
            challenge
        })
        .collect();
    if !challenges.is_empty() {
        document.set_challenges(challenges);
    }
}

/// The only type of challenge that a request takes, where it says that.
fn kind(document: &Document) -> Option<String> {
    let options = document.member(&OPTIONS)?;
    let kind = options["challenge"].as_str()?;
    (!kind.contains(',')).then(|| kind.to_owned())
}

/// The CA that a request without a directory names.
pub(crate) fn usual(document: &Document) -> Option<CheckContext> {
    let options = document.member(&OPTIONS)?;
    let server = options["server"].as_str()?;
    Some(CheckContext {
        issuers: dns_cli::issuers(server),
        ..CheckContext::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use pipeline::Value;

    #[test]
    fn a_request_gets_a_challenge_for_each_name_and_an_order_keeps_those_it_has() {
        let names = |names: &[&str]| -> Value {
            let all = names
                .iter()
                .map(|name| json!({"type": "dns", "value": name}));
            all.collect()
        };
        let given = json!([{"identifier": {"type": "dns", "value": "b.test"}}]);
        for (order, challenges, expected) in [
            (
                json!({"identifiers": names(&["a.test", "*.a.test", "a b"])}),
                json!([]),
                vec!["a.test", "*.a.test"],
            ),
            (
                json!({"identifiers": names(&["a.test"])}),
                given,
                vec!["b.test"],
            ),
            (
                json!({"identifiers": names(&["a.test"]), "url": "https://ca.test/1"}),
                json!([]),
                vec![],
            ),
            (json!({"identifiers": 7}), json!([]), vec![]),
            (json!(7), json!([]), vec![]),
        ] {
            let Value::Object(members) = json!({"order": order, "challenges": challenges}) else {
                unreachable!("braces make an object")
            };
            let mut document = Document::from(members);
            expect_challenges(&mut document);
            let kinds: Vec<_> = document.challenges().filter_map(|one| one.kind()).collect();
            assert!(kinds.is_empty(), "{kinds:?}");
            let found: Vec<_> = document
                .challenges()
                .filter_map(|one| one.owner())
                .collect();
            assert_eq!(found, expected);
        }
    }
}
