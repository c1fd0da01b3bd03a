//! A CA tells when a certificate is to be renewed, and takes an order that replaces it, once (RFC 9773).

use std::fs;

use certificates::Chain;
use sandbox::{Config, Sandbox};
use serde_json::{Value, json};

/// The id of a document's certificate.
fn renewal_id(order: &Value) -> String {
    let path = order["certificate"]["fullchain"].as_str().expect("a path");
    let chain = Chain::from_pem(&fs::read(path).expect("readable")).expect("a chain");
    chain.leaf().renewal_id().expect("it says who signed it")
}

#[test]
fn a_certificate_is_replaced_once_and_after_that_ordered_as_one_that_replaces_none() {
    let mut config = Config::default();
    config.pebble.testing = true;
    // A resolver of its would remember the first record of the name.
    config.pebble.always_valid = true;
    let sandbox = Sandbox::with(config);
    let first = sandbox.issue("-d a.example.test").success().document();
    let id = renewal_id(&first);

    let directory = sandbox
        .sh("curl -s --cacert \"$LEGO_CA_CERTIFICATES\" \"$LEGO_SERVER\"")
        .success();
    let directory: Value = serde_json::from_str(&directory.stdout).expect("a directory");
    let base = directory["renewalInfo"].as_str().expect("it is offered");
    let info = sandbox.sh(&format!(
        "curl -s --cacert \"$LEGO_CA_CERTIFICATES\" {base}/{id}"
    ));
    let info: Value = serde_json::from_str(&info.success().stdout).expect("renewal information");
    assert!(info["suggestedWindow"]["start"].is_string(), "{info}");

    // What it replaces and what it has in common with that is for the CA to judge.
    let request = |more: &str| {
        let identifiers = [
            json!({"type": "dns", "value": "a.example.test"}),
            json!({"type": "dns", "value": more}),
        ];
        json!({
            "version": 1, "name": "a.example.test", "account": first["account"], "directory": first["directory"],
            "order": {"identifiers": identifiers, "replaces": id},
        })
        .to_string()
    };
    let replaced = sandbox.sh_with("acme-order", &request("b.example.test"));
    assert_eq!(replaced.stderr, "");
    let replaced = replaced.success().document();
    assert_eq!(replaced["order"]["replaces"], id);
    assert_eq!(replaced["account"], first["account"]);

    let line = format!("{} | {}", Sandbox::PREPARE, Sandbox::FINISH);
    let done = sandbox.sh_with(&line, &replaced.to_string());
    assert!(done.success().document()["certificate"].is_object());
    let again = sandbox.sh_with("acme-order", &request("c.example.test"));
    let said = "a.example.test: ordered once more, as a certificate that replaces none: ";
    assert!(again.stderr.contains(said), "{}", again.stderr);
    let again = again.success().document();
    assert_eq!(again["order"].get("replaces"), None);
    sandbox.assert_nothing_left();
}
