//! A second CA, whose code has nothing in common with Pebble's: Caddy, with smallstep's ACME server.

#![allow(clippy::unwrap_used)]

use sandbox::{Certificate, Config, Ended, Sandbox};
use serde_json::Value;

fn with_caddy() -> Sandbox {
    Sandbox::with(Config {
        caddy: true,
        ..Config::demo()
    })
}

/// The pipeline for a name whose record gets a value that the CA does not look for. The CA has four seconds: it goes
/// on for as long as nobody tells it to try again.
fn issue_with_a_wrong_record(sandbox: &Sandbox, name: &str) -> Ended {
    let spoil = r#"jq -c '.challenges[].value = "not-the-value"'"#;
    sandbox.sh(&format!(
        "acme-order -d {name} | tee order.json | {spoil} | {} | acme-finalize --timeout 4 | dns01-exec cleanup",
        Sandbox::PREPARE
    ))
}

#[test]
fn the_pipeline_gets_a_certificate_from_caddy() {
    let sandbox = with_caddy();
    let order = sandbox
        .sh(&format!(
            "acme-order -d example.test | {} | acme-validate | {}",
            Sandbox::PREPARE,
            Sandbox::FINISH
        ))
        .success()
        .document();
    let directory = order["directory"].as_str().unwrap();
    assert!(directory.starts_with("https://caddy.test/"), "{directory}");
    assert_eq!(Certificate::of(&sandbox, &order).names, ["example.test"]);
    sandbox.assert_no_trace();
}

#[test]
fn acme_issue_gets_names_of_two_zones_with_a_wildcard_beside_its_base_from_caddy() {
    let sandbox = with_caddy();
    let order = sandbox
        .sh(
            "acme-issue -d wild.example.test -d '*.wild.example.test' -d bücher.example.test \
             -d cname.example.test -d host.sub.example.test",
        )
        .success()
        .document();
    let expected = [
        "*.wild.example.test",
        "cname.example.test",
        "host.sub.example.test",
        "wild.example.test",
        "xn--bcher-kva.example.test",
    ];
    assert_eq!(Certificate::of(&sandbox, &order).names, expected);
    sandbox.assert_no_trace();
}

#[test]
fn an_account_is_registered_at_caddy_once() {
    let sandbox = with_caddy();
    // The account's URL, and what Caddy replies where it is asked for an account.
    let order = |name: &str| {
        let line = format!("LEGO_DEBUG_ACME_HTTP_CLIENT=true acme-order -d {name}");
        let ended = sandbox.sh(&line).success();
        let url = ended.document()["account"]["url"].to_string();
        let lines = ended.stderr.lines();
        let mut lines = lines.filter_map(|line| line.strip_prefix("acme-order: "));
        let is_reply = |line: &&str| line.starts_with("< 20") && line.ends_with("/new-account");
        let reply = lines.find(is_reply);
        (url, reply.map(|line| line[2..5].to_owned()))
    };
    let (url, reply) = order("first.example.test");
    assert_eq!(reply.as_deref(), Some("201"));
    assert_eq!(order("second.example.test"), (url.clone(), None));
    // With nothing left but the key, Caddy is asked which account that is.
    sandbox
        .sh("rm \"$LEGO_PATH\"/accounts/*/*/account.json")
        .success();
    assert_eq!(order("third.example.test"), (url, Some("200".into())));
}

#[test]
fn an_account_at_caddy_has_a_key_of_any_kind() {
    let sandbox = with_caddy();
    for (name, make) in [
        ("p384", "openssl ecparam -name secp384r1 -genkey -noout"),
        ("rsa", "openssl genrsa -traditional 2048"),
    ] {
        let dir =
            format!("$LEGO_PATH/accounts/caddy.test_acme_local_directory/{name}@example.test");
        sandbox
            .sh(&format!(
                "umask 077; mkdir -p {dir} && {make} >{dir}/account.key"
            ))
            .success();
        let order = sandbox
            .issue(&format!("-d {name}.example.test -m {name}@example.test"))
            .success()
            .document();
        let key = order["account"]["key"].as_str().unwrap();
        assert!(key.contains(name), "{key}");
        Certificate::of(&sandbox, &order);
    }
    sandbox.assert_no_trace();
}

#[test]
fn two_cas_share_a_directory_of_accounts() {
    let sandbox = with_caddy();
    let pebble = sandbox.issue("-s https://ca.test/dir -d one.example.test");
    let caddy = sandbox.issue("-d two.example.test");
    let orders = [pebble, caddy].map(|ended| ended.success().document());
    for order in &orders {
        Certificate::of(&sandbox, order);
    }
    let [pebble, caddy] = orders.map(|order| order["account"]["key"].clone());
    assert_ne!(pebble, caddy);
    sandbox.assert_no_trace();
}

#[test]
fn a_record_that_is_wrong_is_removed_and_the_order_goes_on_once_it_is_right() {
    let sandbox = with_caddy();
    let ended = issue_with_a_wrong_record(&sandbox, "wrong.example.test");
    ended.assert_status(1);
    let order = ended.document();
    assert!(order["error"]["type"].is_string(), "{order:#}");
    assert_eq!(order["error"]["program"], "acme-finalize", "{order:#}");
    assert_eq!(order.get("certificate"), None, "{order:#}");
    sandbox.assert_no_trace();
    // To Caddy the challenge is still open.
    let order = sandbox
        .sh(&format!(
            "cat order.json | {} | {}",
            Sandbox::PREPARE,
            Sandbox::FINISH
        ))
        .success()
        .document();
    Certificate::of(&sandbox, &order);
    sandbox.assert_no_trace();
}

#[test]
fn a_record_that_is_wrong_is_an_error_with_caddys_own_words() {
    let sandbox = with_caddy();
    let ended = issue_with_a_wrong_record(&sandbox, "told.example.test");
    ended.assert_status(1);
    let order = ended.document();
    let is_of_the_ca = |error: &Value| {
        let kind = error["type"].as_str().unwrap_or_default();
        kind.starts_with("urn:ietf:params:acme:error:")
    };
    assert!(is_of_the_ca(&order["error"]), "{order:#}");
    assert!(is_of_the_ca(&order["challenges"][0]["error"]), "{order:#}");
    sandbox.assert_no_trace();
}
