//! Requests, each of which counts as a try, and how long the next waits for what became of the one before.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use workshop::run;

use super::shop::{A, B, OLD, Shop, reason};

#[test]
fn a_certificate_whose_time_has_come_is_requested_as_it_was_ordered() {
    let shop = Shop::with(&[A], OLD);
    let document = shop.due(&[]).document();
    assert_eq!(reason(&document), "a third of its lifetime is left");
    assert_eq!(document["name"], A);
    assert_eq!(
        document["directory"],
        format!("{}/directory", shop.ca.url())
    );
    assert_eq!(
        document["account"]["url"],
        format!("{}/account/1", shop.ca.url())
    );
    assert!(
        document["account"]["key"]
            .as_str()
            .unwrap()
            .ends_with("/me@example.test/account.key")
    );
    assert_eq!(
        document["order"]["identifiers"],
        json!([{"type": "dns", "value": A}])
    );
    let replaces = document["order"]["replaces"].as_str().unwrap();
    assert!(
        shop.ca
            .asked()
            .iter()
            .any(|one| one.path == format!("/renewal-info/{replaces}"))
    );
    assert_eq!(document["options"]["key-type"], "EC256");
    assert_eq!(document["options"]["email"], "me@example.test");
    assert_eq!(document["challenges"], json!([]));
    assert_eq!(document["due"]["due"], true);

    // Whatever becomes of the request, the next is not written at once.
    let document = shop.all(&[]);
    assert_eq!(document["due"]["due"], false);
    assert!(
        reason(&document).starts_with("waits until 20"),
        "{document}"
    );
    let ended = shop.due(&["--check"]);
    assert!(
        ended
            .stdout
            .contains("after a try that led to no new certificate"),
        "{}",
        ended.stdout
    );
    shop.due(&["--check", "--exit-code"]);
    // Unless somebody says that what was wrong is mended: then tries from before that do not count.
    shop.say_last_tried(A, "1999-01-01T00:00:00Z");
    let ended = shop.due(&["--retry"]);
    assert_eq!(ended.document()["due"]["due"], true);
    // One that another run has written since then counts.
    shop.say_last_tried(A, &rfc3339_in_a_minute());
    assert_eq!(shop.all(&["--retry"])["due"]["due"], false);
}

fn rfc3339_in_a_minute() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(60)).to_string()
}

#[test]
fn a_request_that_came_to_no_order_is_taken_back_and_written_again() {
    let shop = Shop::with(&[A, B], OLD);
    assert_eq!(shop.due(&[]).documents().len(), 2);
    let ended = shop.due(&["--not-tried", A]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(shop.due(&[]).document()["name"], A);
    // One that nobody knows any more stands in the way of no other.
    shop.due(&["--not-tried", "gone.test", A]);
    assert_eq!(shop.due(&[]).document()["name"], A);
    assert!(!shop.store(".state/gone.test").exists());
    shop.due_ended(&["--not-tried"]).assert_status(2);
}

#[test]
fn what_waits_after_a_failure_is_an_error_where_somebody_wants_to_know() {
    let shop = Shop::with(&[A], OLD);
    let request = shop.due(&[]).stdout;
    // Its order may still be under way.
    assert_eq!(shop.due(&["--failing"]).stdout, "");
    let mut failed: Value = serde_json::from_str(&request).unwrap();
    failed["error"] =
        json!({"type": "acmepipe:ca:timeout", "detail": "no answer", "hint": "Wait."});
    let deploy = |document: &Value| {
        let mut command = shop.command("acme-deploy");
        command.args(["-x", "/bin/true"]);
        run(command, format!("{document}\n")).assert_status(1);
    };
    deploy(&failed);

    assert_eq!(shop.due(&[]).stdout, "");
    // A script can tell it from one that is not due, by either program.
    let listed = shop.run("acme-list", &["--json"], "").document();
    for document in [&shop.all(&[]), &listed] {
        let due = &document["due"];
        assert_eq!((&due["due"], &due["waits"]), (&json!(false), &json!(true)));
        let times = ["since", "at"].map(|member| due[member].as_str().unwrap().to_owned());
        assert!(times[0] < times[1], "{due}");
        let until = format!("waits until {} ", times[1]);
        assert!(reason(document).starts_with(&until), "{due}");
    }
    let ended = shop.due_ended(&["--failing"]);
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(document["name"], A);
    let error = &document["error"];
    assert_eq!(error["type"], "acmepipe:renewal:waiting");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.starts_with("due since 20"), "{detail}");
    let last = "after a try; the last failed: acmepipe:ca:timeout: no answer";
    assert!(detail.ends_with(last), "{detail}");
    let hint = "Wait. acme-renew with the same options and --retry tries at once.";
    assert_eq!(error["hint"], hint);
    // It is said where it is found, as every failure is.
    let said = format!("acme-due: {A}: {detail}\n  hint: {hint}\n");
    assert_eq!(ended.stderr.replace("acme-due:   ", "  "), said);

    // It passes through all others, and what failed stays known.
    let passed = shop.command("acme-order");
    let passed = run(passed, &ended.stdout);
    passed.assert_status(1);
    assert_eq!(passed.document()["error"], *error);
    let kept = || fs::read_to_string(shop.store(&format!(".state/{A}/outcome.json"))).unwrap();
    let before = kept();
    deploy(&document);
    assert_eq!(kept(), before);
}

#[test]
fn two_runs_at_once_write_one_request() {
    let shop = Shop::with(&[A, B], OLD);
    let mut command = shop.command("sh");
    command.args([
        "-c",
        "for run in 1 2 3 4; do acme-due --no-sleep & done; wait",
    ]);
    let ended = run(command, "").success();
    assert_eq!(ended.documents().len(), 2, "{}", ended.stdout);
}
