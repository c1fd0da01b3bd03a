//! Documents that are wrong or hostile get a clear error and cost little; the others of their stream go through.
//!
//! Needs neither CA nor name servers: all of them are at an address that refuses connections.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use workshop::{Ended, Workshop, run};

/// The most that a program may hold, in KiB: of data, whether it is in memory or not (RLIMIT_DATA).
const MOST: u32 = 64 << 10;
/// The most where it works on many documents at once: 64 stacks of a MiB, and 16 MiB of documents, as they came, as they
/// are to become, and as text.
const MOST_OF_MANY: u32 = 160 << 10;

/// Each program as it stands in a pipeline.
const PROGRAMS: [&[&str]; 8] = [
    &["acme-order"],
    &["dns-zone", "--resolver=127.0.0.1:1"],
    &["dns01-exec", "present", "--timeout=1", "--interval=1"],
    &["dns-wait-txt", "--timeout=0"],
    &["acme-validate"],
    &["acme-finalize"],
    &["acme-deploy", "--deploy-hook=/bin/true"],
    CHECK,
];
/// It exits 2 where no server lets it find out anything.
const CHECK: &[&str] = &["dns01-check", "--resolver=127.0.0.1:1"];
const CLEANUP: &[&str] = &["dns01-exec", "cleanup"];

/// The programs that take documents.
fn takers() -> impl Iterator<Item = &'static [&'static str]> {
    PROGRAMS.into_iter().skip(1).chain([CLEANUP])
}

/// A document that every program passes on as it came.
const HARMLESS: &str =
    r#"{"name":"harmless","challenges":[],"error":{"type":"acmepipe:test","detail":"earlier"}}"#;

fn bounded(workshop: &Workshop, program: &[&str]) -> Command {
    bounded_to(MOST, workshop, program)
}

fn bounded_to(most: u32, workshop: &Workshop, program: &[&str]) -> Command {
    let mut command = workshop.command("sh");
    command
        .args(["-c", &format!("ulimit -d {most}; exec \"$@\""), "sh"])
        .args(program);
    command
        .env("EXEC_PATH", "/bin/true")
        .env("LEGO_SERVER", "https://127.0.0.1:1/dir")
        .env("LEGO_EMAIL", "a@example.test")
        .env("LEGO_ACCEPT_TOS", "true");
    command
}

/// Runs a program with this on stdin, which it has to survive.
#[track_caller]
fn feed(workshop: &Workshop, program: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    survive(bounded(workshop, program), program, stdin)
}

#[track_caller]
fn survive(command: Command, program: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    let ended = run(command, stdin);
    let statuses = if program == CHECK { 0..=2 } else { 0..=1 };
    assert!(
        statuses.contains(&ended.status),
        "{program:?} exited {}\n{:.3000}",
        ended.status,
        ended.stderr
    );
    for word in ["panicked", "memory allocation", "cannot start a thread"] {
        assert!(
            !ended.stderr.contains(word),
            "{program:?}: {:.3000}",
            ended.stderr
        );
    }
    assert!(
        ended.stderr.len() < 100_000,
        "{program:?} says a lot: {} bytes",
        ended.stderr.len()
    );
    ended
}

/// The garbage costs itself only, and is said with its line.
#[track_caller]
fn assert_costs_itself_only(workshop: &Workshop, what: &str, garbage: &[u8]) {
    let stream = [
        HARMLESS.as_bytes(),
        b"\n",
        garbage,
        b"\n",
        HARMLESS.as_bytes(),
        b"\n",
    ]
    .concat();
    for program in takers() {
        let ended = feed(workshop, program, &stream);
        assert_eq!(
            ended.status, 1,
            "{what}: {program:?}: {:.2000}",
            ended.stderr
        );
        let passed = ended
            .stdout
            .lines()
            .filter(|line| *line == HARMLESS)
            .count();
        assert_eq!(
            passed, 2,
            "{what}: {program:?} lost a document\n{:.2000}\n{:.2000}",
            ended.stdout, ended.stderr
        );
        assert!(
            ended.stderr.contains("line "),
            "{what}: {program:?}: {:.2000}",
            ended.stderr
        );
        ended.documents();
    }
}

#[test]
fn text_that_is_not_json_costs_itself_only() {
    let workshop = Workshop::open();
    let deep = "[".repeat(1_000_000);
    let nested = format!("{{\"x\":{}", "{\"x\":".repeat(100_000));
    let cases: [(&str, &[u8]); 12] = [
        ("words", b"curl: (7) Failed to connect"),
        (
            "truncated",
            br#"{"challenges":[{"fqdn":"_acme-challenge.a.test."#,
        ),
        ("truncated in an escape", br#"{"fqdn":"a\u00"#),
        (
            "invalid UTF-8 in a string",
            b"{\"fqdn\":\"\xff\xfe.test.\"}",
        ),
        ("invalid UTF-8 in a name", b"{\"\xc3\x28\":1}"),
        ("invalid UTF-8 outside", b"\xff\xfe\x00\x01"),
        ("NUL", b"\0\0\0\0"),
        ("an array", br#"[{"fqdn":"a.test."}]"#),
        ("a number", b"1e999999999"),
        ("half a surrogate", br#"{"fqdn":"\ud800"}"#),
        ("deep arrays", deep.as_bytes()),
        ("deep objects", nested.as_bytes()),
    ];
    for (what, garbage) in cases {
        assert_costs_itself_only(&workshop, what, garbage);
    }
}

#[test]
fn a_hundred_megabytes_on_one_line_cost_little_and_the_documents_around_go_through() {
    let workshop = Workshop::open();
    let line = format!("{{\"fqdn\":\"{}\"}}", "x".repeat(100_000_000));
    let stream = [HARMLESS, &line, HARMLESS, ""].join("\n");
    for program in takers() {
        let ended = feed(&workshop, program, &stream);
        assert_eq!(ended.status, 1, "{program:?}");
        assert_eq!(
            ended
                .stdout
                .lines()
                .filter(|line| *line == HARMLESS)
                .count(),
            2,
            "{program:?}"
        );
        assert!(
            ended.stderr.contains("larger than"),
            "{program:?}: {:.500}",
            ended.stderr
        );
    }
}

#[test]
fn a_hundred_thousand_names_on_one_line_are_refused_and_the_next_line_is_read() {
    let workshop = Workshop::open();
    let mut names = String::new();
    for number in 0..100_000 {
        let _ = write!(names, "n{number}.example.test ");
    }
    let ended = feed(
        &workshop,
        PROGRAMS[0],
        format!("{names}\n\u{7f}\n\0\n../x\na.example.test\n"),
    );
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("longer than"),
        "{:.1000}",
        ended.stderr
    );
    let documents = ended.documents();
    let good = documents
        .iter()
        .filter(|document| document["name"] == "a.example.test")
        .count();
    assert_eq!(good, 1, "{:.2000}", ended.stdout);
    assert!(
        documents
            .iter()
            .all(|document| document["error"]["detail"].is_string()),
        "{:.2000}",
        ended.stdout
    );
    let ended = feed(
        &workshop,
        PROGRAMS[0],
        b"a.example.test\n\xff\xfe.example.test\nb.example.test\n",
    );
    // The line that cannot be read is a document too, with an error.
    assert_eq!((ended.status, ended.documents().len()), (1, 3), "{ended:?}");
}

/// Orders that are JSON, and wrong.
fn wrong() -> Vec<(&'static str, Value)> {
    let challenge = json!({
        "identifier": {"type": "dns", "value": "a.test"}, "wildcard": false, "type": "dns-01",
        "authorization": "https://127.0.0.1:1/authz", "url": "https://127.0.0.1:1/chall", "status": "pending",
        "token": "token", "key_authorization": "token.print", "fqdn": "_acme-challenge.a.test.", "value": "value",
        "effective_fqdn": "_acme-challenge.a.test.", "zone": "a.test.",
        "nameservers": [{"name": "ns.a.test.", "addresses": ["127.0.0.1:1"]}],
        "present": {"program": "/bin/true", "at": "2026-11-21T00:00:00Z", "journal": "../../x"},
    });
    let order = json!({
        "version": 1, "name": "a.test", "directory": "https://127.0.0.1:1/dir",
        "account": {"url": "https://127.0.0.1:1/acct", "key": "/nonexistent/account.key"},
        "order": {"url": "https://127.0.0.1:1/order", "status": "pending", "identifiers": [],
                  "authorizations": [], "finalize": "https://127.0.0.1:1/finalize"},
        "challenges": [challenge],
    });
    let mut wrong = Vec::new();
    let mut with = |what, path: &str, value: Value| {
        let mut order = order.clone();
        let Some((parent, member)) = path.rsplit_once('/') else {
            return;
        };
        let place = order.pointer_mut(parent).and_then(Value::as_object_mut);
        if let Some(place) = place {
            place.insert(member.to_owned(), value);
        }
        wrong.push((what, order));
    };
    let values = [
        ("null", Value::Null),
        ("a number", json!(7)),
        ("a list", json!([[], {}])),
        ("an object", json!({"x": {}})),
        ("empty", json!("")),
        ("a path", json!("../../../../etc/passwd")),
        ("an absolute path", json!("/etc/passwd")),
        ("two lines", json!("a.test.\nrm -rf /")),
        ("NUL", json!("a\0b.test.")),
        ("an option", json!("-rf")),
        ("a terminal's escape", json!("\u{1b}[2J\u{1b}]0;x\u{7}")),
        ("a megabyte", json!("x".repeat(1 << 20))),
        ("a lot of dots", json!(".".repeat(300))),
        ("not ASCII", json!("bücher.test.")),
        ("another scheme", json!("file:///etc/passwd")),
        ("a huge number", json!(1e300)),
    ];
    for path in [
        "/name",
        "/version",
        "/directory",
        "/account",
        "/account/url",
        "/account/key",
        "/order",
        "/order/url",
        "/order/status",
        "/challenges",
        "/challenges/0/fqdn",
        "/challenges/0/value",
        "/challenges/0/token",
        "/challenges/0/key_authorization",
        "/challenges/0/identifier",
        "/challenges/0/identifier/value",
        "/challenges/0/effective_fqdn",
        "/challenges/0/zone",
        "/challenges/0/nameservers",
        "/challenges/0/status",
        "/challenges/0/url",
        "/challenges/0/authorization",
        "/challenges/0/propagation",
        "/challenges/0/present",
        "/challenges/0/wildcard",
        "/error",
    ] {
        for (what, value) in &values {
            with(*what, path, value.clone());
        }
    }
    wrong
}

#[test]
fn wrong_members_get_a_clear_error_and_never_reach_a_program_or_a_terminal() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let wrong = wrong();
    let stream: String = wrong
        .iter()
        .map(|(_, order)| format!("{order}\n"))
        .chain([format!("{HARMLESS}\n")])
        .collect();
    for program in takers() {
        let mut command = bounded_to(MOST_OF_MANY, &workshop, program);
        command.env("EXEC_PATH", &recorder.script);
        let is_exec = program[0] == "dns01-exec";
        // The recorder is slow, and its calls are looked at one by one.
        let ended = if is_exec {
            let some: String = wrong
                .iter()
                .step_by(7)
                .map(|(_, order)| format!("{order}\n"))
                .chain([format!("{HARMLESS}\n")])
                .collect();
            run(command, some)
        } else {
            run(command, &stream)
        };
        assert_eq!(ended.status, 1, "{program:?}: {:.3000}", ended.stderr);
        assert!(
            !ended.stderr.contains("panicked"),
            "{program:?}: {:.3000}",
            ended.stderr
        );
        let expected = if is_exec {
            wrong.len().div_ceil(7) + 1
        } else {
            wrong.len() + 1
        };
        let documents = ended.documents();
        assert_eq!(documents.len(), expected, "{program:?} lost documents");
        assert!(
            ended.stdout.lines().any(|line| line == HARMLESS),
            "{program:?}"
        );
        let control = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(
            !ended.stderr.contains(control),
            "{program:?} sends control characters to the terminal"
        );
        for document in &documents {
            let error = &document["error"];
            if error["program"] == program[0] {
                assert!(
                    error["type"].as_str().is_some_and(|kind| !kind.is_empty()),
                    "{error:#}"
                );
                let detail = error["detail"].as_str().unwrap_or_default();
                assert!(
                    !detail.is_empty() && detail.chars().count() <= 2001,
                    "{program:?}: {detail:.300}"
                );
            }
        }
    }
    for call in recorder.calls() {
        let [_, name, value] = &call.arguments[..] else {
            panic!("{:?}", call.arguments);
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        assert!(
            name.len() < 255 && name.bytes().all(plain) && !name.contains(".."),
            "{:?}",
            call.arguments
        );
        assert!(
            !name.starts_with('-') && name.ends_with('.'),
            "{:?}",
            call.arguments
        );
        assert!(
            value.len() < 256 && value.bytes().all(|byte| byte.is_ascii_graphic()),
            "{:?}",
            call.arguments
        );
    }
}

#[test]
fn a_document_as_deep_as_is_read_goes_through_every_program() {
    let workshop = Workshop::open();
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    let order = format!("{{\"name\":\"deep\",\"challenges\":[],\"x\":{deep}}}");
    let failed = format!("{{\"challenges\":[],\"x\":{deep},\"error\":{{\"type\":\"x\"}}}}");
    for program in takers() {
        let ended = feed(&workshop, program, format!("{order}\n{failed}\n"));
        assert_eq!(
            ended.stdout.matches(&deep).count(),
            2,
            "{program:?}: {:.2000}",
            ended.stderr
        );
    }
}

#[test]
fn a_stream_of_many_large_documents_is_not_held_in_memory() {
    let workshop = Workshop::open();
    // 120 MB in all, each of them worked on, and no more than 13 at once.
    let most = 96 << 10;
    let padding = "x".repeat(1_200_000);
    let document = |number: usize| {
        format!(
            "{{\"fqdn\":\"_acme-challenge.n{number}.test.\",\"value\":\"v\",\"padding\":\"{padding}\"}}\n"
        )
    };
    let stream: String = (0..100).map(document).collect();
    for program in [PROGRAMS[2], CLEANUP] {
        let command = bounded_to(most, &workshop, program);
        let ended = survive(command, program, &stream);
        assert_eq!(
            (ended.status, ended.stdout.lines().count()),
            (0, 100),
            "{program:?}: {:.2000}",
            ended.stderr
        );
    }
}

#[test]
fn a_program_whose_reader_went_away_says_so_in_its_status() {
    let workshop = Workshop::open();
    let issue: &[&str] = &["acme-issue", "--resolver=127.0.0.1:1"];
    for program in PROGRAMS.into_iter().chain([CLEANUP, issue]) {
        let stdin = workshop.script("stdin", &format!("{HARMLESS}\n"));
        let names = workshop.script("names", "a.example.test\n");
        let takes_names = matches!(program[0], "acme-order" | "acme-issue");
        let stdin = File::open(if takes_names { names } else { stdin }).unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bounded(&workshop, program);
        let status = command.stdin(stdin).stdout(writer).stderr(Stdio::null());
        assert_eq!(status.status().unwrap().code(), Some(141), "{program:?}");
    }
}

#[test]
fn a_program_that_prints_a_gigabyte_costs_little() {
    let workshop = Workshop::open();
    for prints in [
        "head -c 1000000000 /dev/zero",
        "yes 'a line' | head -c 200000000 >&2",
        "head -c 100000000 /dev/urandom",
    ] {
        let script = workshop.script("prints.sh", prints);
        let mut command = bounded(&workshop, PROGRAMS[2]);
        command
            .env("EXEC_PATH", script)
            .args(["--", "_acme-challenge.a.test.", "v"]);
        let ended = run(command, "");
        assert_eq!(ended.status, 0, "{prints}: {:.1000}", ended.stderr);
        assert!(
            ended.stderr.len() < 20 << 20,
            "{prints}: {} bytes were shown",
            ended.stderr.len()
        );
        assert!(
            ended.stdout.len() < 1 << 20,
            "{prints}: {} bytes in the document",
            ended.stdout.len()
        );
        assert_eq!(ended.documents().len(), 1);
    }
}

#[test]
fn invalid_utf_8_on_the_command_line_is_said_and_exits_2() {
    use std::os::unix::ffi::OsStrExt;
    let workshop = Workshop::open();
    let odd = std::ffi::OsStr::from_bytes(b"a\xff.test");
    for program in [
        &["acme-order", "-d"][..],
        &["dns-zone"],
        &["dns01-exec", "present", "--"],
        &["dns-wait-txt", "--"],
    ] {
        let mut command = bounded(&workshop, program);
        command.arg(odd);
        if program.contains(&"--") {
            command.arg("v");
        }
        let ended = run(command, "");
        assert!(matches!(ended.status, 1 | 2), "{program:?}: {ended:?}");
        assert!(
            !ended.stderr.is_empty() && !ended.stderr.contains("panicked"),
            "{program:?}: {ended:?}"
        );
    }
}

#[test]
fn no_interval_is_so_short_that_a_wait_does_nothing_else() {
    let workshop = Workshop::open();
    for interval in [json!(0), json!(1e-9), json!(0.001)] {
        let document = json!({
            "fqdn": "_acme-challenge.example.test.", "value": "value",
            "nameservers": [{"name": "ns.test.", "addresses": ["127.0.0.1:1"]}],
            "propagation": {"timeout": 1, "interval": interval},
        });
        let ended = feed(
            &workshop,
            &["timeout", "-s", "KILL", "60", "dns-wait-txt"],
            document.to_string(),
        );
        let error = &ended.document()["error"];
        assert_eq!(error["type"], "acmepipe:dns:no-usable-server", "{interval}");
    }
}
