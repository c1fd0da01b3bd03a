//! A program that says that trying again is in vain is not called again to remove a record.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Programs, Workshop, challenge, has_python, order, run};

/// The document after `cleanup` with a program that does this then, with how often that was called, and whether it was said
/// that it is tried again.
fn cleaned(does: &str) -> (Value, usize, bool) {
    let workshop = Workshop::open();
    let batch = json!({"timeout": 1, "interval": 1, "batch": does.contains("fqdn")});
    let recorder = workshop.recorder(&format!(
        "case $1 in timeout) echo '{batch}' ;; cleanup*) {does} ;; esac"
    ));
    let two = order([
        challenge("a.example.test", "1"),
        challenge("b.example.test", "2"),
    ]);
    let presented = run(workshop.exec(&recorder.script, &["present"]), two);
    presented.assert_status(0);
    recorder.clear();
    let ended = run(
        workshop.exec(&recorder.script, &["cleanup"]),
        &presented.stdout,
    );
    let is_again = ended.stderr.contains("trying again");
    (ended.document(), recorder.arguments().len(), is_again)
}

#[test]
fn a_program_that_exits_78_is_not_called_again() {
    for (does, calls) in [("exit 78", 2), ("echo '{\"fqdn\": \"x.\"}'; exit 78", 1)] {
        let (document, called, is_again) = cleaned(does);
        assert_eq!((called, is_again), (calls, false), "{does}: {document}");
        for challenge in document["challenges"].as_array().unwrap() {
            assert_eq!(challenge["error"]["type"], "acmepipe:exec:status");
            assert_eq!(challenge["error"]["permanent"], true, "{challenge}");
        }
    }
}

#[test]
fn a_record_that_a_batch_reports_so_is_not_in_the_next_call() {
    let does = "[ -e called ] ||
        echo '{\"fqdn\": \"_acme-challenge.a.example.test.\", \"error\": \"BADKEY\", \"permanent\": true}
              {\"fqdn\": \"_acme-challenge.b.example.test.\", \"error\": \"SERVFAIL\", \"permanent\": \"no\"}'; touch called";
    let (document, called, is_again) = cleaned(does);
    assert_eq!((called, is_again), (2, true), "{document}");
    let error = &document["challenges"][0]["error"];
    assert_eq!(error["permanent"], true, "{document}");
    assert!(
        document["challenges"][1].get("error").is_none(),
        "{document}"
    );
}

#[test]
fn a_report_says_so_whatever_the_exit_status_and_of_all_where_it_names_none() {
    let report =
        r#"{"fqdn": "_acme-challenge.a.example.test.", "error": "BADKEY", "permanent": true}"#;
    let other = report.replace(".a.", ".b.");
    let whole = r#"[{"error": "BADKEY", "permanent": true}]"#;
    for (printed, status) in [
        (format!("{report}{other}"), 1),
        (format!("[[{report}], {other}]"), 0),
        (whole.to_owned(), 0),
        (whole.to_owned(), 1),
    ] {
        // The name of the member makes it a batch.
        let does = format!(": fqdn; echo '{printed}'; exit {status}");
        let (document, called, is_again) = cleaned(&does);
        assert_eq!((called, is_again), (1, false), "{does}: {document}");
        for challenge in document["challenges"].as_array().unwrap() {
            assert_eq!(challenge["error"]["permanent"], true, "{does}: {challenge}");
        }
    }
}

#[test]
fn programs_for_services_say_so_where_a_setting_is_missing() {
    let workshop = Workshop::open();
    let programs = Programs::build().unwrap();
    let mut of_ours = vec![
        "dns01-rfc2136",
        "dns01-pdns",
        "dns01-httpreq",
        "dns01-acmesh",
    ];
    of_ours.extend(has_python().then_some("dns01-lexicon"));
    let paths = of_ours.into_iter().map(|name| programs.dir.join(name));
    for program in paths.chain([programs.of_service("cloudflare")]) {
        for mode in [&[][..], &["--batch"]] {
            let words = ["cleanup", "--", "_acme-challenge.example.test.", "v"];
            let words = [&words[..1], mode, &words[1..]].concat();
            let ended = run(workshop.exec(&program, &words), "");
            ended.assert_status(1);
            let stderr = &ended.stderr;
            assert!(!stderr.contains("trying again"), "{program:?}: {stderr}");
            assert!(stderr.contains("exited 78"), "{program:?}: {stderr}");
        }
    }
}
