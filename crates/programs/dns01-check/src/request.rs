//! A request for an order, which has no challenges yet (acmepipe(7), "Requests").

use pipeline::Document;
use pipeline::catalogue::order::ORDER;

use crate::named::Named;

/// Gives a request the challenges that its order will have, as far as they are known before: those for names that are none say
/// later why.
pub(crate) fn expect_challenges(document: &mut Document) {
    if document.challenge_count() > 0 {
        return;
    }
    let order = document.member(&ORDER).unwrap_or_default();
    if order.get("url").is_some() {
        return;
    }
    let names = order["identifiers"].as_array().into_iter().flatten();
    let names = names.filter_map(|one| one["value"].as_str());
    let challenges: Vec<_> = names
        .filter_map(|name| Named::parse(name).ok())
        .map(|named| named.challenge())
        .collect();
    if !challenges.is_empty() {
        document.set_challenges(challenges);
    }
}

#[cfg(test)]
mod tests {
    use pipeline::Value;
    use serde_json::json;

    use super::*;

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
            let found: Vec<_> = document
                .challenges()
                .filter_map(|one| one.owner())
                .collect();
            assert_eq!(found, expected);
        }
    }
}
