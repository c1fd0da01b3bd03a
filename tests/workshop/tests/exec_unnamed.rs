//! `cleanup` that is not told which program to run: the journal says which presented the record.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use serde_json::json;
use workshop::{Ended, FILES, Workshop, challenge, order, run};

/// `dns01-exec` without `EXEC_PATH`.
fn unnamed(workshop: &Workshop, words: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    let mut command = workshop.command("dns01-exec");
    command.args(words).env_remove("EXEC_PATH");
    run(command, stdin)
}

fn calls(workshop: &Workshop) -> String {
    fs::read_to_string(workshop.dir().join("calls")).unwrap()
}

fn present(workshop: &Workshop, program: &Path, options: &[&str], values: &[&str]) -> Ended {
    let challenges = values.iter().map(|value| challenge("example.test", value));
    workshop.present(program, options, order(challenges))
}

#[test]
fn each_record_is_removed_by_the_program_that_presented_it() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let first = present(&workshop, &script, &[], &["a", "b"]);
    let other = workshop.script(
        "other.sh",
        &format!("echo $1 $# >>calls; action=$1; shift 2; set -- $action \"$@\"; {FILES}"),
    );
    let second = present(&workshop, &other, &["--double-dash"], &["c"]);
    assert_eq!(workshop.records(), ["a", "b", "c"]);
    let documents = format!("{}{}", first.stdout, second.stdout);
    let cleaned = unnamed(&workshop, &["cleanup"], documents);
    cleaned.assert_status(0);
    assert!(workshop.records().is_empty(), "{cleaned:?}");
    assert!(workshop.list(&script).is_empty());
    assert_eq!(calls(&workshop), "present 4\ncleanup 4\n");
}

#[test]
fn one_call_removes_what_one_call_presented() {
    let workshop = Workshop::open();
    let script = workshop.script("batch.sh", "echo $1 >>calls; cat >/dev/null");
    let presented = present(&workshop, &script, &["--batch"], &["a", "b"]);
    unnamed(&workshop, &["cleanup"], &presented.stdout).assert_status(0);
    assert_eq!(calls(&workshop), "present-batch\ncleanup-batch\n");
}

#[test]
fn a_record_that_a_person_names_needs_no_program_either() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    present(&workshop, &script, &[], &["a", "b"]);
    let words = ["cleanup", "--", "_acme-challenge.example.test.", "a"];
    unnamed(&workshop, &words, "").assert_status(0);
    assert_eq!(workshop.records(), ["b"]);
}

#[test]
fn what_only_a_document_says_is_run_by_nobody() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let evil = workshop.script("evil.sh", "touch evil");
    let presented = present(&workshop, &script, &[], &["a"]).document();
    let file = presented["challenges"][0]["present"]["journal"].clone();
    for (value, file) in [
        ("x", json!(null)),
        ("y", file),
        ("z", json!("../journal/x")),
    ] {
        let mut said = challenge("example.test", value);
        said["present"] = json!({"program": evil, "journal": file, "batch": true});
        let cleaned = unnamed(&workshop, &["cleanup"], order([said]));
        cleaned.assert_status(1);
        let error = &cleaned.document()["challenges"][0]["cleanup"]["error"];
        assert_eq!(error["type"], "acmepipe:exec:start", "{cleaned:?}");
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .starts_with("Say with --dns, --exec or EXEC_PATH")
        );
    }
    assert!(!workshop.dir().join("evil").exists());
    assert_eq!(workshop.records(), ["a"]);
}

#[test]
fn a_record_is_given_up_by_a_program_that_does_nothing() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "gone.sh",
        "case $1 in cleanup*) exit 78 ;; esac; cat >/dev/null",
    );
    present(&workshop, &script, &["--batch"], &["a"]);
    unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(1);
    let words = [
        "cleanup",
        "--exec",
        "true",
        "--",
        "_acme-challenge.example.test.",
        "a",
    ];
    unnamed(&workshop, &words, "").assert_status(0);
    assert!(workshop.list(&script).is_empty());
    unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(0);
}

#[test]
fn what_two_programs_presented_each_of_them_removes() {
    let workshop = Workshop::open();
    let [one, other] = ["one", "other"].map(|name| {
        let script = format!("echo {name} $1 >>calls");
        workshop.script(&format!("{name}.sh"), &script)
    });
    let first = present(&workshop, &one, &[], &["a"]);
    let second = present(&workshop, &other, &[], &["a"]);
    unnamed(&workshop, &["cleanup"], &first.stdout).assert_status(0);
    assert_eq!(workshop.list(&one).len(), 1);
    unnamed(&workshop, &["cleanup"], &second.stdout).assert_status(0);
    assert!(workshop.list(&one).is_empty());
    let expected = "one present\nother present\none cleanup\nother cleanup\n";
    assert_eq!(calls(&workshop), expected);
}

#[test]
fn a_record_of_two_documents_is_removed_for_each_whenever_they_come() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let [first, second] = [(); 2].map(|()| present(&workshop, &script, &[], &["a"]).stdout);
    fs::write(workshop.dir().join("first"), first).unwrap();
    fs::write(workshop.dir().join("second"), second).unwrap();
    // The second comes once the record of the first is gone.
    let mut command = workshop.command("sh");
    let line = "{ cat first; while ls zone | grep -q a; do :; done; sleep 0.1; cat second; } | dns01-exec cleanup";
    command.args(["-c", line]).env_remove("EXEC_PATH");
    let ended = run(command, "");
    ended.assert_status(0);
    assert_eq!(ended.documents().len(), 2, "{ended:?}");
}

#[test]
fn a_name_and_a_value_are_enough_in_raw_mode_too() {
    let workshop = Workshop::open();
    let script = workshop.script("raw.sh", "echo $1 $3 $4 $5 >>calls");
    present(&workshop, &script, &["--mode=RAW"], &["a"]);
    let mut command = workshop.command("dns01-exec");
    let words = ["cleanup", "--", "_acme-challenge.example.test.", "a"];
    command
        .args(words)
        .env("EXEC_MODE", "RAW")
        .env_remove("EXEC_PATH");
    run(command, "").assert_status(0);
    let expected = "present example.test -token-a -token-a.thumb_print\n";
    assert_eq!(
        calls(&workshop),
        expected.to_owned() + &expected.replace("present", "cleanup")
    );
}
