//! A CA tells when a certificate is to be renewed, and takes an order that replaces it, once (RFC 9773).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandbox::{Config, Sandbox, is_known_as_replaced};
use serde_json::{Value, json};

/// The id of a document's certificate (RFC 9773 §4.1).
fn renewal_id(sandbox: &Sandbox, order: &Value) -> String {
    let cert = order["certificate"]["cert"].as_str().expect("a path");
    let text = sandbox.sh(&format!(
        "openssl x509 -noout -ext authorityKeyIdentifier -in '{cert}'"
    ));
    let authority = text.success().stdout;
    let authority = authority.lines().last().expect("a key").trim();
    let authority = authority.trim_start_matches("keyid:");
    let serial = order["certificate"]["serial"].as_str().expect("a number");
    let mut serial = bytes(serial);
    if serial[0] > 0x7f {
        serial.insert(0, 0);
    }
    let authority = URL_SAFE_NO_PAD.encode(bytes(&authority.replace(':', "")));
    format!("{authority}.{}", URL_SAFE_NO_PAD.encode(serial))
}

fn bytes(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[test]
fn a_certificate_is_replaced_once_and_after_that_ordered_as_one_that_replaces_none() {
    let mut config = Config::default();
    config.pebble.testing = true;
    // A resolver of its would remember the first record of the name.
    config.pebble.always_valid = true;
    let sandbox = Sandbox::with(config);
    let mut issued = (0..10).map(|_| sandbox.issue("-d a.example.test").success().document());
    let first = issued
        .find(|one| is_known_as_replaced(&one["certificate"]["serial"]))
        .expect("Pebble finds most");
    let id = renewal_id(&sandbox, &first);

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
