//! A signal ends `dns01-exec` in such a way that what it presented is known or removed.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use workshop::{Workshop, challenge, order, run, wait_for};

#[test]
fn sigterm_lets_the_running_program_end_and_what_it_did_is_in_the_document() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("touch began; while [ ! -e go ]; do sleep 0.01; done");
    let mut command = workshop.exec(
        &recorder.script,
        &["present", "--timeout=1", "--interval=1"],
    );
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    let two = order(["1", "2"].map(|value| challenge("example.test", value)));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(two.as_bytes()).unwrap();
    drop(stdin);
    wait_for("the program runs", || workshop.dir().join("began").exists());
    // As a terminal does it: to the process group. The program has one of its own.
    kill("TERM", &format!("-{}", child.id()));
    fs::write(workshop.dir().join("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        document["challenges"][0]["present"]["seconds"].is_number(),
        "{document}"
    );
    assert!(
        document["challenges"][0].get("error").is_none(),
        "{document}"
    );
    assert_eq!(
        document["challenges"][1]["error"]["type"],
        "acmepipe:interrupted"
    );
    assert!(document["challenges"][1].get("present").is_none());
    assert_eq!(recorder.calls().len(), 1);
}

/// A cleanup with this program of the user's, once that runs.
fn cleanup(workshop: &Workshop, script: &Path, options: &[&str]) -> Child {
    let child = workshop
        .exec(script, &["cleanup"])
        .args(options)
        .args(["--", "_acme-challenge.example.test.", "value"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the program runs", || workshop.dir().join("began").exists());
    child
}

/// A cleanup whose program runs until there is a file `go`, once it runs.
fn cleanup_that_waits(workshop: &Workshop) -> Child {
    // It ends with its directory, where nobody is left to end it.
    let script = workshop.script(
        "waits",
        "touch began; while [ -e began ] && [ ! -e go ]; do sleep 0.01; done",
    );
    cleanup(workshop, &script, &[])
}

fn signal(child: &Child, name: &str) {
    kill(name, &child.id().to_string());
}

/// Sends a signal to a process, or with `-` before its number to a process group.
fn kill(name: &str, pid: &str) {
    let mut kill = Command::new("kill");
    let status = kill.args(["-s", name, "--", pid]).status();
    assert!(status.unwrap().success());
}

#[test]
fn signals_that_come_together_are_one_and_cleanup_goes_on() {
    let workshop = Workshop::open();
    let child = cleanup_that_waits(&workshop);
    for name in ["HUP", "TERM", "HUP", "INT"] {
        signal(&child, name);
    }
    fs::write(workshop.dir().join("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    let first = output.status.code();
    assert!(matches!(first, Some(129 | 130 | 143)), "{first:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["cleanup"]["at"].is_string(), "{document}");
    assert!(document["cleanup"].get("error").is_none(), "{document}");
}

#[test]
fn a_signal_a_good_while_after_the_first_ends_even_cleanup() {
    let workshop = Workshop::open();
    let mut child = cleanup_that_waits(&workshop);
    let began = std::time::Instant::now();
    while child.try_wait().unwrap().is_none() {
        signal(&child, "INT");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(began.elapsed() >= Duration::from_secs(2));
    fs::write(workshop.dir().join("go"), "").unwrap();
}

#[test]
fn a_record_is_known_until_the_call_that_removes_it_has_ended_even_in_a_batch() {
    for options in [&[][..], &["--batch"]] {
        let workshop = Workshop::open();
        let script = workshop.script(
            "waits",
            "case $1 in cleanup*) touch began; while [ -e began ] && [ ! -e go ]; do sleep 0.01; done ;; esac",
        );
        let presented = workshop.present(&script, options, order([challenge("example.test", "v")]));
        let mut command = workshop.exec(&script, &["cleanup"]);
        let child = command
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(presented.stdout.as_bytes()).unwrap();
        drop(stdin);
        wait_for("the program runs", || workshop.dir().join("began").exists());
        while child.try_wait().unwrap().is_none() {
            signal(&child, "TERM");
            thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(child.wait().unwrap().code(), Some(143), "{options:?}");
        assert_eq!(workshop.list(&script).len(), 1, "{options:?}");
        fs::write(workshop.dir().join("go"), "").unwrap();
        let removed = workshop.cleanup(&script, &["--leftovers"], "");
        assert_eq!(removed.assert_status(0).documents().len(), 1);
        assert!(workshop.list(&script).is_empty(), "{options:?}");
    }
}

#[test]
fn a_program_that_signals_ended_with_status_0_is_called_again_until_it_has_removed_the_record() {
    let workshop = Workshop::open();
    // As nsupdate does: it ends at SIGTERM without having sent anything, with status 0.
    let script = workshop.script(
        "ends",
        "echo x >>calls; [ $(grep -c x calls) -lt 3 ] || { touch removed; exit 0; }; trap 'exit 0' TERM; \
         echo $$ >pid; mv pid began; while :; do sleep 0.01; done",
    );
    for options in [&[][..], &["--batch"]] {
        let child = cleanup(&workshop, &script, options);
        let began = workshop.dir().join("began");
        for _ in 0..2 {
            wait_for("the program runs", || began.exists());
            let program = fs::read_to_string(&began).unwrap();
            fs::remove_file(&began).unwrap();
            signal(&child, "TERM");
            kill("TERM", program.trim());
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143));
        assert!(workshop.dir().join("removed").exists(), "{options:?}");
        for name in ["removed", "calls"] {
            fs::remove_file(workshop.dir().join(name)).unwrap();
        }
    }
}

#[test]
fn present_too_calls_again_what_a_signal_ended_while_it_removes_what_nobody_takes() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "ends",
        "[ $1 = cleanup ] || { touch presents; until [ -e go ]; do sleep 0.01; done; exit; }; mkdir first || { touch removed; exit 0; }; trap 'exit 0' TERM; \
         echo $$ >pid; mv pid began; while :; do sleep 0.01; done",
    );
    let mut child = workshop
        .exec(&script, &["present", "--timeout=1", "--interval=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let record = order([challenge("example.test", "p")]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(record.as_bytes()).unwrap();
    drop(stdin);
    let file = |name: &str| workshop.dir().join(name);
    wait_for("the record is presented", || file("presents").exists());
    drop(child.stdout.take());
    fs::write(file("go"), "").unwrap();
    let began = file("began");
    wait_for("the program runs", || began.exists());
    signal(&child, "TERM");
    let program = fs::read_to_string(&began).unwrap();
    kill("TERM", program.trim());
    child.wait().unwrap();
    assert!(file("removed").exists());
}

#[test]
fn a_signal_that_the_caller_has_blocked_is_none() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "slow",
        "echo x >>calls; touch began; until [ -e go ]; do sleep 0.01; done",
    );
    let shell = workshop.pipeline(
        &script,
        "env --block-signal=TERM dns01-exec cleanup -- _acme-challenge.example.test. value & \
         until [ -e began ]; do sleep 0.01; done; kill -TERM $!; touch go; wait $!",
    );
    run(shell, "").assert_status(0);
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1);
}

#[test]
fn where_the_call_after_a_signal_fails_it_is_tried_again_until_the_record_is_removed() {
    let workshop = Workshop::open();
    // The server goes away with the first call, and is there again for the third.
    let script = workshop.script(
        "restarting",
        "echo x >>calls; case $(grep -c x calls) in 1) touch began; until [ -e go ]; do sleep 0.01; done ;; \
         2) echo server down >&2; exit 1 ;; *) touch removed ;; esac",
    );
    for options in [&[][..], &["--batch"]] {
        let child = cleanup(&workshop, &script, options);
        let file = |name: &str| workshop.dir().join(name);
        signal(&child, "TERM");
        fs::write(file("go"), "").unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143));
        assert!(file("removed").exists(), "{options:?}");
        for name in ["began", "go", "removed", "calls"] {
            fs::remove_file(file(name)).unwrap();
        }
    }
}

#[test]
fn a_record_that_is_named_is_removed_after_the_call_of_a_present_that_was_killed() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "slow",
        "case $1 in present) touch began; while [ ! -e go ]; do sleep 0.01; done; touch record ;; \
         cleanup) rm -f record ;; esac",
    );
    let at = |file: &str| workshop.dir().join(file);
    let document = challenge("example.test", "value").to_string();
    for arguments in [&["--", "_acme-challenge.example.test.", "value"][..], &[]] {
        let mut present = workshop.exec(&script, &["present", "--timeout=1", "--interval=1"]);
        let mut present = present
            .args(["--", "_acme-challenge.example.test.", "value"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for("the program runs", || at("began").exists());
        present.kill().unwrap();
        present.wait().unwrap();
        let mut cleanup = workshop.exec(&script, &["cleanup"]);
        cleanup.args(arguments);
        let cleaned = thread::scope(|scope| {
            let cleaned = scope.spawn(|| run(cleanup, &document));
            // It is never too early for that, and where it does not wait, it has ended by then.
            thread::sleep(Duration::from_millis(300));
            fs::write(at("go"), "").unwrap();
            cleaned.join().unwrap()
        });
        cleaned.assert_status(0);
        assert!(!at("record").exists(), "{cleaned:?}");
        for file in ["began", "go"] {
            fs::remove_file(at(file)).unwrap();
        }
    }
}
