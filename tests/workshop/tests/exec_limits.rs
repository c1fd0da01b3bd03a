//! `dns01-exec` bounds what a program can do, and asks it how long propagation may take.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::json;
use workshop::{Workshop, challenge, order, run, wait_for};

/// What a program may cost that knows no `timeout`, on a machine with much else to do.
const A_MOMENT: Duration = Duration::from_secs(5);

#[test]
fn option_goes_before_variable_before_program_before_default() {
    let workshop = Workshop::open();
    let says = "[ $1 != timeout ] || echo '{\"timeout\": 30, \"interval\": 5.5}'";
    let recorder = workshop.recorder(says);
    for (option, variable, program, expected, asked) in [
        (None, None, false, json!({"timeout": 60, "interval": 2}), 1),
        (None, None, true, json!({"timeout": 30, "interval": 5.5}), 1),
        (
            None,
            Some("7"),
            true,
            json!({"timeout": 7, "interval": 5.5}),
            1,
        ),
        (
            Some("--timeout=8"),
            Some("7"),
            true,
            json!({"timeout": 8, "interval": 5.5}),
            1,
        ),
        (
            Some("--interval=0.25"),
            Some("7"),
            true,
            json!({"timeout": 7, "interval": 0.25}),
            0,
        ),
    ] {
        let recorder = if program {
            &recorder
        } else {
            &workshop.recorder("[ $1 != timeout ]")
        };
        let mut command = workshop.exec(&recorder.script, &["present"]);
        command
            .args(option)
            .envs(variable.map(|seconds| ("EXEC_PROPAGATION_TIMEOUT", seconds)));
        let three = [1, 2, 3]
            .map(|n| order([challenge("example.test", &n.to_string())]))
            .join("\n");
        let presented = run(command, three);
        presented.assert_status(0);
        for document in presented.documents() {
            assert_eq!(
                document["challenges"][0]["propagation"], expected,
                "{option:?} {variable:?}"
            );
        }
        let questions = recorder
            .arguments()
            .into_iter()
            .filter(|call| *call == ["timeout"])
            .count();
        assert_eq!(
            questions, asked,
            "{option:?} {variable:?}: the program was asked so often"
        );
        recorder.clear();
        workshop.recorder(says);
    }
    let ended = run(
        workshop.exec(&recorder.script, &["timeout", "--interval=3"]),
        "",
    );
    assert_eq!(ended.document(), json!({"timeout": 30, "interval": 3}));
    // As with lego, what is no number counts as not set; an option is refused.
    let mut command = workshop.exec(&recorder.script, &["timeout"]);
    command.env("EXEC_POLLING_INTERVAL", "soon");
    assert_eq!(
        run(command, "").document(),
        json!({"timeout": 30, "interval": 5.5})
    );
    let refused = workshop.exec(&recorder.script, &["timeout", "--interval=soon"]);
    run(refused, "").assert_status(2);
}

#[test]
fn a_program_without_timeout_costs_a_moment_and_gets_the_defaults() {
    for_each(
        [
            "exit 64",
            "echo timeout: 30 seconds",
            "echo '{\"timeout\": \"30\", \"interval\": 5}'",
            "echo '{\"timeout\": 30}'",
            "echo '{\"timeout\": -1, \"interval\": 5}'",
            "echo '{\"timeout\": 30, \"interval\": 5}'; exit 1",
            "head -c 10000000 /dev/zero",
            "sleep 1000",
            "sleep 1000 & echo $! >>pids; exit 0",
            "trap '' TERM; while :; do sleep 0.1; done",
        ],
        |does| {
            let workshop = Workshop::open();
            let script = workshop.script("says.sh", &format!("[ $1 != timeout ] || {{ {does}; }}"));
            let ended = run(workshop.exec(&script, &["timeout"]), "");
            ended.assert_status(0);
            assert_eq!(
                ended.document(),
                json!({"timeout": 60, "interval": 2}),
                "{does}"
            );
            assert!(ended.elapsed < A_MOMENT, "{does}: took {:?}", ended.elapsed);
            // Nothing of it is left.
            let pids = fs::read_to_string(workshop.dir().join("pids")).unwrap_or_default();
            for pid in pids.lines() {
                wait_for(&format!("process {pid} of `{does}` has ended"), || {
                    !is_alive(pid)
                });
            }
        },
    );
}

#[test]
fn what_a_program_says_to_timeout_reaches_a_person_with_verbose_only() {
    let workshop = Workshop::open();
    let fails = workshop.script(
        "fails.sh",
        "[ $1 != timeout ] || { echo usage >&2; exit 64; }",
    );
    let knows = "echo reading >&2; echo '{\"timeout\": 1, \"interval\": 1}'";
    let knows = workshop.script("knows.sh", knows);
    for (script, options, says) in [
        (&fails, &["timeout"][..], ""),
        (&fails, &["timeout", "-v"], "usage"),
        (&knows, &["timeout"], ""),
    ] {
        let asked = run(workshop.exec(script, options), "");
        asked.assert_status(0);
        assert_eq!(asked.stderr.is_empty(), says.is_empty(), "{asked:?}");
        assert!(asked.stderr.contains(says), "{asked:?}");
    }
}

#[test]
fn a_line_tells_of_a_call_that_takes_long() {
    let workshop = Workshop::open();
    let script = workshop.script("waits.sh", "while [ ! -e go ]; do sleep 0.1; done");
    let arguments = ["present", "--timeout=1", "--interval=1"];
    let child = workshop
        .exec(&script, &arguments)
        .args(["--", "_acme-challenge.example.test.", "v"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(
        lines.next().unwrap().unwrap(),
        "dns01-exec: _acme-challenge.example.test.: waits.sh present has been running for 10 s; after 600 s it is ended"
    );
    fs::write(workshop.dir().join("go"), "").unwrap();
    assert!(child.wait().unwrap().success());
}

/// Each case on a thread of its own: most of the time they wait.
fn for_each<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

#[test]
fn a_program_that_hangs_is_ended_with_everything_that_it_started() {
    for_each(
        [
            "sleep 1000",
            "trap '' TERM; while :; do sleep 0.1; done",
            "sleep 1000 & echo $! >>pids; exit 0",
            "sleep 1000 & echo $! >>pids; wait",
            "setsid sh -c 'echo $$ >>pids; exec sleep 1000' & wait",
            // Out of its group, its parent gone, and only the pipe left that tells whose it is.
            "(setsid sh -c 'echo $$ >>pids; exec sleep 1000' &) ; exit 0",
            // Not even that, and deaf.
            "(setsid sh -c 'trap \"\" TERM; echo $$ >>pids; exec sleep 1000' >/dev/null 2>&1 &) ; sleep 1000",
        ],
        |hangs| {
            let workshop = Workshop::open();
            let script =
                workshop.script("hangs.sh", &format!("echo $$ >>pids\necho began\n{hangs}"));
            let stdin = order([challenge("example.test", "v")]);
            let failed = workshop.present(&script, &["--program-timeout=1.5"], stdin);
            failed.assert_status(1);
            let error = failed.challenge_error();
            assert_eq!(error["type"], "acmepipe:exec:timeout", "{hangs}: {error}");
            assert!(
                error["detail"].as_str().unwrap().contains("began"),
                "{error}"
            );
            assert!(
                failed.elapsed < Duration::from_secs(10),
                "{hangs}: took {:?}",
                failed.elapsed
            );
            let pids = fs::read_to_string(workshop.dir().join("pids")).unwrap();
            assert!(pids.lines().count() >= 1);
            for pid in pids.lines() {
                wait_for(&format!("process {pid} of `{hangs}` has ended"), || {
                    !is_alive(pid)
                });
            }
        },
    );
}

/// Whether a process runs: one that has ended and was not waited for does not.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

#[test]
fn records_that_cannot_be_removed_at_once_are_tried_again_together() {
    let workshop = Workshop::open();
    // Each call fails once, for whichever record.
    let script = workshop.script(
        "down",
        "[ $1 = present ] || { echo x >>calls-$3; echo $3 >>order; [ $(grep -c x calls-$3) = 2 ]; }",
    );
    let values = ["1", "2", "3"];
    let names = values.map(|value| challenge(&format!("{value}.example.test"), value));
    let presented = workshop.present(&script, &[], order(names));
    workshop
        .cleanup(&script, &[], &presented.stdout)
        .assert_status(0);
    let called = fs::read_to_string(workshop.dir().join("order")).unwrap();
    assert_eq!(called, "1\n2\n3\n".repeat(2));
}
