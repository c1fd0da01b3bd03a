//! Documents as a pipeline would pass them on.

use serde_json::{Value, json};

/// A challenge of `example.test.` that waits to be presented.
pub fn challenge(name: &str, value: &str) -> Value {
    json!({
        "identifier": {"type": "dns", "value": name}, "wildcard": false, "status": "pending",
        "token": format!("-token-{value}"), "key_authorization": format!("-token-{value}.thumb_print"),
        "fqdn": format!("_acme-challenge.{name}."), "value": value, "zone": "example.test.",
    })
}

/// An order with these challenges, as text.
pub fn order(challenges: impl IntoIterator<Item = Value>) -> String {
    let challenges: Vec<_> = challenges.into_iter().collect();
    json!({"version": 1, "name": "example.test", "challenges": challenges}).to_string()
}

/// So many orders of three challenges each, all at one name; a value is `PREFIX-ORDER-NUMBER`.
pub fn orders(prefix: &str, count: usize) -> String {
    let order = |number: usize| {
        let challenges = [0, 1, 2].map(|value| {
            json!({
                "fqdn": "_acme-challenge.example.test.", "value": format!("{prefix}-{number}-{value}"),
                "zone": "example.test.",
            })
        });
        let order = json!({"name": format!("{prefix}{number}"), "challenges": challenges});
        format!("{order}\n")
    };
    (0..count).map(order).collect()
}
