//! What a program answers to `timeout` says how it is called, or that it cannot be.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Recorder, Workshop, challenge, order, run};

/// A recorder that answers this.
fn answering(workshop: &Workshop, answer: &Value) -> Recorder {
    workshop.recorder(&format!("[ $1 != timeout ] || echo '{answer}'"))
}

/// The first words of the calls.
fn called(recorder: &Recorder) -> Vec<String> {
    let calls = recorder.arguments().into_iter();
    calls.map(|arguments| arguments[0].clone()).collect()
}

#[test]
fn a_program_that_takes_batches_gets_them_without_an_option() {
    let workshop = Workshop::open();
    let answer = json!({"timeout": 7, "interval": 3, "batch": true});
    let recorder = answering(&workshop, &answer);
    let two = order([
        challenge("example.test", "1"),
        challenge("example.test", "2"),
    ]);
    let presented = run(workshop.exec(&recorder.script, &["present"]), two);
    presented.assert_status(0);
    assert_eq!(called(&recorder), ["timeout", "present-batch"]);
    let document = presented.document();
    let first = &document["challenges"][0];
    assert_eq!(first["propagation"], json!({"timeout": 7, "interval": 3}));
    assert_eq!(first["present"]["batch"], true);
    recorder.clear();
    // It is not asked once more.
    let removed = run(
        workshop.exec(&recorder.script, &["cleanup"]),
        &presented.stdout,
    );
    removed.assert_status(0);
    assert_eq!(called(&recorder), ["cleanup-batch"]);
    recorder.clear();
    let asked = run(workshop.exec(&recorder.script, &["timeout"]), "");
    assert_eq!(asked.document(), answer);
}

#[test]
fn a_program_that_says_how_many_calls_may_overlap_gets_so_many() {
    let workshop = Workshop::open();
    // Succeeds only where two are under way at once.
    let script = workshop.script(
        "together.sh",
        "[ $1 != timeout ] || { echo '{\"timeout\": 1, \"interval\": 1, \"jobs\": 2}'; exit; }\n\
         mkdir -p $1; touch $1/$$; n=0; while [ $(ls $1 | wc -l) -lt 2 ]; do \
         n=$((n+1)); [ $n -lt 1000 ] || exit 9; sleep 0.01; done",
    );
    let two = order([
        challenge("example.test", "1"),
        challenge("example.test", "2"),
    ]);
    let presented = run(workshop.exec(&script, &["present"]), two);
    presented.assert_status(0);
    let removed = run(workshop.exec(&script, &["cleanup"]), &presented.stdout);
    removed.assert_status(0);
}

#[test]
fn a_service_that_keeps_one_value_at_a_name_gets_one_and_the_other_waits() {
    let workshop = Workshop::open();
    let answer = json!({"timeout": 1, "interval": 1, "one_per_name": true});
    let recorder = answering(&workshop, &answer);
    let two = order([
        challenge("example.test", "1"),
        challenge("example.test", "2"),
    ]);
    let presented = run(workshop.exec(&recorder.script, &["present"]), two);
    presented.assert_status(0);
    assert_eq!(called(&recorder), ["timeout", "present"]);
    let deferred = presented.document()["challenges"][1]["deferred"].clone();
    let says = "_acme-challenge.example.test. holds one value at a time";
    assert!(deferred.as_str().unwrap().contains(says), "{deferred}");
}

#[test]
fn a_program_that_says_why_it_cannot_be_called_is_not_called() {
    let workshop = Workshop::open();
    let recorder =
        workshop.recorder("[ $1 != timeout ] || { echo '{\"error\": \"no TOKEN\"}'; exit 2; }");
    let one = order([challenge("example.test", "1")]);
    let presented = run(workshop.exec(&recorder.script, &["present"]), one);
    presented.assert_status(1);
    assert_eq!(called(&recorder), ["timeout"]);
    let error = presented.challenge_error();
    assert_eq!(error["type"], "acmepipe:usage");
    assert_eq!(error["detail"], "recorder.sh cannot be called: no TOKEN");
    assert_eq!(presented.document()["challenges"][0].get("present"), None);
    let listed = run(workshop.exec(&recorder.script, &["list"]), "");
    assert_eq!(listed.success().stdout, "");
    let asked = run(workshop.exec(&recorder.script, &["timeout"]), "");
    asked.assert_status(1);
    assert!(asked.stderr.contains("no TOKEN"), "{}", asked.stderr);
}

#[test]
fn an_answer_that_cannot_be_meant_is_named() {
    let workshop = Workshop::open();
    let two = || {
        order([
            challenge("example.test", "1"),
            challenge("example.test", "2"),
        ])
    };
    let recorder = answering(&workshop, &json!({"timeout": "30", "interval": 3}));
    let presented = run(workshop.exec(&recorder.script, &["present"]), two());
    presented.assert_status(0);
    let says = "recorder.sh answers `timeout`: `timeout` is \"30\", and not a number of seconds; the default counts";
    assert_eq!(presented.stderr.matches(says).count(), 1, "{presented:?}");
    let first = &presented.document()["challenges"][0];
    assert_eq!(first["propagation"], json!({"timeout": 60, "interval": 2}));
    recorder.clear();
    let recorder = answering(&workshop, &json!({"error": 7}));
    let presented = run(workshop.exec(&recorder.script, &["present"]), two());
    presented.assert_status(1);
    assert_eq!(called(&recorder), ["timeout"]);
    let says = "recorder.sh cannot be called: 7";
    assert!(presented.stdout.contains(says), "{presented:?}");
}

#[test]
fn a_hint_of_the_program_is_the_hint_of_the_error() {
    let workshop = Workshop::open();
    let says = "echo 'x: REFUSED' >&2; echo 'x:   hint: Ask Anne.' >&2; exit 1";
    let script = workshop.script("says.sh", says);
    let one = order([challenge("example.test", "1")]);
    let presented = workshop.present(&script, &[], one);
    let error = presented.challenge_error();
    assert_eq!(error["hint"], "Ask Anne.");
    assert!(
        !error["detail"].as_str().unwrap().contains("Anne"),
        "{error}"
    );
    let batch = r#"jq -c '{fqdn, value, error: "REFUSED", hint: "Ask Anne."}'"#;
    let script = workshop.script("batch.sh", batch);
    let one = order([challenge("example.test", "1")]);
    let presented = workshop.present(&script, &["--batch"], one);
    assert_eq!(presented.challenge_error()["hint"], "Ask Anne.");
}
