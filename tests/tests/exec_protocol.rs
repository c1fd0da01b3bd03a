//! `dns01-exec` calls a program as lego's `exec` provider does, and bounds what it can do.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Ended, Workshop, run};
use serde_json::{Value, json};

/// What a program may cost that knows no `timeout`, on a machine with much else to do.
const A_MOMENT: Duration = Duration::from_secs(5);

fn challenge(name: &str, value: &str) -> Value {
    json!({
        "identifier": {"type": "dns", "value": name}, "wildcard": false, "status": "pending",
        "token": format!("-token-{value}"), "key_authorization": format!("-token-{value}.thumb_print"),
        "fqdn": format!("_acme-challenge.{name}."), "value": value, "zone": "example.test.",
    })
}

fn order(challenges: impl IntoIterator<Item = Value>) -> String {
    json!({"version": 1, "name": "example.test", "challenges": challenges.into_iter().collect::<Vec<_>>()}).to_string()
}

/// `present`, both durations given so that the program is not asked for them.
fn present(
    workshop: &Workshop,
    program: &Path,
    options: &[&str],
    stdin: impl AsRef<[u8]>,
) -> Ended {
    call(workshop, program, "present", options, stdin)
}

fn cleanup(
    workshop: &Workshop,
    program: &Path,
    options: &[&str],
    stdin: impl AsRef<[u8]>,
) -> Ended {
    call(workshop, program, "cleanup", options, stdin)
}

fn call(
    workshop: &Workshop,
    program: &Path,
    command: &str,
    options: &[&str],
    stdin: impl AsRef<[u8]>,
) -> Ended {
    let arguments = [&[command, "--timeout=60", "--interval=2"], options].concat();
    run(workshop.exec(program, &arguments), stdin)
}

#[track_caller]
fn wait_for(what: &str, answer: impl Fn() -> bool) {
    let began = Instant::now();
    while !answer() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it never came true: {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn error(ended: &Ended) -> Value {
    let document = ended.document();
    document["challenges"][0]["error"].clone()
}

#[test]
fn in_default_mode_the_program_gets_the_name_after_its_cnames_and_the_value() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut aliased = challenge("www.example.test", "-v");
    aliased["effective_fqdn"] = json!("x.auth.test.");
    let both = order([aliased, challenge("example.test", "w")]);
    let presented = present(&workshop, &recorder.script, &[], both);
    presented.assert_status(0);
    cleanup(&workshop, &recorder.script, &[], &presented.stdout).assert_status(0);
    let expected = [
        ["present", "x.auth.test.", "-v"],
        ["present", "_acme-challenge.example.test.", "w"],
        ["cleanup", "x.auth.test.", "-v"],
        ["cleanup", "_acme-challenge.example.test.", "w"],
    ];
    assert_eq!(recorder.arguments(), expected);
}

#[test]
fn a_double_dash_stands_before_name_and_value_only_where_it_is_asked_for() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let presented = present(
        &workshop,
        &recorder.script,
        &["--double-dash"],
        order([challenge("a.example.test", "v")]),
    );
    cleanup(
        &workshop,
        &recorder.script,
        &["--double-dash"],
        &presented.stdout,
    )
    .assert_status(0);
    let name = "_acme-challenge.a.example.test.";
    assert_eq!(
        recorder.arguments(),
        [["present", "--", name, "v"], ["cleanup", "--", name, "v"]]
    );
}

#[test]
fn in_raw_mode_the_program_gets_identifier_token_and_key_authorization() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut wildcard = challenge("example.test", "v");
    wildcard["wildcard"] = json!(true);
    wildcard["effective_fqdn"] = json!("x.auth.test.");
    let wildcard = order([wildcard]);
    present(&workshop, &recorder.script, &["--mode=RAW"], &wildcard).assert_status(0);
    let mut command = workshop.exec(
        &recorder.script,
        &["present", "--timeout=1", "--interval=1"],
    );
    command.env("EXEC_MODE", "RAW");
    let presented = run(command, &wildcard);
    cleanup(
        &workshop,
        &recorder.script,
        &["--mode", "RAW"],
        &presented.stdout,
    )
    .assert_status(0);
    let present = [
        "present",
        "--",
        "example.test",
        "-token-v",
        "-token-v.thumb_print",
    ];
    let cleanup = [
        "cleanup",
        "--",
        "example.test",
        "-token-v",
        "-token-v.thumb_print",
    ];
    assert_eq!(recorder.arguments(), [present, present, cleanup]);
}

#[test]
fn what_stands_on_the_command_line_is_passed_on_as_a_challenge() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let given = ["--", "_acme-challenge.example.test.", "-v"];
    let presented = present(&workshop, &recorder.script, &given, "");
    presented.assert_status(0);
    assert_eq!(presented.document()["value"], "-v");
    cleanup(&workshop, &recorder.script, &given, "").assert_status(0);
    present(
        &workshop,
        &recorder.script,
        &["--mode=RAW", "--", "example.test", "-t", "-t.k"],
        "",
    )
    .assert_status(0);
    present(&workshop, &recorder.script, &["--", "only-a-name."], "").assert_status(2);
    let expected: [&[&str]; 3] = [
        &["present", "_acme-challenge.example.test.", "-v"],
        &["cleanup", "_acme-challenge.example.test.", "-v"],
        &["present", "--", "example.test", "-t", "-t.k"],
    ];
    assert_eq!(recorder.arguments(), expected);
}

#[test]
fn environment_and_directory_are_the_callers_and_stdin_is_dev_null() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut command = workshop.exec(
        &recorder.script,
        &["present", "--timeout=1", "--interval=1"],
    );
    command
        .env("API_TOKEN", "of the user's")
        .env("DNS01_ZONE", "inherited.")
        .env("DNS01_PRESENT_OUTPUT", "inherited");
    run(command, order([challenge("example.test", "v")])).assert_status(0);
    let call = &recorder.calls()[0];
    assert_eq!(call.stdin, "/dev/null");
    assert_eq!(
        Path::new(&call.directory),
        fs::canonicalize(workshop.dir()).unwrap()
    );
    assert_eq!(call.environment["API_TOKEN"], "of the user's");
    assert_eq!(call.environment["DNS01_ZONE"], "example.test.");
    assert!(
        !call.environment.contains_key("DNS01_PRESENT_OUTPUT"),
        "{:?}",
        call.environment
    );
}

#[test]
fn the_environment_says_what_a_script_would_have_to_find_out() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut apex = challenge("example.test", "v");
    apex["wildcard"] = json!(true);
    apex["effective_fqdn"] = json!("x.auth.test.");
    apex["zone"] = json!("x.auth.test.");
    apex["nameservers"] = json!([{"name": "ns1.test.", "addresses": ["192.0.2.1"]}, {"name": "ns2.test.", "addresses": []}]);
    let mut bare = challenge("www.example.test", "w");
    bare["zone"] = Value::Null;
    present(
        &workshop,
        &recorder.script,
        &[],
        order([apex, challenge("www.example.test", "v"), bare]),
    )
    .assert_status(0);
    let calls = recorder.calls();
    let ours = |index: usize| -> Vec<String> {
        let ours = calls[index]
            .environment
            .iter()
            .filter(|(name, _)| name.starts_with("DNS01_"));
        ours.map(|(name, value)| format!("{}={value}", &name[6..]))
            .collect()
    };
    // The zones are called side by side.
    let at = |fqdn: &str, value: &str| {
        let found = calls
            .iter()
            .position(|call| call.arguments == ["present", fqdn, value]);
        ours(found.unwrap_or_else(|| panic!("{fqdn} was not presented: {calls:?}")))
    };
    let expected = [
        "DOMAIN=example.test",
        "FQDN=_acme-challenge.example.test.",
        "NAME=@",
        "NAMESERVERS=ns1.test. ns2.test.",
        "WILDCARD=true",
        "ZONE=x.auth.test.",
    ];
    assert_eq!(at("x.auth.test.", "v"), expected);
    let expected = [
        "DOMAIN=www.example.test",
        "FQDN=_acme-challenge.www.example.test.",
        "NAME=_acme-challenge.www",
        "WILDCARD=false",
        "ZONE=example.test.",
    ];
    assert_eq!(at("_acme-challenge.www.example.test.", "v"), expected);
    let expected = [
        "DOMAIN=www.example.test",
        "FQDN=_acme-challenge.www.example.test.",
        "WILDCARD=false",
    ];
    assert_eq!(at("_acme-challenge.www.example.test.", "w"), expected);
}

#[test]
fn what_the_program_prints_when_it_presents_comes_back_when_it_cleans_up() {
    let workshop = Workshop::open();
    let recorder =
        workshop.recorder("[ $1 = cleanup ] || printf 'id=7\\nid=8\\n\\n'; echo noise >&2");
    let presented = present(
        &workshop,
        &recorder.script,
        &[],
        order([challenge("example.test", "v")]),
    );
    assert_eq!(
        presented.document()["challenges"][0]["present"]["output"],
        "id=7\nid=8"
    );
    let cleaned = cleanup(&workshop, &recorder.script, &[], &presented.stdout);
    assert_eq!(
        recorder.calls()[1].environment["DNS01_PRESENT_OUTPUT"],
        "id=7\nid=8"
    );
    assert!(cleaned.document()["challenges"][0]["cleanup"]["at"].is_string());
}

#[test]
fn of_what_it_prints_64_kib_are_kept() {
    let workshop = Workshop::open();
    let script = workshop.script("large.sh", "head -c 200000 /dev/zero | tr '\\0' x");
    let presented = present(
        &workshop,
        &script,
        &[],
        order([challenge("example.test", "v")]),
    );
    let document = presented.document();
    assert_eq!(
        document["challenges"][0]["present"]["output"]
            .as_str()
            .map(str::len),
        Some(64 << 10)
    );
    // More than one argument or variable can hold (128 KiB) would keep the program from being started.
    cleanup(&workshop, &script, &[], &presented.stdout).assert_status(0);
}

#[test]
fn both_streams_go_to_stderr_line_by_line_with_the_programs_name_and_nothing_to_stdout() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "update.sh",
        "[ $1 = present ] || exit 0\nprintf 'on std'; echo out; echo on stderr >&2; \
         while [ ! -e go ]; do sleep 0.01; done; printf 'no newline'",
    );
    let mut command = workshop.exec(&script, &["present", "--timeout=1", "--interval=1"]);
    command.args(["--", "_acme-challenge.example.test.", "v"]);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    // It still runs: the lines came while it did.
    let mut first = [lines.next().unwrap(), lines.next().unwrap()];
    first.sort();
    assert_eq!(first, ["update.sh: on stderr", "update.sh: on stdout"]);
    fs::write(workshop.dir().join("go"), "").unwrap();
    assert_eq!(lines.next().unwrap(), "update.sh: no newline");
    assert_eq!(lines.next(), None);
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(serde_json::from_str::<Value>(&stdout).unwrap()["fqdn"].is_string());
}

#[test]
fn a_status_or_a_signal_is_the_challenges_error_with_the_last_lines() {
    let workshop = Workshop::open();
    for (text, says) in [
        (
            "seq 100; echo 'update failed: REFUSED' >&2; exit 3",
            "exited 3",
        ),
        (
            "seq 100; echo 'update failed: REFUSED' >&2; kill -SEGV $$",
            "was killed by SIGSEGV",
        ),
    ] {
        let script = workshop.script("fails.sh", text);
        let failed = present(
            &workshop,
            &script,
            &[],
            order([challenge("example.test", "v")]),
        );
        failed.assert_status(1);
        let error = error(&failed);
        assert_eq!(error["type"], "acmepipe:exec:status");
        let detail = error["detail"].as_str().unwrap();
        for word in [says, "fails.sh present", "update failed: REFUSED", "99"] {
            assert!(detail.contains(word), "{detail}");
        }
        assert!(!detail.contains("50"), "not only the last lines: {detail}");
        assert!(error["hint"].is_string());
        // It may have added the record before it failed.
        let recorder = workshop.recorder("");
        cleanup(&workshop, &recorder.script, &[], &failed.stdout).assert_status(1);
        assert_eq!(
            recorder.arguments(),
            [["cleanup", "_acme-challenge.example.test.", "v"]]
        );
        recorder.clear();
    }
}

#[test]
fn after_one_challenge_of_an_order_failed_the_others_are_not_presented() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("[ $3 != 2 ]");
    let orders = order(["1", "2", "3"].map(|value| challenge("example.test", value)));
    let another = order([challenge("example.test", "4")]);
    let failed = present(
        &workshop,
        &recorder.script,
        &[],
        format!("{orders}\n{another}\n"),
    );
    failed.assert_status(1);
    let mut values: Vec<_> = recorder
        .arguments()
        .into_iter()
        .map(|mut call| call.remove(2))
        .collect();
    values.sort();
    assert_eq!(values, ["1", "2", "4"]);
    let documents = failed.documents();
    let [first, second]: [&Value; 2] = if documents[0]["error"].is_null() {
        [&documents[1], &documents[0]]
    } else {
        [&documents[0], &documents[1]]
    };
    assert!(first["error"]["detail"].is_string() && second["error"].is_null());
    let presented: Vec<bool> = (0..3)
        .map(|index| first["challenges"][index]["present"].is_object())
        .collect();
    assert_eq!(presented, [true, true, false]);
    recorder.clear();
    cleanup(
        &workshop,
        &recorder.script,
        &["--program-timeout=5"],
        first.to_string(),
    );
    let cleaned: Vec<_> = recorder
        .arguments()
        .into_iter()
        .map(|mut call| call.remove(2))
        .collect();
    assert!(
        !cleaned.contains(&"3".to_owned()),
        "it was never presented: {cleaned:?}"
    );
}

#[test]
fn a_program_that_cannot_be_run_is_said_before_anything_is() {
    let workshop = Workshop::open();
    let plain = workshop.dir().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    for (program, says) in [
        (workshop.dir().join("missing"), "No such file"),
        (plain, "not executable"),
        (workshop.dir().to_owned(), "not a file"),
        ("no-such-program-in-path".into(), "not found in PATH"),
    ] {
        for command in ["present", "cleanup", "timeout"] {
            let ended = run(
                workshop.exec(&program, &[command]),
                order([challenge("example.test", "v")]),
            );
            ended.assert_status(2);
            assert!(
                ended.stdout.is_empty() && ended.stderr.contains(says),
                "{ended:?}"
            );
        }
    }
    let ended = run(
        {
            let mut command = workshop.command("dns01-exec");
            command.arg("present");
            command
        },
        "",
    );
    ended.assert_status(2);
    assert!(ended.stderr.contains("EXEC_PATH"), "{ended:?}");
}

#[test]
fn a_program_is_run_directly_and_never_through_a_shell() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let odd = workshop.dir().join("a program; touch $(id)");
    fs::copy(&recorder.script, &odd).unwrap();
    present(
        &workshop,
        &odd,
        &[
            "--",
            "_acme-challenge.example.test.",
            "$(touch${IFS}hit);`x`",
        ],
        "",
    )
    .assert_status(0);
    assert_eq!(
        recorder.arguments(),
        [[
            "present",
            "_acme-challenge.example.test.",
            "$(touch${IFS}hit);`x`"
        ]]
    );
    // A name without a slash is looked for in PATH, as the shell that a user tried it in would have it.
    let mut command = workshop.exec(
        Path::new("recorder.sh"),
        &["present", "--", "_acme-challenge.example.test.", "v"],
    );
    command.env(
        "PATH",
        std::env::join_paths([workshop.dir(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap(),
    );
    run(command, "").assert_status(0);
    // No shebang: a shell would run it, the system does not.
    let text = workshop.dir().join("text");
    fs::copy(&recorder.script, &text).unwrap();
    fs::write(&text, "exit 0\n").unwrap();
    let failed = present(
        &workshop,
        &text,
        &[],
        order([challenge("example.test", "v")]),
    );
    failed.assert_status(1);
    assert_eq!(error(&failed)["type"], "acmepipe:exec:start");
}

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
    let mut command = workshop.exec(&recorder.script, &["timeout"]);
    command.env("EXEC_POLLING_INTERVAL", "soon");
    run(command, "").assert_status(2);
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
            let failed = present(&workshop, &script, &["--program-timeout=0.7"], stdin);
            failed.assert_status(1);
            let error = error(&failed);
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
fn a_batch_is_one_call_per_zone_with_the_challenges_on_stdin() {
    let workshop = Workshop::open();
    let failing = r#"[ $1 = present-batch ] && jq -c 'select(.value == "2") | {fqdn, value, error: "quota"}' $d/input; exit 0"#;
    let recorder = workshop.recorder(failing);
    let mut elsewhere = challenge("example.org", "3");
    elsewhere["zone"] = json!("example.org.");
    let all = order([
        challenge("a.example.test", "1"),
        elsewhere,
        challenge("b.example.test", "2"),
    ]);
    let presented = present(&workshop, &recorder.script, &["--batch"], all);
    presented.assert_status(1);
    let document = presented.document();
    let failed: Vec<bool> = (0..3)
        .map(|index| document["challenges"][index]["error"].is_object())
        .collect();
    assert_eq!(failed, [false, false, true]);
    let error = &document["challenges"][2]["error"];
    assert!(
        error["type"] == "acmepipe:exec:batch" && error["detail"] == "quota",
        "{error}"
    );

    cleanup(&workshop, &recorder.script, &["--batch"], &presented.stdout).assert_status(1);
    let mut calls = recorder.calls();
    calls.sort_by_key(|call| {
        (
            call.arguments.clone(),
            call.environment["DNS01_ZONE"].clone(),
        )
    });
    let values = |input: &str| -> Vec<String> {
        let lines = input
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| line["value"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                call.arguments.join(" "),
                call.environment["DNS01_ZONE"].as_str(),
                values(&call.input).join(" "),
            )
        })
        .collect();
    let expected = [
        ("cleanup-batch", "example.org.", "3"),
        ("cleanup-batch", "example.test.", "1 2"),
        ("present-batch", "example.org.", "3"),
        ("present-batch", "example.test.", "1 2"),
    ];
    assert_eq!(
        seen,
        expected.map(|(call, zone, values)| (call.to_owned(), zone, values.to_owned()))
    );
    assert!(
        calls
            .iter()
            .all(|call| !call.environment.contains_key("DNS01_FQDN")),
        "{calls:?}"
    );
}

#[test]
fn a_batch_of_which_the_program_fails_fails_altogether_and_is_removed_altogether() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("[ $1 = cleanup-batch ] || { echo 'no login' >&2; exit 1; }");
    let all = order(["1", "2"].map(|value| challenge("example.test", value)));
    let failed = present(&workshop, &recorder.script, &["--batch"], all);
    failed.assert_status(1);
    for index in 0..2 {
        let detail = failed.document()["challenges"][index]["error"]["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            detail.contains("exited 1") && detail.contains("no login"),
            "{detail}"
        );
    }
    recorder.clear();
    cleanup(&workshop, &recorder.script, &["--batch"], &failed.stdout).assert_status(1);
    assert_eq!(recorder.calls()[0].input.lines().count(), 2);
}

/// Fails where another call is under way, in the directory `$1` of locks.
const ALONE: &str = "mkdir \"busy-$DNS01_ZONE\" || exit 9; sleep 0.05; rmdir \"busy-$DNS01_ZONE\"";
/// Succeeds only where as many calls as `$EXPECTED` are under way at once.
const TOGETHER: &str = "mkdir -p here; touch here/$$; n=0; while [ $(ls here | wc -l) -lt $EXPECTED ]; do \
                        n=$((n+1)); [ $n -lt 1000 ] || exit 9; sleep 0.01; done";

#[test]
fn calls_for_names_of_one_zone_do_not_overlap_not_even_those_of_two_processes() {
    let workshop = Workshop::open();
    let script = workshop.script("alone.sh", ALONE);
    thread::scope(|scope| {
        for process in ["a", "b", "c"] {
            let (workshop, script) = (&workshop, &script);
            scope.spawn(move || {
                let values: Vec<String> = (0..4).map(|n| format!("{process}{n}")).collect();
                let one = order(
                    values[..2]
                        .iter()
                        .map(|value| challenge("example.test", value)),
                );
                let two = order(
                    values[2..]
                        .iter()
                        .map(|value| challenge("example.test", value)),
                );
                present(workshop, script, &[], one + &two).assert_status(0);
            });
        }
    });
}

#[test]
fn calls_for_names_of_two_zones_overlap() {
    let workshop = Workshop::open();
    let script = workshop.script("together.sh", TOGETHER);
    let mut elsewhere = challenge("example.org", "2");
    elsewhere["zone"] = json!("example.org.");
    let mut command = workshop.exec(&script, &["present", "--timeout=1", "--interval=1"]);
    command.env("EXPECTED", "2");
    run(command, order([challenge("example.test", "1"), elsewhere])).assert_status(0);
}

#[test]
fn with_jobs_calls_for_names_of_one_zone_overlap_and_no_more_than_that() {
    let workshop = Workshop::open();
    let script = workshop.script("together.sh", TOGETHER);
    let four = || order((0..4).map(|n| challenge("example.test", &n.to_string())));
    let mut command = workshop.exec(&script, &["present", "-j4", "--timeout=1", "--interval=1"]);
    command.env("EXPECTED", "4");
    run(command, four()).assert_status(0);
    let script = workshop.script(
        "three.sh",
        "mkdir -p now; touch now/$$; [ $(ls now | wc -l) -le 3 ] || exit 9; sleep 0.05; rm now/$$",
    );
    present(&workshop, &script, &["--jobs=3"], four() + &four()).assert_status(0);
}

#[test]
fn the_sequence_interval_is_a_pause_between_calls_of_a_zone() {
    let workshop = Workshop::open();
    let script = workshop.script("when.sh", "date +%s.%N >>began");
    let mut command = workshop.exec(&script, &["present", "--timeout=1", "--interval=1"]);
    command.env("EXEC_SEQUENCE_INTERVAL", "0.3");
    run(
        command,
        order((0..3).map(|n| challenge("example.test", &n.to_string()))),
    )
    .assert_status(0);
    let began = fs::read_to_string(workshop.dir().join("began")).unwrap();
    let began: Vec<f64> = began.lines().map(|line| line.parse().unwrap()).collect();
    assert!(
        began.windows(2).all(|pair| pair[1] - pair[0] >= 0.3),
        "{began:?}"
    );
}

#[test]
fn with_one_per_name_a_second_value_is_deferred_and_presented_in_a_second_round() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut aliased = challenge("www.example.test", "3");
    aliased["effective_fqdn"] = json!("_ACME-challenge.example.test.");
    let all = order([
        challenge("example.test", "1"),
        challenge("example.test", "2"),
        aliased,
        challenge("a.test", "4"),
    ]);
    let first = present(&workshop, &recorder.script, &["--one-per-name"], all);
    first.assert_status(0);
    let mut document = first.document();
    let deferred = |document: &Value| -> Vec<bool> {
        (0..4)
            .map(|index| document["challenges"][index]["deferred"].is_string())
            .collect()
    };
    assert_eq!(deferred(&document), [false, true, true, false]);
    assert!(document["challenges"][1].get("present").is_none());
    assert_eq!(document["challenges"][1]["status"], "pending");

    // What the programs between make of it.
    for index in [0, 3] {
        document["challenges"][index]["status"] = json!("valid");
    }
    let cleaned = cleanup(&workshop, &recorder.script, &[], document.to_string());
    cleaned.assert_status(0);
    let second = present(
        &workshop,
        &recorder.script,
        &["--one-per-name"],
        &cleaned.stdout,
    );
    assert_eq!(deferred(&second.document()), [false, false, true, false]);
    let mut values: Vec<_> = recorder
        .arguments()
        .into_iter()
        .map(|call| format!("{} {}", call[0], call[2]))
        .collect();
    values.sort();
    assert_eq!(
        values,
        [
            "cleanup 1",
            "cleanup 4",
            "present 1",
            "present 2",
            "present 4"
        ]
    );
}

#[test]
fn valid_challenges_and_documents_with_an_error_are_passed_on_as_they_came() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut valid = challenge("example.test", "v");
    valid["status"] = json!("valid");
    let failed = r#"{"x":1.50,"challenges":[{"fqdn":"a.test.","value":"v"}],"error":{"type":"x"}}"#;
    let ended = present(
        &workshop,
        &recorder.script,
        &[],
        format!("{}\n{failed}\n", order([valid.clone()])),
    );
    ended.assert_status(1);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(
        lines.contains(&failed) && lines.contains(&&*order([valid])),
        "{lines:?}"
    );
    assert!(recorder.calls().is_empty());
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
