//! A program that asks on the terminal.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use workshop::{Workshop, challenge, order, run, wait_for};

/// Asks for a password as such programs do, and keeps it in a file that is named after the value.
const ASKS: &str = "exec </dev/tty; stty -echo; printf 'password for %s: ' $3 >/dev/tty; read -r password; stty echo; \
                    printf %s \"$password\" >answer-$3";
const PRESENT: &str = "dns01-exec present --timeout=1 --interval=1";
const NAMED: &str = "-- _acme-challenge.example.test. v";

fn answer(workshop: &Workshop, value: &str) -> String {
    fs::read_to_string(workshop.dir().join(format!("answer-{value}"))).unwrap_or_default()
}

#[test]
fn it_has_the_terminal_until_it_ends_and_then_the_pipeline_has_it_again() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let line = format!("{PRESENT} {NAMED} | cat >out; read -r line </dev/tty; echo \"then $line\"");
    let mut terminal = workshop.in_terminal(&script, &line);
    terminal.wait_for("password for v: ");
    terminal.type_in("secret\n");
    terminal.type_in("more\n");
    let shown = terminal.finish();
    assert!(shown.contains("then more"), "{shown}");
    assert!(!shown.contains("secret"), "it was shown: {shown}");
    assert_eq!(answer(&workshop, "v"), "secret");
    let out = fs::read_to_string(workshop.dir().join("out")).unwrap();
    let document: Value = serde_json::from_str(&out).unwrap();
    assert!(document["error"].is_null(), "{document}");
}

#[test]
fn two_that_ask_at_once_are_answered_one_after_the_other() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let mut other = challenge("example.org", "w");
    other["zone"] = json!("example.org.");
    let both = order([challenge("example.test", "v"), other]);
    fs::write(workshop.dir().join("in"), both).unwrap();
    let line = format!("cat in | {PRESENT} | cat >out; echo \"status ${{PIPESTATUS[1]}}\"");
    let mut terminal = workshop.in_terminal(&script, &line);
    // Either may come first.
    terminal.wait_for("password for ");
    terminal.type_in("one\n");
    terminal.wait_for("password for v: ");
    terminal.wait_for("password for w: ");
    terminal.type_in("two\n");
    let shown = terminal.finish();
    assert!(shown.contains("status 0"), "{shown}");
    let mut answers = ["v", "w"].map(|value| answer(&workshop, value));
    answers.sort();
    assert_eq!(answers, ["one", "two"]);
}

#[test]
fn ctrl_c_at_the_question_stops_the_pipeline_too_and_the_terminal_is_as_before() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let line = format!("{PRESENT} {NAMED} >out; echo \"status $?\"; stty -a </dev/tty");
    let mut terminal = workshop.in_terminal(&script, &line);
    terminal.wait_for("password for v: ");
    terminal.type_in("\x03");
    let shown = terminal.finish();
    assert!(shown.contains("was killed by SIGINT"), "{shown}");
    assert!(shown.contains("status 130"), "{shown}");
    assert!(
        shown.contains(" echo ") && !shown.contains("-echo "),
        "{shown}"
    );
}

#[test]
fn ctrl_z_at_the_question_stops_the_job_and_it_asks_again_in_the_foreground() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let line = format!("{PRESENT} {NAMED} >out; echo job stopped; fg; echo \"status $?\"");
    let mut terminal = workshop.in_terminal(&script, &line);
    terminal.wait_for("password for v: ");
    terminal.type_in("\x1a");
    terminal.wait_for("job stopped");
    terminal.type_in("secret\n");
    let shown = terminal.finish();
    assert!(shown.contains("status 0"), "{shown}");
    assert_eq!(answer(&workshop, "v"), "secret");
}

#[test]
fn what_is_typed_after_ctrl_z_is_for_the_shell() {
    let workshop = Workshop::open();
    let bin = with_documents(&workshop);
    let script = workshop.script("asks.sh", &format!("[ $1 = present ] || exit 0; {ASKS}"));
    let issue = format!(
        "{} -d example.test --timeout=1 --interval=1",
        bin.join("acme-issue").display()
    );
    for line in [format!("{PRESENT} {NAMED}"), issue] {
        let _ = fs::remove_file(workshop.dir().join("answer-v"));
        let mut terminal = workshop.in_terminal(&script, "exec bash --norc -i");
        terminal.type_in(&format!("{line} >out\n"));
        terminal.wait_for("password for v: ");
        terminal.type_in("\x1a");
        terminal.wait_for("Stopped");
        terminal.type_in("echo the shell\\'s\n");
        terminal.wait_for("the shell's");
        terminal.type_in("fg\n");
        // It goes on reading, and the terminal shows nothing of that again.
        wait_for("the program has the terminal", || {
            terminal.shown().contains("fg\r\n")
        });
        terminal.type_in("secret\n");
        wait_for("it is answered", || answer(&workshop, "v") == "secret");
        terminal.type_in("exit\n");
        terminal.finish();
    }
}

#[test]
fn in_the_background_it_fails_at_once_and_the_error_says_why() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let line = format!("{PRESENT} {NAMED} >out & wait $!; echo \"status $?\"");
    let shown = workshop.in_terminal(&script, &line).finish();
    assert!(shown.contains("status 1"), "{shown}");
    assert!(
        shown.contains("asked on the terminal, and could not have it"),
        "{shown}"
    );
    let out = fs::read_to_string(workshop.dir().join("out")).unwrap();
    let error = &serde_json::from_str::<Value>(&out).unwrap()["error"];
    assert_eq!(error["type"], "acmepipe:exec:status");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("in the background"),
        "{error}"
    );
}

#[test]
fn without_a_terminal_the_error_says_that_it_asks_on_one() {
    let workshop = Workshop::open();
    let script = workshop.script("asks.sh", ASKS);
    let failed = workshop.present(&script, &[], order([challenge("example.test", "v")]));
    failed.assert_status(1);
    let error = failed.challenge_error();
    assert_eq!(error["type"], "acmepipe:exec:status");
    assert!(
        error["hint"].as_str().unwrap().contains("there is none"),
        "{error}"
    );
}

#[test]
fn a_program_that_is_asked_for_timeouts_gets_no_terminal_and_nobody_is_told() {
    let workshop = Workshop::open();
    let asks = format!("set -- \"$1\" \"$2\" \"${{3-timeout}}\"; {ASKS}");
    let script = workshop.script("asks.sh", &asks);
    let line = "dns01-exec timeout; echo \"status $?\"";
    let shown = workshop.in_terminal(&script, line).finish();
    assert!(shown.contains(r#"{"timeout":60,"interval":2}"#), "{shown}");
    assert!(shown.contains("status 0"), "{shown}");
    for text in ["asks.sh", "password"] {
        assert!(!shown.contains(text), "{shown}");
    }
    assert_eq!(answer(&workshop, "timeout"), "");
}

/// A directory with the programs, the first two of which give documents without a CA and without name servers.
fn with_documents(workshop: &Workshop) -> PathBuf {
    let bin = workshop.programs_with(&[
        ("acme-order", "cat in"),
        ("dns-zone", "exec cat"),
        ("dns-wait-txt", "exec cat"),
        ("acme-finalize", "exec cat"),
    ]);
    let one = order([challenge("example.test", "v")]);
    fs::write(workshop.dir().join("in"), format!("{one}\n")).unwrap();
    bin
}

#[test]
fn it_asks_from_within_acme_issue_too() {
    let workshop = Workshop::open();
    let bin = with_documents(&workshop);
    let script = workshop.script("asks.sh", &format!("[ $1 = present ] || exit 0; {ASKS}"));
    let issue = bin.join("acme-issue");
    let line = format!(
        "{} -d example.test --timeout=1 --interval=1 >out; echo \"status $?\"",
        issue.display()
    );
    let mut terminal = workshop.in_terminal(&script, &line);
    terminal.wait_for("password for v: ");
    terminal.type_in("secret\n");
    let shown = terminal.finish();
    assert!(shown.contains("status 0"), "{shown}");
    assert_eq!(answer(&workshop, "v"), "secret");

    let mut terminal = workshop.in_terminal(&script, &line);
    terminal.wait_for("password for v: ");
    terminal.type_in("\x03");
    let shown = terminal.finish();
    assert!(shown.contains("status 130"), "{shown}");

    let background = format!(
        "{} & wait $!; echo \"status $?\"",
        line.replace("; echo \"status $?\"", "")
    );
    let shown = workshop.in_terminal(&script, &background).finish();
    assert!(
        shown.contains("asked on the terminal, and could not have it"),
        "{shown}"
    );
    assert!(shown.contains("status 1"), "{shown}");
}

#[test]
fn a_script_is_told_nothing_of_whom_it_asks_for() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut command = workshop.exec(
        &recorder.script,
        &[
            "present",
            "--timeout=1",
            "--interval=1",
            "--",
            "_acme-challenge.example.test.",
            "v",
        ],
    );
    command.env("ACMEPIPE_TERMINAL", "7");
    run(command, "").assert_status(0);
    let environment = &recorder.calls()[0].environment;
    assert!(
        !environment.contains_key("ACMEPIPE_TERMINAL"),
        "{environment:?}"
    );
}

#[test]
fn a_terminal_that_closes_leaves_no_record() {
    let workshop = Workshop::open();
    // The record is a file. Each call takes a while, so that the terminal closes in some of them.
    let script = workshop.script(
        "files.sh",
        "sleep 0.1; case $1 in present) touch record ;; cleanup) rm -f record ;; esac",
    );
    let documents = order([challenge("example.test", "v")]);
    fs::write(workshop.dir().join("in"), documents).unwrap();
    let record = workshop.dir().join("record");
    let list = || {
        let mut list = workshop.command("dns01-exec");
        list.arg("list");
        run(list, "").stdout
    };
    for pause in [0, 0, 30, 60, 100, 150, 200, 250, 300, 400] {
        // In front of a terminal as a person is: the shell tells its jobs, and so does the kernel.
        let mut terminal = workshop.in_terminal(&script, "exec bash --norc -i");
        terminal.type_in(&format!(
            "cat in | {PRESENT} | {{ sleep 0.2; cat; }} | dns01-exec cleanup >out\n"
        ));
        wait_for("it is presented", || record.exists());
        std::thread::sleep(Duration::from_millis(pause));
        terminal.hang_up();
        wait_for("the record is removed", || !record.exists());
        wait_for("the journal is empty", || list().is_empty());
    }
}
