//! Certificates of a real CA are renewed when that wants it, or when their time has come.

use std::fs;

use sandbox::{Config, Pebble, Sandbox, Server, is_known_as_replaced};
use serde_json::{Value, json};

/// With a CA that has renewal information.
fn start(lifetime: u32) -> Sandbox {
    Sandbox::with(Config {
        pebble: Pebble {
            testing: true,
            always_valid: true,
            lifetime,
            ..Pebble::default()
        },
        ..Config::default()
    })
}

/// What is due goes through the pipeline.
fn renew() -> String {
    let (prepare, finish) = (Sandbox::PREPARE, Sandbox::FINISH);
    format!("acme-due --no-sleep | acme-order | {prepare} | {finish}")
}

/// Has the CA suggest this window for the installed certificate.
fn suggest(sandbox: &Sandbox, name: &str, start: &str, end: &str) {
    let cert = sandbox.data().join("certificates").join(name);
    let cert = fs::read_to_string(cert.join("cert.pem")).expect("a certificate");
    let window = json!({"suggestedWindow": {"start": start, "end": end}});
    let request = json!({"certificate": cert, "ariResponse": window.to_string()});
    let line = "curl -sSf --cacert \"$LEGO_CA_CERTIFICATES\" --data-binary @- \
                https://198.51.100.5:15000/set-renewal-info/";
    sandbox.sh_with(line, &request.to_string()).success();
}

#[test]
fn a_young_certificate_is_not_due_and_needs_no_ca_that_is_there() {
    let mut sandbox = start(7_776_000);
    sandbox
        .issue("-d example.test -d www.example.test")
        .success();
    let check = sandbox.sh("acme-due --check").success();
    let says = "example.test: not due: ";
    assert!(check.stdout.starts_with(says), "{}", check.stdout);
    // The moment that was chosen in it may be later than the fallback, and then does not count.
    let told = sandbox.sh("acme-due --all --no-sleep").success().document();
    assert!(told["due"]["window"]["start"].is_string(), "{told}");

    sandbox.stop(Server::Ca);
    let again = sandbox.sh("acme-due --no-sleep").success();
    assert_eq!(again.stdout + &again.stderr, "", "it has its answer");
    fs::remove_dir_all(sandbox.data().join("certificates/.state")).expect("a state");
    let down = sandbox.sh("acme-due --no-sleep --timeout 2").success();
    assert_eq!(down.stdout, "");
    assert!(down.stderr.contains("the CA is down"), "{}", down.stderr);
}

#[test]
fn what_a_ca_wants_renewed_at_once_is_renewed_at_once() {
    let sandbox = start(7_776_000);
    let first = sandbox
        .issue("-d example.test -d www.example.test")
        .success()
        .document();
    let is_known = is_known_as_replaced(&first["certificate"]["serial"]);
    suggest(
        &sandbox,
        "example.test",
        "2026-01-01T00:00:00Z",
        "2026-01-02T00:00:00Z",
    );
    let renewed = sandbox.sh(&renew()).success().document();
    assert_eq!(renewed["due"]["exempt"], false, "{renewed}");
    let replaces = &renewed["order"]["replaces"];
    assert_eq!(replaces.is_string(), is_known, "{renewed}");
    assert!(renewed["certificate"]["serial"].is_string(), "{renewed}");
    // The next has a window of its own, which lies ahead.
    let next = sandbox.sh("acme-due --no-sleep --all").success().document();
    assert_eq!(next["due"]["due"], false, "{next}");
    sandbox.assert_nothing_left();
}

#[test]
fn a_short_lived_certificate_is_renewed_again_and_again_and_never_twice() {
    let sandbox = start(40);
    let first = sandbox.issue("-d example.test").success().document();
    // What a timer does, until the certificate has been renewed three times.
    let timer = format!(
        "n=0; while [ \"$n\" -lt 3 ]; do {} >>renewed; n=$(wc -l <renewed); sleep 1; done; cat renewed",
        renew()
    );
    let ended = sandbox.sh(&timer).success();
    let mut replaced = Value::Null;
    let mut before = first["certificate"]["serial"].clone();
    for renewed in ended.documents() {
        assert!(renewed.get("error").is_none(), "{renewed}");
        if is_known_as_replaced(&before) {
            assert_ne!(renewed["order"]["replaces"], replaced, "{renewed}");
            replaced = renewed["order"]["replaces"].clone();
            assert!(replaced.is_string(), "{renewed}");
        }
        before = renewed["certificate"]["serial"].clone();
        assert_ne!(
            renewed["certificate"]["serial"],
            first["certificate"]["serial"]
        );
    }
    sandbox.assert_nothing_left();
}
