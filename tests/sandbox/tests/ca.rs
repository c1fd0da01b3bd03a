//! A CA that has its own ways.

use sandbox::{Certificate, Config, Sandbox};
use serde_json::Value;

fn with_pebble(change: impl FnOnce(&mut sandbox::Pebble)) -> Sandbox {
    let mut config = Config::default();
    change(&mut config.pebble);
    Sandbox::with(config)
}

#[test]
fn half_of_all_nonces_are_refused() {
    let sandbox = with_pebble(|pebble| pebble.nonce_reject = 50);
    let order = sandbox
        .issue("-d example.test,*.example.test,a.b.example.test,c.d.example.test")
        .success()
        .document();
    assert_eq!(Certificate::of(&sandbox, &order).names.len(), 4);
    sandbox.assert_nothing_left();
}

#[test]
fn authorizations_that_come_back_valid_are_left_alone() {
    let sandbox = with_pebble(|pebble| pebble.authz_reuse = 100);
    sandbox.issue("-d example.test,www.example.test").success();
    let again = sandbox
        .issue("-d example.test,www.example.test")
        .success()
        .document();
    for challenge in again["challenges"].as_array().unwrap() {
        assert_eq!(challenge["status"], "valid");
        assert_eq!(
            challenge.get("present"),
            None,
            "a record was made for nothing: {challenge:#}"
        );
    }
    Certificate::of(&sandbox, &again);
    sandbox.assert_nothing_left();
}

#[test]
fn some_authorizations_are_valid_already_and_the_others_are_done() {
    let sandbox = with_pebble(|pebble| pebble.authz_reuse = 100);
    sandbox.issue("-d example.test").success();
    let more = sandbox
        .issue("-d example.test,www.example.test")
        .success()
        .document();
    let presented = |one: &&Value| one.get("present").is_some();
    assert_eq!(
        more["challenges"]
            .as_array()
            .unwrap()
            .iter()
            .filter(presented)
            .count(),
        1
    );
    Certificate::of(&sandbox, &more);
    sandbox.assert_nothing_left();
}

#[test]
fn a_name_that_the_ca_refuses_is_an_error_with_the_cas_words() {
    let sandbox = Sandbox::start();
    let output = sandbox.issue("-d blocked.test");
    output.assert_status(1);
    let error = &output.document()["error"];
    assert_eq!(
        error["type"], "urn:ietf:params:acme:error:rejectedIdentifier",
        "{error:#}"
    );
    assert_eq!(error["program"], "acme-order");
}

#[test]
fn a_value_that_the_ca_does_not_find_makes_the_challenge_invalid_and_is_removed() {
    let sandbox = Sandbox::start();
    let spoil = r#"jq -c '.challenges[].value = "not-the-value"'"#;
    let output = sandbox.sh(&format!(
        "acme-order -d example.test | {spoil} | {} | {}",
        Sandbox::PREPARE,
        Sandbox::FINISH
    ));
    output.assert_status(1);
    let order = output.document();
    assert_eq!(order["challenges"][0]["status"], "invalid");
    assert_eq!(
        order["challenges"][0]["error"]["type"], "urn:ietf:params:acme:error:unauthorized",
        "{order:#}"
    );
    assert_eq!(
        order["error"]["type"], "urn:ietf:params:acme:error:unauthorized",
        "{order:#}"
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_ca_whose_certificate_is_not_trusted_is_not_talked_to() {
    let sandbox = Sandbox::start();
    let output = sandbox.sh("unset LEGO_CA_CERTIFICATES; acme-order -d example.test");
    output.assert_status(1);
    assert!(
        output.document()["error"]["detail"].is_string(),
        "{output:?}"
    );
    assert!(
        !sandbox.data().join("accounts").exists() || output.document().get("account").is_none()
    );
}

#[test]
fn an_account_has_a_key_of_any_kind_and_in_any_form() {
    let sandbox = Sandbox::start();
    for (name, make) in [
        ("p256", "openssl ecparam -name prime256v1 -genkey"),
        ("p384", "openssl ecparam -name secp384r1 -genkey -noout"),
        ("rsa", "openssl genrsa -traditional 2048"),
        (
            "pkcs8",
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        ),
    ] {
        let dir = format!("$LEGO_PATH/accounts/ca.test_dir/{name}@example.test");
        sandbox
            .sh(&format!(
                "umask 077; mkdir -p {dir} && {make} >{dir}/account.key"
            ))
            .success();
        let order = sandbox
            .issue(&format!("-d {name}.example.test -m {name}@example.test"))
            .success()
            .document();
        let key = order["account"]["key"].as_str().unwrap_or_default();
        assert!(key.contains(name), "{key}");
        Certificate::of(&sandbox, &order);
    }
    sandbox.assert_nothing_left();
}

#[test]
fn a_ca_with_all_its_ways_at_once_issues() {
    for testing in [false, true] {
        let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        let sandbox = with_pebble(|pebble| {
            pebble.testing = testing;
            pebble.nonce_reject = 90;
            pebble.strict = true;
            pebble.binding = Some(("kid-1".into(), key.into()));
            pebble.alternate_roots = 2;
            pebble.chain_length = 3;
            pebble.profiles = vec![("short".into(), 86_400)];
        });
        let unbound = sandbox.issue("-d example.test");
        unbound.assert_status(1);
        let error = &unbound.document()["error"];
        assert_eq!(error["type"], "acmepipe:account:binding", "{error:#}");
        // The older one does not know what a profile is.
        let profile = if testing { "--profile short" } else { "" };
        let order = sandbox
            .issue(&format!(
                "-d example.test,*.example.test --eab --kid kid-1 --hmac {key} {profile}"
            ))
            .success()
            .document();
        if testing {
            assert_eq!(order["order"]["profile"], "short", "{order:#}");
        }
        assert_eq!(Certificate::of(&sandbox, &order).names.len(), 2);
        let chain = std::fs::read_to_string(order["certificate"]["fullchain"].as_str().unwrap());
        let count = chain.unwrap().matches("BEGIN CERTIFICATE").count();
        assert_eq!(count, 4, "{order:#}");
        sandbox.assert_nothing_left();
    }
}

#[test]
fn a_name_that_failed_is_not_ordered_again_at_once() {
    let sandbox = Sandbox::start();
    let spoil = r#"jq -c '.challenges[].value = "not-the-value"'"#;
    let failed = sandbox.sh(&format!(
        "acme-order -d www.example.test | {spoil} | {} | acme-validate | dns01-exec cleanup",
        Sandbox::PREPARE
    ));
    failed.assert_status(1);
    let refused = sandbox.issue("-d www.example.test");
    refused.assert_status(1);
    let error = &refused.document()["error"];
    assert_eq!(error["type"], "acmepipe:names:waiting", "{error:#}");
    let order = sandbox
        .sh("acme-issue -d www.example.test --force")
        .success();
    Certificate::of(&sandbox, &order.document());
    sandbox.issue("-d www.example.test").success();
    sandbox.assert_nothing_left();
}

#[test]
fn the_newest_pebble_issues_too() {
    let sandbox = with_pebble(|pebble| {
        pebble.testing = true;
        pebble.nonce_reject = 20;
    });
    let order = sandbox
        .issue("-d example.test,*.example.test")
        .success()
        .document();
    assert_eq!(Certificate::of(&sandbox, &order).names.len(), 2);
    sandbox.assert_nothing_left();
}
