//! A program that replaces the value that is there gets a certificate for a name and its wildcard too, in two rounds.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::{Duration, Instant};

use sandbox::{Certificate, Sandbox};

/// Holds one value per name, as some DNS interfaces do. With a short TTL, since the second round outlasts what the
/// CA's resolver may still know of the first.
const REPLACES: &str = r#"case $1 in
present) change="update delete $2 TXT
update add $2 1 TXT \"$3\"" ;;
cleanup) change="update delete $2 TXT" ;;
*) exit 64 ;;
esac
nsupdate -k "$DNS_KEY" <<END
server $DNS_SERVER
$change
send
END
"#;

fn pipeline(sandbox: &Sandbox, line: &str) -> sandbox::Ended {
    sandbox.sh(&format!(
        "export EXEC_PATH='{}'; {line}",
        sandbox.script("replaces.sh", REPLACES).display()
    ))
}

#[test]
fn two_rounds_in_one_pipeline_give_a_certificate_for_a_name_and_its_wildcard() {
    let sandbox = Sandbox::start();
    let began = Instant::now();
    let output = pipeline(
        &sandbox,
        "acme-order -d example.test -d '*.example.test' -d a.b.example.test | dns-zone \
         | dns01-exec present --one-per-name | dns-wait-txt | acme-validate | dns01-exec cleanup \
         | tee between.json \
         | dns01-exec present --one-per-name | dns-wait-txt | acme-finalize | dns01-exec cleanup",
    )
    .success();
    let certificate = Certificate::of(&sandbox, &output.document());
    assert_eq!(
        certificate.names,
        ["*.example.test", "a.b.example.test", "example.test"]
    );
    assert!(!output.stdout.contains("deferred"), "{}", output.stdout);

    let between = fs::read_to_string(sandbox.work().join("between.json")).unwrap();
    let between: serde_json::Value = serde_json::from_str(&between).unwrap();
    let challenges = between["challenges"].as_array().unwrap();
    let deferred: Vec<_> = challenges
        .iter()
        .filter(|challenge| challenge["deferred"].is_string())
        .collect();
    assert_eq!(deferred.len(), 1, "{between:#}");
    assert_eq!(deferred[0]["status"], "pending");
    for member in ["present", "propagated", "cleanup", "error"] {
        assert!(
            deferred[0].get(member).is_none(),
            "{member}: {:#}",
            deferred[0]
        );
    }
    assert!(
        challenges
            .iter()
            .filter(|challenge| challenge["status"] == "valid")
            .count()
            == 2,
        "{between:#}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "a round waited for what was deferred"
    );
    sandbox.assert_nothing_left();
}

#[test]
fn an_order_with_deferred_challenges_is_not_finalized_and_stays_good_for_a_second_round() {
    let sandbox = Sandbox::start();
    let output = pipeline(
        &sandbox,
        "acme-order -d example.test -d '*.example.test' | dns-zone | dns01-exec present --one-per-name \
         | dns-wait-txt | acme-finalize | dns01-exec cleanup",
    );
    output.assert_status(1);
    let order = output.document();
    assert_eq!(
        order["error"]["type"], "acmepipe:deferred",
        "{:#}",
        order["error"]
    );
    assert!(
        order["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("further round"),
        "{:#}",
        order["error"]
    );
    assert_eq!(order["order"]["status"], "pending");
    sandbox.assert_nothing_left();
}

#[test]
fn a_value_that_was_replaced_by_its_sibling_is_said_at_once() {
    let sandbox = Sandbox::start();
    let began = Instant::now();
    let output = pipeline(
        &sandbox,
        "acme-order -d example.test -d '*.example.test' | dns-zone | dns01-exec present \
         | dns-wait-txt --timeout 60 | acme-finalize | dns01-exec cleanup",
    );
    output.assert_status(1);
    let error = output.document()["error"].clone();
    assert_eq!(error["type"], "acmepipe:dns:overwritten", "{error:#}");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("one value per name"),
        "{error:#}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it waited for the timeout"
    );
    sandbox.assert_nothing_left();
}
