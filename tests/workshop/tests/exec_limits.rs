//! `dns01-exec` bounds what a program can do, and asks it how long propagation may take.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
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
            "(sleep 1000) & exit 0",
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
            let failed = workshop.present(&script, &["--program-timeout=0.7"], stdin);
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
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), two.as_bytes()).unwrap();
    wait_for("the program runs", || workshop.dir().join("began").exists());
    // As a terminal does it: to the process group. The program has one of its own.
    let group = format!("-{}", child.id());
    assert!(
        Command::new("kill")
            .args(["-TERM", "--", &group])
            .status()
            .unwrap()
            .success()
    );
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

/// A cleanup whose program runs until there is a file `go`, once it runs.
fn cleanup_that_waits(workshop: &Workshop) -> std::process::Child {
    // It ends with its directory, where nobody is left to end it.
    let recorder =
        workshop.recorder("touch began; while [ -e began ] && [ ! -e go ]; do sleep 0.01; done");
    let mut command = workshop.exec(&recorder.script, &["cleanup"]);
    let child = command
        .args(["--", "_acme-challenge.example.test.", "value"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the program runs", || workshop.dir().join("began").exists());
    child
}

fn signal(child: &std::process::Child, name: &str) {
    let pid = child.id().to_string();
    let mut kill = Command::new("kill");
    assert!(kill.args(["-s", name, &pid]).status().unwrap().success());
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
fn a_program_that_signals_ended_with_status_0_is_called_again_until_it_has_removed_the_record() {
    let workshop = Workshop::open();
    // As nsupdate does: it ends at SIGTERM without having sent anything, with status 0.
    let script = workshop.script(
        "ends",
        "echo x >>calls; [ $(grep -c x calls) -lt 3 ] || { touch removed; exit 0; }; trap 'exit 0' TERM; \
         echo $$ >pid; mv pid began; while :; do sleep 0.01; done",
    );
    for options in [&[][..], &["--batch"]] {
        let mut command = workshop.exec(&script, &["cleanup"]);
        command.args(options);
        let child = command
            .args(["--", "_acme-challenge.example.test.", "value"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = workshop.dir().join("began");
        for _ in 0..2 {
            wait_for("the program runs", || began.exists());
            let program = fs::read_to_string(&began).unwrap();
            fs::remove_file(&began).unwrap();
            signal(&child, "TERM");
            let mut kill = Command::new("kill");
            assert!(kill.arg(program.trim()).status().unwrap().success());
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
        .exec(&script, &["present"])
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
    let mut kill = Command::new("kill");
    assert!(kill.arg(program.trim()).status().unwrap().success());
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
    let mut shell = workshop.shell(
        "env --block-signal=TERM dns01-exec cleanup -- _acme-challenge.example.test. value & \
         until [ -e began ]; do sleep 0.01; done; kill -TERM $!; touch go; wait $!",
    );
    shell.env("EXEC_PATH", &script);
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
        let child = workshop
            .exec(&script, &["cleanup"])
            .args(options)
            .args(["--", "_acme-challenge.example.test.", "value"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let file = |name: &str| workshop.dir().join(name);
        wait_for("the program runs", || file("began").exists());
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

#[test]
fn a_record_that_is_named_is_removed_after_the_call_of_a_present_that_was_killed() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "slow",
        "case $1 in present) touch began; while [ ! -e go ]; do sleep 0.01; done; touch record ;; \
         cleanup) rm -f record ;; esac",
    );
    let at = |file: &str| workshop.dir().join(file);
    let document = workshop::challenge("example.test", "value").to_string();
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
        let cleaned = std::thread::scope(|scope| {
            let cleaned = scope.spawn(|| run(cleanup, &document));
            // It is never too early for that, and where it does not wait, it has ended by then.
            std::thread::sleep(Duration::from_millis(300));
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
