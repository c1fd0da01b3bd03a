//! What runs the tests for `make` notices what they leave behind, ends it, and fails.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use workshop::{Ended, Workshop, root, run, wait_for};

/// Runs a line of shell as `make` runs the tests, and returns what came of it, and whether their directory is still there.
fn tested(workshop: &Workshop, line: &str) -> (Ended, bool) {
    tested_with(workshop, line, 0)
}

/// The same, where processes have this many seconds to end by themselves.
fn tested_with(workshop: &Workshop, line: &str, patience: u32) -> (Ended, bool) {
    let mut command = workshop.command(root().join("tests/nothing-left"));
    command
        .args(["sh", "-c", &format!("echo \"$TMPDIR\" >\"$0\"; {line}")])
        .arg(workshop.dir().join("said"))
        .env("TMPDIR", workshop.dir())
        .env("ACMEPIPE_TEST_PATIENCE", patience.to_string());
    let ended = run(command, "");
    let said = fs::read_to_string(workshop.dir().join("said")).unwrap();
    (ended, Path::new(said.trim()).exists())
}

#[test]
fn tests_that_leave_nothing_end_with_their_own_status() {
    let workshop = Workshop::open();
    for status in [0, 3] {
        let (ended, is_there) = tested(&workshop, &format!("exit {status}"));
        ended.assert_status(status);
        assert_eq!((ended.stderr.as_str(), is_there), ("", false));
    }
}

#[test]
fn a_directory_that_is_left_is_removed_and_one_of_a_test_that_failed_is_kept() {
    let workshop = Workshop::open();
    let (ended, is_there) = tested(&workshop, "mkdir $TMPDIR/acmepipe-x");
    ended.assert_status(1);
    assert!(ended.stderr.contains("a directory is left"), "{ended:?}");
    assert!(!is_there);
    let (ended, is_there) = tested(&workshop, "mkdir $TMPDIR/acmepipe-x; exit 101");
    ended.assert_status(101);
    assert!(is_there);
}

/// What holds a sandbox removes its directory after the test has ended, and has nothing of it in its environment.
#[test]
fn what_removes_its_directory_is_waited_for() {
    let workshop = Workshop::open();
    // It begins when it is waited for, or when that was not done.
    let removal = "while [ -e \"$1\" ] && ! grep -qs \"(sleep) . $2 \" /proc/[0-9]*/stat; do :; done; rm -rf \"$1\"";
    let line = format!(
        "mkdir $TMPDIR/acmepipe-x; env -i sh -c '{removal}' sh $TMPDIR/acmepipe-x $PPID >/dev/null 2>&1 &"
    );
    let (ended, is_there) = tested_with(&workshop, &line, 60);
    ended.assert_status(0);
    assert_eq!((ended.stderr.as_str(), is_there), ("", false));
}

#[test]
fn a_process_that_is_left_is_named_and_ended() {
    let workshop = Workshop::open();
    for left in [
        "LEGO_PATH=$TMPDIR/acmepipe-x/data sleep 1000",
        "(mkdir $TMPDIR/acmepipe-y; cd $TMPDIR/acmepipe-y; exec env -i sleep 1000)",
    ] {
        // A shell that hands its work on is not one that has done it.
        let line = format!(
            "{left} >/dev/null 2>&1 & echo $!; while ! grep -q sleep /proc/$!/comm; do :; done"
        );
        let (ended, is_there) = tested(&workshop, &line);
        ended.assert_status(1);
        let number = ended.stdout.trim();
        let says = format!("process {number} is left: sleep 1000");
        assert!(ended.stderr.contains(&says), "{ended:?}");
        assert!(!is_there);
        // Where nobody waits for it, its number stays for a while.
        let command = format!("/proc/{number}/cmdline");
        wait_for("the process is gone", || {
            fs::read(&command).unwrap_or_default().is_empty()
        });
    }
}
