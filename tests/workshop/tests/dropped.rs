//! Nothing disappears without a trace: what a program cannot take, or cannot pass on, is a document at the end of the
//! pipeline, and the status of its last program.
//!
//! Needs neither name servers nor a real CA.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

/// README's pipeline, with a program that does nothing.
const REST: &str = "dns-zone | dns01-exec present -x /bin/true | dns-wait-txt --timeout=0 | acme-finalize | \
                    dns01-exec cleanup -x /bin/true";
/// Every program that takes documents, each as the first of a pipeline.
const TAKERS: [&str; 7] = [
    "dns-zone",
    "dns01-exec present -x /bin/true",
    "dns-wait-txt --timeout=0",
    "acme-validate",
    "acme-finalize",
    "dns01-exec cleanup -x /bin/true",
    "acme-deploy -x /bin/true",
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
    let document = ended.documents().pop().unwrap_or_default();
    assert_stands_for_what_was_dropped(&document, ended);
    document
}

#[track_caller]
fn assert_stands_for_what_was_dropped(document: &Value, ended: &Ended) {
    ended.assert_status(1);
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
    // One for the garbage and one for the line, in the sequence in which dns-zone and dns01-exec come to them.
    let of_usage = |document: &Value| document["error"]["type"] == "acmepipe:usage";
    let (of_usage, others): (Vec<Value>, Vec<Value>) =
        ended.documents().into_iter().partition(of_usage);
    assert_eq!((of_usage.len(), others.len()), (1, 1), "{}", ended.stdout);
    assert_stands_for_what_was_dropped(&others[0], &ended);
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

/// README's pipeline, or its beginning, with a CA of which one thing is wrong.
fn order(line: &str, wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Ended {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, wrong);
    let mut command = workshop.shell(line);
    ca.trusted_by(&mut command);
    run(command, "")
}

fn new_order(more: impl FnOnce(&mut Value)) -> Reply {
    let mut order = order_object(&["a.example.test"], "pending");
    more(&mut order);
    Reply::new(201, &order).header("Location", "https://HERE/order")
}

#[test]
fn an_order_that_no_program_can_take_is_an_error_at_the_end_of_the_pipeline() {
    let ended = order(&format!("acme-order -d a.example.test | {REST}"), |asked| {
        if asked.path == "/new-order" {
            let urls = (0..11).map(|number| format!("https://HERE/authorization/{number}"));
            let urls: Vec<String> = urls.collect();
            return Some(new_order(|order| order["authorizations"] = json!(urls)));
        }
        let number = asked.path.strip_prefix("/authorization/")?;
        let name = "a".repeat(950_000);
        Some(Reply::new(200, &authorization(&name, number, "pending")))
    });
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(document["name"], "a.example.test");
    assert!(
        document["order"]["url"]
            .as_str()
            .unwrap()
            .ends_with("/order")
    );
    let error = &document["error"];
    assert_eq!(
        (&error["type"], &error["program"]),
        (&json!("acmepipe:ca:reply"), &json!("acme-order"))
    );
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("which was not ordered"), "{detail}");
    assert!(ended.stdout.len() < 20_000, "{}", ended.stdout.len());
}

#[test]
fn what_a_ca_adds_to_an_order_costs_that_and_nothing_else() {
    let nested = (0..126).fold(json!(1), |inner, _| json!([inner]));
    for theirs in [nested, json!(vec![0; 400_000])] {
        let ended = order("acme-order -d a.example.test", move |asked| {
            Some(match asked.path.as_str() {
                "/new-order" => new_order(|order| order["theirs"] = theirs.clone()),
                "/authorization/0" => {
                    Reply::new(200, &authorization("a.example.test", "0", "pending"))
                }
                _ => return None,
            })
        });
        ended.assert_status(0);
        let document = ended.document();
        assert_eq!(document["order"].get("theirs"), None);
        for needed in [
            "/order/url",
            "/order/authorizations/0",
            "/order/finalize",
            "/account/key",
            "/challenges/0/authorization",
            "/challenges/0/url",
            "/challenges/0/value",
        ] {
            assert!(
                document.pointer(needed).is_some_and(Value::is_string),
                "{needed}: {document:.2000}"
            );
        }
    }
}
