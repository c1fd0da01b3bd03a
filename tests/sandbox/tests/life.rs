//! A certificate's life as its owner sees it: listed before, during and after a renewal, with a CA that is away for a while and
//! a service that does not take the new one at once.

use sandbox::{Config, Pebble, Sandbox};
use serde_json::Value;

/// The lifetime that CAs have today, in seconds.
const LIFETIME: u32 = 7_776_000;

fn start() -> Sandbox {
    Sandbox::with(Config {
        pebble: Pebble {
            testing: true,
            always_valid: true,
            lifetime: LIFETIME,
            ..Pebble::default()
        },
        ..Config::default()
    })
}

/// What acme-list says of the only certificate.
fn listed(sandbox: &Sandbox) -> Value {
    sandbox.sh("acme-list --json").success().document()
}

/// How far its only deployment is.
fn deployed(listed: &Value) -> (String, u64) {
    let target = &listed["deployments"][0];
    let status = target["status"].as_str().unwrap_or_default();
    (status.to_owned(), target["tries"].as_u64().unwrap_or(0))
}

#[test]
fn a_certificate_is_listed_before_during_and_after_its_renewal() {
    let sandbox = start();
    // It takes the certificate the third time, and each new one at once from then on.
    let hook = "echo try >>tries; [ $(wc -l <tries) -ge 3 ]";
    let hook = sandbox.script("reload.sh", hook);
    let during = sandbox.script("before.sh", "acme-list --json >during.json");
    let renew = format!(
        "acme-renew --no-sleep --deploy-hook '{}' --pre-hook '{}'",
        hook.display(),
        during.display()
    );
    sandbox.issue("-d example.test").success();
    let before = listed(&sandbox);
    assert!(
        before["deployments"].as_array().is_none_or(Vec::is_empty),
        "{before}"
    );

    // Nothing is due, and what is there is deployed; the service does not take it yet.
    for tries in 1..=2 {
        sandbox.sh(&renew).assert_status(1);
        assert_eq!(deployed(&listed(&sandbox)), ("failed".to_owned(), tries));
    }
    sandbox.sh(&renew).success();
    let after = listed(&sandbox);
    assert_eq!(deployed(&after), ("done".to_owned(), 3));
    assert_eq!(after["version"], before["version"], "no new certificate");

    // It is due while the CA cannot be reached: a warning, and no failure as long as there is time.
    let away = format!("HTTPS_PROXY=http://127.0.0.1:9 {renew} --days 3650");
    let waited = sandbox.sh(&away).success();
    assert!(
        waited.stderr.contains("the CA is down"),
        "{}",
        waited.stderr
    );
    assert_eq!(listed(&sandbox)["version"], before["version"]);

    let renewed = sandbox.sh(&format!("{renew} --days 3650")).success();
    assert!(
        renewed.stderr.contains("1 due, 1 renewed"),
        "{}",
        renewed.stderr
    );
    let during = sandbox.sh("cat during.json").success().document();
    assert_eq!(during["version"], before["version"], "{during}");
    let after = listed(&sandbox);
    assert_ne!(after["version"], before["version"]);
    assert_eq!(deployed(&after), ("done".to_owned(), 1));
    sandbox.assert_nothing_left();
}
