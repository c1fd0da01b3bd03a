//! The objects of RFC 8555 §7.1, as a CA fills them in. `https://HERE` in them stands for its address.

use serde_json::{Value, json};

/// The directory, in which renewal information is offered (RFC 9773 §3), and profiles (draft-ietf-acme-profiles §3).
pub fn directory_object() -> Value {
    json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
           "newOrder": "https://HERE/new-order", "renewalInfo": "https://HERE/renewal-info",
           "revokeCert": "https://HERE/revoke",
           "meta": {"termsOfService": "https://HERE/terms",
                    "profiles": {"short": "For a week", "long": "For a quarter", "p": "https://HERE/p"}}})
}

/// An order for these names.
pub fn order_object(names: &[&str], status: &str) -> Value {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    order(&names, status)
}

pub(super) fn order(names: &[String], status: &str) -> Value {
    let identifiers: Vec<_> = names
        .iter()
        .map(|name| json!({"type": "dns", "value": name}))
        .collect();
    let authorizations: Vec<_> = (0..names.len())
        .map(|n| format!("https://HERE/authorization/{n}"))
        .collect();
    let mut order = json!({"status": status, "identifiers": identifiers, "authorizations": authorizations,
                           "finalize": "https://HERE/finalize"});
    if status == "valid" {
        order["certificate"] = "https://HERE/certificate".into();
    }
    order
}

/// An authorization for a name.
pub fn authorization(name: &str, number: &str, status: &str) -> Value {
    json!({"identifier": {"type": "dns", "value": name.trim_start_matches("*.")}, "status": status,
           "wildcard": name.starts_with("*."), "challenges": [challenge(number, status)]})
}

pub(super) fn challenge(number: &str, status: &str) -> Value {
    json!({"type": "dns-01", "url": format!("https://HERE/challenge/{number}"), "status": status,
           "token": format!("token-{number}")})
}
