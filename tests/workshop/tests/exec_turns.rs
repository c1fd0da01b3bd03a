//! Which calls `dns01-exec` lets overlap, which take turns, and which are one.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::thread;

use serde_json::{Value, json};
use workshop::{Workshop, challenge, order, run};

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
    let presented = workshop.present(&recorder.script, &["--batch"], all);
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

    workshop
        .cleanup(&recorder.script, &["--batch"], &presented.stdout)
        .assert_status(1);
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
    let failed = workshop.present(&recorder.script, &["--batch"], all);
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
    workshop
        .cleanup(&recorder.script, &["--batch"], &failed.stdout)
        .assert_status(1);
    assert_eq!(recorder.calls()[0].input.lines().count(), 2);
}

#[test]
fn what_a_batch_reports_before_it_fails_is_in_the_error() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "api.sh",
        r#"echo '{"fqdn":"_acme-challenge.example.test.","value":"1","error":"quota exceeded"}'; exit 1"#,
    );
    let all = order(["1", "2"].map(|value| challenge("example.test", value)));
    let failed = workshop.present(&script, &["--batch"], all);
    failed.assert_status(1);
    let error = failed.challenge_error();
    assert_eq!(error["type"], "acmepipe:exec:status");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("exited 1"), "{detail}");
    assert!(detail.ends_with("it reported: quota exceeded"), "{detail}");
}

#[test]
fn a_failure_that_a_batch_reports_of_no_challenge_fails_them_all_and_leaves_them_in_the_journal() {
    let workshop = Workshop::open();
    let report =
        r#"{"fqdn":"_acme-challenge.zz.example.test.","value":"v1","error":"API says no"}"#;
    let script = workshop.script("api.sh", &format!("echo '{report}'"));
    let all = order(["1", "2"].map(|value| challenge("example.test", value)));
    let failed = workshop.present(&script, &["--batch"], all);
    failed.assert_status(1);
    let document = failed.document();
    for index in 0..2 {
        let error = &document["challenges"][index]["error"];
        assert_eq!(error["type"], "acmepipe:exec:batch");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(report), "{detail}");
    }
    let shown = format!("api.sh: {report}");
    assert!(failed.stderr.contains(&shown), "{failed:?}");

    let cleaned = workshop.cleanup(&script, &["--batch"], &failed.stdout);
    cleaned.assert_status(1);
    let cleanup = &cleaned.document()["challenges"][0]["cleanup"];
    let detail = cleanup["error"]["detail"].as_str().unwrap();
    assert!(detail.contains(report), "{detail}");
    let listed = run(workshop.exec(&script, &["list"]), "");
    assert_eq!(listed.documents().len(), 2, "{listed:?}");
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
                workshop.present(script, &[], one + &two).assert_status(0);
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
    workshop
        .present(&script, &["--jobs=3"], four() + &four())
        .assert_status(0);
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
    let first = workshop.present(&recorder.script, &["--one-per-name"], all);
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
    let cleaned = workshop.cleanup(&recorder.script, &[], document.to_string());
    cleaned.assert_status(0);
    let second = workshop.present(&recorder.script, &["--one-per-name"], &cleaned.stdout);
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
fn documents_that_wait_go_into_one_call_and_a_bad_one_costs_the_others_nothing() {
    let workshop = Workshop::open();
    // The first call lasts until all documents are in the journal, so that the others wait for the next.
    let script = workshop.script(
        "batch.sh",
        r#"all=$(cat); printf '%s' "$all" | grep -c . >>"calls-$1"
        while [ "$(ls data/journal/*.jsonl | wc -l)" -lt 4 ] && [ ! -e passed ]; do sleep 0.01; done
        [ "$1" = present-batch ] || touch passed
        case $all in *bad*) echo no >&2; exit 1 ;; esac"#,
    );
    let documents: String = ["first", "bad", "good", "fine"]
        .iter()
        .map(|value| order([challenge(&format!("{value}.example.test"), value)]))
        .collect();
    let presented = workshop.present(&script, &["--batch"], documents);
    presented.assert_status(1);
    let mut failed: Vec<_> = presented
        .documents()
        .iter()
        .filter(|order| order["error"].is_object())
        .map(|order| order["challenges"][0]["value"].as_str().unwrap().to_owned())
        .collect();
    failed.sort();
    assert_eq!(failed, ["bad"], "{}", presented.stdout);
    let calls = fs::read_to_string(workshop.dir().join("calls-present-batch")).unwrap();
    let most = calls.lines().map(|line| line.parse::<usize>().unwrap());
    assert!(most.max() > Some(1), "no call had several: {calls:?}");
}

#[test]
fn a_document_that_has_to_wait_leaves_nothing_in_the_journal() {
    let workshop = Workshop::open();
    let script = workshop.script("script.sh", "exit 0");
    for option in ["--one-per-name", "--one-per-zone"] {
        let mut second = challenge("example.test", "2");
        second["wildcard"] = json!(true);
        let both = [order([challenge("example.test", "1")]), order([second])].concat();
        let presented = workshop.present(&script, &[option], both);
        let documents = presented.documents();
        let waits = |order: &&Value| order["challenges"][0]["deferred"].is_string();
        assert_eq!(
            documents.iter().filter(waits).count(),
            1,
            "{}",
            presented.stdout
        );
        let journal = || {
            fs::read_dir(workshop.dir().join("data/journal"))
                .unwrap()
                .count()
        };
        assert_eq!(journal(), 1, "{option}");
        workshop
            .cleanup(&script, &[], &presented.stdout)
            .assert_status(0);
        assert_eq!(journal(), 0, "{option}");
    }
}

#[test]
fn a_challenge_that_waits_in_a_further_round_is_not_cleaned_up_once_more() {
    let workshop = Workshop::open();
    let script = workshop.script("script.sh", "echo \"$1 $3\" >>calls");
    let overwritten = |value: &str| {
        let mut one = challenge("example.test", value);
        one["present"] = json!({"at": "2026-11-21T08:00:00Z"});
        one["propagated"] = json!({});
        one["cleanup"] = json!({"at": "2026-11-21T08:00:01Z", "seconds": 1});
        one["error"] = json!({"type": "acmepipe:dns:overwritten"});
        one
    };
    let mut first: Value =
        serde_json::from_str(&order([overwritten("1"), overwritten("2")])).unwrap();
    first["error"] = json!({"type": "acmepipe:dns:overwritten"});
    let options = ["--again", "--one-per-name"];
    let presented = workshop.present(&script, &options, first.to_string());
    let waits = &presented.document()["challenges"][1];
    assert!(
        waits["deferred"].is_string() && waits["cleanup"].is_object(),
        "{waits}"
    );
    workshop.cleanup(&script, &[], &presented.stdout);
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap();
    assert_eq!(calls, "present 1\ncleanup 1\n");
}
