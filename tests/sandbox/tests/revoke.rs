//! Certificates that Pebble issued are revoked: by name, and by whoever has the key.

use std::fs;

use sandbox::Sandbox;
use serde_json::{Value, json};

fn listed(sandbox: &Sandbox, arguments: &str) -> Vec<Value> {
    let listed = sandbox.sh(&format!("acme-list --json {arguments}"));
    listed.success().documents()
}

#[test]
fn a_certificate_of_the_store_is_revoked_and_moved_aside() {
    let sandbox = Sandbox::start();
    sandbox.issue("-d example.test").success();
    sandbox.issue("-d www.example.test").success();
    let before = listed(&sandbox, "");
    let names: Vec<&Value> = before.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, [&json!("example.test"), &json!("www.example.test")]);
    assert_eq!(before[0]["health"]["state"], "good");
    assert_eq!(before[0]["leftovers"], json!([]));
    let full = before[0]["files"]["fullchain"].as_str().unwrap_or_default();
    let copy = sandbox.dir().join("copy.pem");
    fs::copy(full, &copy).expect("copied");

    let revoked = sandbox.sh("acme-revoke --yes --reason superseded example.test");
    assert!(
        revoked
            .stderr
            .contains("example.test: revoked as superseded"),
        "{}",
        revoked.stderr
    );
    revoked.success();
    let after = listed(&sandbox, "");
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0]["name"], "www.example.test");
    let archived = listed(&sandbox, "--archives example.test");
    assert_eq!(archived[0]["moved"]["why"], "revoked: superseded");

    // The CA knows it, by the account that the variables mean.
    let again = format!("acme-revoke --yes {}", copy.display());
    let again = sandbox.sh(&again);
    assert!(
        again.stderr.contains("was revoked before"),
        "{}",
        again.stderr
    );
    again.success();
    sandbox.assert_nothing_left();
}

#[test]
fn whoever_has_the_certificate_s_key_can_revoke_it_without_an_account() {
    let sandbox = Sandbox::start();
    let order = sandbox.issue("-d example.test").success().document();
    let path = |member: &str| {
        order["certificate"][member]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let elsewhere = sandbox.dir().join("elsewhere");
    let line = |key: &str| {
        format!(
            "acme-revoke --path {} --yes --reason keyCompromise {key} {}",
            elsewhere.display(),
            path("cert")
        )
    };
    let refused = sandbox.sh(&line(""));
    refused.assert_status(1);
    assert!(
        refused.stderr.contains("no such account"),
        "{}",
        refused.stderr
    );
    let key = format!("--key {}", path("key"));
    sandbox.sh(&line(&key)).success();
    let again = sandbox.sh(&line(&key)).success();
    assert!(
        again.stderr.contains("was revoked before"),
        "{}",
        again.stderr
    );
    // A file is left where it is, also one in the store.
    assert_eq!(listed(&sandbox, "").len(), 1);
}
