//! `dns01-exec` calls a program as lego's `exec` provider does.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use workshop::{Workshop, challenge, copy_to_run, order, run};

#[test]
fn in_default_mode_the_program_gets_the_name_after_its_cnames_and_the_value() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut aliased = challenge("www.example.test", "-v");
    aliased["effective_fqdn"] = json!("x.auth.test.");
    let both = order([aliased, challenge("example.test", "w")]);
    let presented = workshop.present(&recorder.script, &[], both);
    presented.assert_status(0);
    workshop
        .cleanup(&recorder.script, &[], &presented.stdout)
        .assert_status(0);
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
    let presented = workshop.present(
        &recorder.script,
        &["--double-dash"],
        order([challenge("a.example.test", "v")]),
    );
    workshop
        .cleanup(&recorder.script, &["--double-dash"], &presented.stdout)
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
    workshop
        .present(&recorder.script, &["--mode=RAW"], &wildcard)
        .assert_status(0);
    let mut command = workshop.exec(
        &recorder.script,
        &["present", "--timeout=1", "--interval=1"],
    );
    command.env("EXEC_MODE", "RAW");
    let presented = run(command, &wildcard);
    workshop
        .cleanup(&recorder.script, &["--mode", "RAW"], &presented.stdout)
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
fn the_service_exec_is_the_program_that_is_named_as_for_lego() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let stdin = order([challenge("example.test", "v")]);
    for options in [&["--mode=RAW"][..], &["--exec"]] {
        let mut words = vec!["present", "--dns=exec", "--timeout=1", "--interval=1"];
        words.extend(options);
        let mut command = workshop.exec(&recorder.script, &words);
        if options == ["--exec"] {
            command.arg(&recorder.script).env_remove("EXEC_PATH");
        }
        run(command, &stdin).assert_status(0);
    }
    let name = "_acme-challenge.example.test.";
    let raw = ["--", "example.test", "-token-v", "-token-v.thumb_print"];
    assert_eq!(recorder.arguments()[0][1..], raw);
    assert_eq!(recorder.arguments()[1], ["present", name, "v"]);
    let mut command = workshop.command("dns01-exec");
    command
        .args(["present", "--dns=exec"])
        .env_remove("EXEC_PATH");
    let refused = run(command, &stdin);
    refused.assert_status(2);
    let says = "no program: say which with --exec or EXEC_PATH";
    assert!(refused.stderr.contains(says), "{refused:?}");
}

#[test]
fn variables_mean_what_they_mean_to_lego_and_options_are_strict() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("[ $1 != timeout ]");
    let order = order([challenge("example.test", "v")]);
    for (variable, value, says) in [
        ("EXEC_MODE", "none", ""),
        ("EXEC_MODE", "raw", ""),
        ("EXEC_MODE", "Raw ", ""),
        (
            "EXEC_PROPAGATION_TIMEOUT",
            "60s",
            "takes a number of seconds, not `60s`",
        ),
        ("EXEC_PROPAGATION_TIMEOUT", "-1", "it counts as not set"),
        ("EXEC_POLLING_INTERVAL", "abc", "it counts as not set"),
        ("EXEC_SEQUENCE_INTERVAL", "1m", "it counts as not set"),
    ] {
        let mut command = workshop.exec(&recorder.script, &["present"]);
        command.env(variable, value);
        let presented = run(command, &order);
        presented.assert_status(0);
        assert!(presented.stderr.contains(says), "{}", presented.stderr);
        let propagation = &presented.document()["challenges"][0]["propagation"];
        assert_eq!(
            *propagation,
            json!({"timeout": 60, "interval": 2}),
            "{variable}"
        );
    }
    let calls = recorder.calls();
    let called = calls.iter().filter(|call| call.arguments[0] == "present");
    for call in called {
        assert_eq!(call.arguments[1..], ["_acme-challenge.example.test.", "v"]);
    }
    for option in ["--mode=raw", "--timeout=60s", "--interval=-1"] {
        let refused = run(
            workshop.exec(&recorder.script, &["present", option]),
            &order,
        );
        refused.assert_status(2);
    }
}

#[test]
fn what_stands_on_the_command_line_is_passed_on_as_a_challenge() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let given = ["--", "_acme-challenge.example.test.", "-v"];
    let presented = workshop.present(&recorder.script, &given, "");
    presented.assert_status(0);
    assert_eq!(presented.document()["value"], "-v");
    workshop
        .cleanup(&recorder.script, &given, "")
        .assert_status(0);
    workshop
        .present(
            &recorder.script,
            &["--mode=RAW", "--", "example.test", "-t", "-t.k"],
            "",
        )
        .assert_status(0);
    workshop
        .present(&recorder.script, &["--", "only-a-name."], "")
        .assert_status(2);
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
    workshop
        .present(
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
            // Which call was the first is for the programs for DNS services.
            .filter(|(name, _)| name.starts_with("DNS01_") && *name != "DNS01_WARNED");
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
    let presented = workshop.present(
        &recorder.script,
        &[],
        order([challenge("example.test", "v")]),
    );
    assert_eq!(
        presented.document()["challenges"][0]["present"]["output"],
        "id=7\nid=8"
    );
    let cleaned = workshop.cleanup(&recorder.script, &[], &presented.stdout);
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
    let presented = workshop.present(&script, &[], order([challenge("example.test", "v")]));
    let document = presented.document();
    assert_eq!(
        document["challenges"][0]["present"]["output"]
            .as_str()
            .map(str::len),
        Some(64 << 10)
    );
    // More than one argument or variable can hold (128 KiB) would keep the program from being started.
    workshop
        .cleanup(&script, &[], &presented.stdout)
        .assert_status(0);
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
        let failed = workshop.present(&script, &[], order([challenge("example.test", "v")]));
        failed.assert_status(1);
        let error = failed.challenge_error();
        assert_eq!(error["type"], "acmepipe:exec:status");
        let detail = error["detail"].as_str().unwrap();
        for word in [says, "fails.sh present", "update failed: REFUSED", "99"] {
            assert!(detail.contains(word), "{detail}");
        }
        assert!(!detail.contains("50"), "not only the last lines: {detail}");
        assert!(error["hint"].is_string());
        // It may have added the record before it failed.
        let recorder = workshop.recorder("");
        workshop
            .cleanup(&recorder.script, &[], &failed.stdout)
            .assert_status(1);
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
    let failed = workshop.present(&recorder.script, &[], format!("{orders}\n{another}\n"));
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
    assert_eq!(first["error"]["type"], "acmepipe:exec:status", "{first:#}");
    assert!(second["error"].is_null(), "{second:#}");
    let presented: Vec<bool> = (0..3)
        .map(|index| first["challenges"][index]["present"].is_object())
        .collect();
    assert_eq!(presented, [true, true, false]);
    recorder.clear();
    workshop.cleanup(
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
fn a_program_is_run_directly_and_never_through_a_shell() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let odd = workshop.dir().join("a program; touch $(id)");
    copy_to_run(&[&recorder.script], &odd).unwrap();
    workshop
        .present(
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
}

#[test]
fn what_tells_of_an_earlier_round_is_taken_away_and_nothing_else() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut earlier = challenge("example.test", "v");
    let expected = earlier.clone();
    earlier["deferred"] = json!("why");
    earlier["propagated"] = json!({"seconds": 1});
    earlier["cleanup"] = json!({"seconds": 1});
    earlier["x"] = json!(1);
    let presented = workshop.present(&recorder.script, &[], order([earlier]));
    let mut challenge = presented.assert_status(0).document()["challenges"][0].clone();
    let members = challenge.as_object_mut().unwrap();
    for added in ["present", "propagation", "x"] {
        assert!(members.remove(added).is_some(), "{added}");
    }
    assert_eq!(challenge, expected);
}

#[test]
fn valid_challenges_and_documents_with_an_error_are_passed_on_as_they_came() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let mut valid = challenge("example.test", "v");
    valid["status"] = json!("valid");
    let failed = r#"{"x":1.50,"challenges":[{"fqdn":"a.test.","value":"v"}],"error":{"type":"x"}}"#;
    let ended = workshop.present(
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
