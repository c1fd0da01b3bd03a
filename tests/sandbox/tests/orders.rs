//! What an order can ask of a CA, with Pebble as it is today.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use sandbox::{Certificate, Config, Sandbox, is_known_as_replaced};
use serde_json::Value;

fn with_pebble(change: impl FnOnce(&mut sandbox::Pebble)) -> Sandbox {
    let mut config = Config::default();
    config.pebble.testing = true;
    change(&mut config.pebble);
    Sandbox::with(config)
}

fn challenges(order: &Value) -> &Vec<Value> {
    order["challenges"].as_array().unwrap()
}

#[test]
fn an_order_and_its_authorizations_say_when_they_end_and_a_profile_is_one_that_the_ca_has() {
    let sandbox = with_pebble(|_| ());
    let order = sandbox
        .sh("acme-order -d example.test --profile default")
        .success()
        .document();
    assert_eq!(order["order"]["profile"], "default");
    for time in [
        &order["order"]["expires"],
        &challenges(&order)[0]["expires"],
    ] {
        let text = time.as_str().unwrap_or_default();
        assert!(text.ends_with('Z') && text.len() == 20, "{order:#}");
    }
    let refused = sandbox.sh("acme-order -d example.test --profile tlsclient");
    refused.assert_status(1);
    let error = &refused.document()["error"];
    assert_eq!(error["type"], "acmepipe:profile");
    let says = "only: `default` (The profile of this sandbox)";
    assert!(
        error["detail"].as_str().unwrap().contains(says),
        "{error:#}"
    );
}

#[test]
fn a_name_and_its_wildcard_are_proven_by_records_with_the_label_of_the_account() {
    let sandbox = with_pebble(|_| ());
    let order = sandbox
        .sh("acme-issue -d example.test -d '*.example.test' --challenge dns-account-01,dns-01")
        .success()
        .document();
    for challenge in challenges(&order) {
        assert_eq!(challenge["type"], "dns-account-01");
        let fqdn = challenge["fqdn"].as_str().unwrap();
        assert!(
            fqdn.starts_with('_') && fqdn.ends_with("._acme-challenge.example.test."),
            "{fqdn}"
        );
    }
    assert_eq!(Certificate::of(&sandbox, &order).names.len(), 2);
    // A renewal wants the same.
    let request = sandbox
        .sh("acme-due --days 3650 --no-ari --no-sleep")
        .success()
        .document();
    assert_eq!(request["options"]["challenge"], "dns-account-01,dns-01");
    sandbox.assert_nothing_left();
}

#[test]
fn a_list_that_is_divided_becomes_several_certificates() {
    let sandbox = with_pebble(|_| ());
    let names = "a.example.test,b.example.test,*.b.example.test,c.example.test";
    let output = sandbox
        .sh(&format!("acme-issue -d '{names}' --split 2"))
        .success();
    let mut found: Vec<(String, usize)> = output
        .documents()
        .iter()
        .map(|order| {
            let names = Certificate::of(&sandbox, order).names.len();
            (order["name"].as_str().unwrap().to_owned(), names)
        })
        .collect();
    found.sort();
    let expected = [
        ("a.example.test", 1),
        ("a.example.test-2", 2),
        ("a.example.test-3", 1),
    ];
    assert_eq!(
        found,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
    // Each is renewed by itself, as it is.
    let due = sandbox
        .sh("acme-due --days 3650 --no-ari --no-sleep")
        .success();
    let mut renewed: Vec<(String, usize)> = due
        .documents()
        .iter()
        .map(|request| {
            let names = request["order"]["identifiers"].as_array().unwrap().len();
            (request["name"].as_str().unwrap().to_owned(), names)
        })
        .collect();
    renewed.sort();
    assert_eq!(renewed, found);
    sandbox.assert_nothing_left();
}

#[test]
fn a_certificate_is_replaced_once() {
    let sandbox = with_pebble(|_| ());
    let mut issued = (0..10).map(|_| {
        sandbox
            .sh("acme-issue -d example.test")
            .success()
            .document()
    });
    assert!(issued.any(|one| is_known_as_replaced(&one["certificate"]["serial"])));
    let order = sandbox
        .sh("acme-issue -d example.test --replaces example.test")
        .success();
    let id = order.document()["order"]["replaces"].clone();
    let id = id.as_str().expect("the id of the first");
    let again = sandbox
        .sh(&format!("acme-order -d example.test --replaces {id}"))
        .success();
    assert_eq!(again.document()["order"].get("replaces"), None);
    let says = "ordered once more, as a certificate that replaces none";
    assert!(again.stderr.contains(says), "{}", again.stderr);
}

#[test]
fn authorizations_that_are_given_up_prove_nothing_the_next_time() {
    let sandbox = with_pebble(|pebble| pebble.authz_reuse = 100);
    let issue = |options: &str| {
        let line = format!("acme-issue -d example.test {options}");
        sandbox.sh(&line).success().document()
    };
    let presents = |order: &Value| challenges(order)[0].get("present").is_some();
    assert!(presents(&issue("")));
    // It has what the first proved, and gives that up.
    assert!(!presents(&issue("--deactivate-authorizations")));
    assert!(presents(&issue("")));
    sandbox.assert_nothing_left();
}

#[test]
fn a_certificate_is_valid_until_when_its_order_says() {
    let sandbox = with_pebble(|_| ());
    let order = sandbox
        .sh("acme-issue -d example.test --not-before 2026-01-01T00:00:00Z --not-after 2036-02-03T04:05:06Z")
        .success()
        .document();
    assert_eq!(order["certificate"]["not_after"], "2036-02-03T04:05:06Z");
    assert_eq!(order["order"]["notAfter"], "2036-02-03T04:05:06Z");
}
