//! Nothing disappears without a trace: what a program cannot take, or cannot pass on, is a document at the end of the
//! pipeline, and the status of its last program.
//!
//! Needs neither name servers nor a CA.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Ended, Workshop, run};

/// README's pipeline, with a program that does nothing.
const REST: &str = "dns-zone | dns01-exec present -x /bin/true | dns-wait-txt --timeout=0 | acme-finalize | \
                    dns01-exec cleanup -x /bin/true";
/// Every program that takes documents, each as the first of a pipeline.
const TAKERS: [&str; 6] = [
    "dns-zone",
    "dns01-exec present -x /bin/true",
    "dns-wait-txt --timeout=0",
    "acme-validate",
    "acme-finalize",
    "dns01-exec cleanup -x /bin/true",
];
/// A document that every program passes on as it came.
const HARMLESS: &str =
    r#"{"name":"harmless","challenges":[],"error":{"type":"acmepipe:test","detail":"earlier"}}"#;

fn shell(workshop: &Workshop, line: &str, stdin: impl AsRef<[u8]>) -> Ended {
    let mut command = workshop.shell(line);
    command.env("LEGO_SERVER", "https://127.0.0.1:1/dir");
    run(command, stdin)
}

/// The document that stands in the place of what was dropped, after all others.
#[track_caller]
fn in_its_place(ended: &Ended) -> Value {
    ended.assert_status(1);
    let document = ended.documents().pop().unwrap_or_default();
    let error = &document["error"];
    assert_eq!(error["type"], "acmepipe:document", "{}", ended.stderr);
    assert_eq!(
        (&document["version"], &document["challenges"]),
        (&json!(1), &json!([]))
    );
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("dropped"), "{detail}");
    let wrong = detail.rsplit_once("stdin").unwrap().1;
    assert!(ended.stderr.contains(wrong), "{detail}\n{}", ended.stderr);
    document
}

#[test]
fn garbage_in_front_of_any_program_is_a_document_at_the_end_and_its_status() {
    let workshop = Workshop::open();
    for (number, taker) in TAKERS.into_iter().enumerate() {
        let ended = shell(&workshop, taker, format!("no JSON\n{HARMLESS}\n"));
        let document = in_its_place(&ended);
        let program = taker.split(' ').next().unwrap();
        assert_eq!(document["error"]["program"], program);
        assert_eq!(ended.stdout.lines().next(), Some(HARMLESS));
        let pipeline = TAKERS[number..].join(" | ");
        let ended = shell(&workshop, &pipeline, "no JSON\n");
        assert_eq!(in_its_place(&ended)["error"]["program"], program);
        assert_eq!(ended.documents().len(), 1, "{pipeline}: {}", ended.stdout);
    }
}

#[test]
fn whatever_is_no_document_counts() {
    let workshop = Workshop::open();
    let long = format!("{{\"fqdn\":\"{}\"}}", "x".repeat(8 << 20));
    for (what, detail) in [
        ("no JSON", "line 1, column 2: "),
        ("[1]", "an array"),
        ("7", "no object"),
        (r#"{"version":1,"challenges":[{"fqd"#, "EOF"),
        (long.as_str(), "larger than 8 MiB"),
        ("1 2 3\n", "3 pieces of input"),
    ] {
        let ended = shell(&workshop, REST, what);
        let document = in_its_place(&ended);
        let said = document["error"]["detail"].as_str().unwrap();
        assert!(said.contains(detail), "{said}");
        assert_eq!(ended.documents().len(), 1);
    }
}

#[test]
fn a_stream_of_garbage_is_one_document() {
    let workshop = Workshop::open();
    let ended = shell(&workshop, REST, "1\n".repeat(10_000));
    let detail = in_its_place(&ended)["error"]["detail"].clone();
    assert!(
        detail.as_str().unwrap().starts_with("10000 pieces"),
        "{detail}"
    );
    assert_eq!(ended.documents().len(), 1);
}

#[test]
fn a_program_whose_command_line_is_wrong_tells_what_it_dropped_too() {
    let workshop = Workshop::open();
    let line = "cat | dns-zone --nonsense | dns01-exec cleanup -x /bin/true";
    let ended = shell(&workshop, line, "no JSON\n{\"fqdn\":\"a.test.\"}\n");
    in_its_place(&ended);
    assert_eq!(ended.documents()[0]["error"]["type"], "acmepipe:usage");
}

#[test]
fn acme_issue_tells_what_its_programs_and_itself_dropped() {
    let workshop = Workshop::open();
    for (other, program) in [
        ("acme-order", "dns-zone"),
        ("dns-wait-txt", "acme-finalize"),
        ("dns01-exec", ""),
    ] {
        let directory = workshop.programs_with(&[(other, "cat >/dev/null; echo no JSON")]);
        let mut command = workshop.command(directory.join("acme-issue"));
        command
            .env("EXEC_PATH", "/bin/true")
            .env("LEGO_SERVER", "https://127.0.0.1:1/dir");
        let document = in_its_place(&run(command, "a.example.test\n"));
        let program = if program.is_empty() {
            "acme-issue"
        } else {
            program
        };
        assert_eq!(document["error"]["program"], program, "{other}");
    }
}
