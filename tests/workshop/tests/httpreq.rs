//! `dns01-httpreq` with a server of lego's httpreq kind.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use workshop::{Ended, WebServer, Workshop, challenge, order, run};

const NAME: &str = "_acme-challenge.example.com.";
const NOTHING: [&str; 0] = [];

/// A server that takes all, and knows its client.
fn server() -> WebServer {
    WebServer::start(|_| (200, String::new()))
}

fn call(workshop: &Workshop, server: &str, variables: &[(&str, &str)], line: &str) -> Ended {
    call_with(workshop, server, variables, line, "")
}

fn call_with(
    workshop: &Workshop,
    server: &str,
    variables: &[(&str, &str)],
    line: &str,
    stdin: &str,
) -> Ended {
    let mut command = workshop.command("dns01-httpreq");
    command
        .args(line.split(' '))
        .env("HTTPREQ_ENDPOINT", server)
        .envs(variables.iter().copied());
    run(command, stdin)
}

/// What the server was sent: `POST /path {...}`.
fn sent(server: &WebServer) -> Vec<(String, Value)> {
    let asked = server.asked().into_iter();
    asked.map(|one| (one.line, one.body)).collect()
}

fn post(path: &str, body: Value) -> (String, Value) {
    (format!("POST {path}"), body)
}

#[test]
fn the_server_is_told_of_each_record_wherever_its_zone_is() {
    let (workshop, server) = (Workshop::open(), server());
    let endpoint = format!("{}/acme/", server.url());
    let elsewhere = [("DNS01_ZONE", "other.test.")];
    call(
        &workshop,
        &endpoint,
        &elsewhere,
        &format!("present {NAME} -v"),
    )
    .success();
    call(&workshop, &endpoint, &[], &format!("cleanup -- {NAME} -v")).success();
    let body = json!({"fqdn": NAME, "value": "-v"});
    let expected = [
        post("/acme/present", body.clone()),
        post("/acme/cleanup", body),
    ];
    assert_eq!(sent(&server), expected);
    let batch = "{\"fqdn\":\"a.test.\",\"value\":\"1\",\"zone\":\"a.test.\"}\n{\"fqdn\":\"b.test.\",\"value\":\"2\"}\n";
    let ended = call_with(&workshop, server.url(), &[], "present-batch", batch);
    assert_eq!(ended.success().stdout, "");
    let expected = [
        post("/present", json!({"fqdn": "a.test.", "value": "1"})),
        post("/present", json!({"fqdn": "b.test.", "value": "2"})),
    ];
    assert_eq!(sent(&server)[2..], expected);
}

#[test]
fn raw_mode_sends_what_lego_passes_and_what_a_batch_has() {
    let (workshop, server) = (Workshop::open(), server());
    let raw = [("HTTPREQ_MODE", "RAW")];
    let line = "present -- example.com -t -t.k";
    call(&workshop, server.url(), &raw, line).success();
    let ended = call(&workshop, server.url(), &raw, &format!("present {NAME} v"));
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("its EXEC_MODE is RAW"), "{ended:?}");
    let ended = call(&workshop, server.url(), &[], line);
    assert!(
        ended.status == 2 && ended.stderr.contains("in RAW mode"),
        "{ended:?}"
    );
    let challenge = json!({"identifier": {"type": "dns", "value": "a.test"}, "token": "t", "key_authorization": "t.k",
        "fqdn": "_acme-challenge.a.test.", "effective_fqdn": "x.b.test.", "zone": "b.test.", "value": "v"});
    let batch = format!("{challenge}\n{{\"fqdn\":\"c.test.\",\"value\":\"v\"}}\n");
    let ended = call_with(&workshop, server.url(), &raw, "present-batch", &batch).success();
    let failed = ended.document();
    assert_eq!(failed["fqdn"], "c.test.");
    assert!(
        failed["error"]
            .as_str()
            .is_some_and(|error| error.contains("in RAW mode"))
    );
    let expected = [
        post(
            "/present",
            json!({"domain": "example.com", "token": "-t", "keyAuth": "-t.k"}),
        ),
        post(
            "/present",
            json!({"domain": "a.test", "token": "t", "keyAuth": "t.k"}),
        ),
    ];
    assert_eq!(sent(&server), expected);
}

#[test]
fn dns01_exec_finds_out_by_itself_that_raw_mode_needs_a_batch() {
    let (workshop, server) = (Workshop::open(), server());
    let document = order([challenge("a.test", "v")]).replace("example.test.", "a.test.");
    let mut command = workshop.command("dns01-exec");
    command
        .args(["present", "-x", "dns01-httpreq"])
        .env("HTTPREQ_ENDPOINT", server.url())
        .env("HTTPREQ_MODE", "RAW");
    run(command, document).success();
    let expected =
        json!({"domain": "a.test", "token": "-token-v", "keyAuth": "-token-v.thumb_print"});
    assert_eq!(sent(&server), [post("/present", expected)]);
}

#[test]
fn who_asks_is_said_to_the_server_and_shown_to_nobody() {
    let workshop = Workshop::open();
    // The server quotes what it was sent.
    let server = WebServer::start(|asked| (403, format!("denied: {}", asked.headers)));
    std::fs::write(workshop.dir().join("token"), "verysecret\n").unwrap_or_default();
    let basic = [
        ("HTTPREQ_USERNAME", "user"),
        ("HTTPREQ_PASSWORD", "topsecret"),
    ];
    for (variables, header) in [
        (&basic[..], "authorization: Basic dXNlcjp0b3BzZWNyZXQ="),
        (
            &[("HTTPREQ_TOKEN", "verysecret")],
            "authorization: Bearer verysecret",
        ),
        (
            &[("HTTPREQ_TOKEN_FILE", "token")],
            "authorization: Bearer verysecret",
        ),
    ] {
        let before = server.asked().len();
        let ended = call(
            &workshop,
            server.url(),
            variables,
            &format!("present -vv -- {NAME} v"),
        );
        assert_eq!(ended.status, 1);
        let headers = server.asked()[before].headers.to_lowercase();
        assert!(headers.contains(&header.to_lowercase()), "{headers}");
        let dry = call(
            &workshop,
            server.url(),
            variables,
            &format!("present --dry-run -- {NAME} v"),
        );
        let dry = dry.success().stdout;
        assert!(dry.contains("***") && dry.contains("/present\n"), "{dry}");
        for text in [&ended.stderr, &ended.stdout, &dry] {
            for secret in ["topsecret", "verysecret", "dXNlcjp0b3BzZWNyZXQ="] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        assert!(
            ended.stderr.contains("it answered 403")
                && ended.stderr.contains("hint: Check HTTPREQ")
        );
        assert_eq!(server.asked().len(), before + 1, "a dry run asks nobody");
    }
}

#[test]
fn the_name_of_a_user_is_hidden_nowhere_and_the_password_is() {
    let workshop = Workshop::open();
    let login = [("HTTPREQ_USERNAME", "acme"), ("HTTPREQ_PASSWORD", "secret")];
    let line = format!("present --dry-run -- {NAME} secret");
    let ended = call(&workshop, "http://127.0.0.1:1", &login, &line).success();
    let shown = ended.stdout.lines().collect::<Vec<_>>();
    let body = format!("{{\"fqdn\":\"{NAME}\",\"value\":\"***\"}}");
    assert_eq!(shown[1..], ["Authorization: Basic ***", &body]);
    let both = [login[0], login[1], ("HTTPREQ_USERNAME_FILE", "user")];
    let ended = call(&workshop, "http://127.0.0.1:1", &both, &line);
    ended.assert_status(2);
    assert!(
        ended
            .stderr
            .contains("both HTTPREQ_USERNAME and HTTPREQ_USERNAME_FILE"),
        "{ended:?}"
    );
}

#[test]
fn settings_that_cannot_be_meant_are_told_to_whoever_asks_for_the_timeout() {
    let workshop = Workshop::open();
    for (endpoint, variables, says) in [
        ("", &[][..], "no server"),
        (
            "example.com",
            &[],
            "HTTPREQ_ENDPOINT is no URL that begins with https://",
        ),
        (
            "https://u:secret@a.test",
            &[],
            "set HTTPREQ_USERNAME and HTTPREQ_PASSWORD",
        ),
        (
            "http://127.0.0.1",
            &[("HTTPREQ_USERNAME", "user")],
            "HTTPREQ_PASSWORD is not",
        ),
        (
            "http://127.0.0.1",
            &[("HTTPREQ_PASSWORD", "pass")],
            "HTTPREQ_USERNAME is not",
        ),
        (
            "http://127.0.0.1",
            &[("HTTPREQ_TOKEN", "a b c d")],
            "no header can hold it",
        ),
        (
            "http://127.0.0.1",
            &[
                ("HTTPREQ_TOKEN", "verysecret"),
                ("HTTPREQ_USERNAME", "user"),
            ],
            "take the token away",
        ),
        (
            "https://a.test",
            &[("LEGO_CA_CERTIFICATES", "/nowhere")],
            "LEGO_CA_CERTIFICATES",
        ),
        (
            "https://a.test",
            &[("HTTPS_PROXY", "ftp://a")],
            "HTTPS_PROXY names no proxy",
        ),
    ] {
        let ended = call(&workshop, endpoint, variables, "timeout");
        assert_eq!(ended.status, 2, "{ended:?}");
        let answer = ended.document();
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(says) && !error.contains("secret"), "{error}");
    }
    let durations = [
        ("HTTPREQ_PROPAGATION_TIMEOUT", "90"),
        ("HTTPREQ_POLLING_INTERVAL", "x"),
    ];
    let ended = call(&workshop, "http://127.0.0.1", &durations, "timeout").success();
    let expected = json!({"timeout": 90, "interval": 2, "batch": true});
    assert_eq!(ended.document(), expected);
}

#[test]
fn what_a_server_answers_is_explained() {
    let workshop = Workshop::open();
    for (status, body, mode, says, hint) in [
        (401, "", "", "it answered 401", "set HTTPREQ_USERNAME"),
        (
            404,
            "<html>",
            "",
            "it answered 404 Not Found",
            "HTTPREQ_ENDPOINT",
        ),
        (
            400,
            "{\"error\":\"no domain\"}",
            "",
            "no domain",
            "has to be RAW",
        ),
        (422, "no fqdn", "RAW", "no fqdn", "must not be RAW"),
        (
            302,
            "",
            "",
            "302 Found, to /elsewhere",
            "redirections are not followed",
        ),
        (500, "", "", "it answered 500", "its log"),
    ] {
        let server = WebServer::start(move |_| (status, body.to_owned()));
        let words = if mode == "RAW" {
            "a.test t t.k"
        } else {
            "_acme-challenge.a.test v"
        };
        let ended = call(
            &workshop,
            server.url(),
            &[("HTTPREQ_MODE", mode)],
            &format!("present -- {words}"),
        );
        assert_eq!(ended.status, 1);
        let is_hinted = ended
            .stderr
            .lines()
            .any(|line| line.contains("hint: ") && line.contains(hint));
        assert!(
            ended.stderr.contains(says) && is_hinted,
            "{status}: {ended:?}"
        );
    }
    let endless = WebServer::start(|_| (200, "x".repeat(3 << 20)));
    let ended = call(
        &workshop,
        endless.url(),
        &[],
        &format!("present -- {NAME} v"),
    );
    assert!(
        ended.status == 1 && ended.stderr.contains("more than 1 MiB"),
        "{ended:?}"
    );
}

#[test]
fn a_server_that_does_not_answer_is_asked_once_in_a_batch() {
    let workshop = Workshop::open();
    // The system takes connections, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let urls = [url(&silent), url(&closed)];
    drop(closed);
    let names = ["a", "b", "c"].map(|name| format!("_acme-challenge.{name}.test."));
    let lines = names
        .clone()
        .map(|name| format!("{}\n", json!({"fqdn": name, "value": "v"})));
    for (url, says) in urls.iter().zip(["within 1", "refused"]) {
        let timeout = [("HTTPREQ_HTTP_TIMEOUT", "1")];
        let ended = call_with(
            &workshop,
            url,
            &timeout,
            "present-batch -vv",
            &lines.concat(),
        );
        ended.assert_status(0);
        assert_eq!(
            ended.stderr.matches("> POST").count(),
            1,
            "{}",
            ended.stderr
        );
        let reports = ended
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let reports: Vec<Value> = reports.collect();
        let named: Vec<&Value> = reports.iter().map(|report| &report["fqdn"]).collect();
        assert_eq!(named, names.iter().collect::<Vec<_>>());
        assert!(
            reports[0]["error"].as_str().unwrap().contains(says),
            "{reports:?}"
        );
        for report in &reports[1..] {
            let error = report["error"].as_str().unwrap();
            assert!(
                error.contains("/present: not sent, since the server did not answer")
                    && error.contains(says),
                "{error}"
            );
            assert_eq!(report["hint"], reports[0]["hint"]);
        }
    }
}

/// A batch of so many records, and what a server has to say to each request by its number; the values of those that failed.
fn batch(
    workshop: &Workshop,
    count: usize,
    answer: impl Fn(usize) -> u16 + Send + Sync + 'static,
) -> (WebServer, Vec<String>) {
    let number = AtomicUsize::new(0);
    let server =
        WebServer::start(move |_| (answer(number.fetch_add(1, Ordering::SeqCst)), String::new()));
    let lines = (1..=count)
        .map(|number| format!("{}\n", json!({"fqdn": NAME, "value": number.to_string()})));
    let timeout = [("HTTPREQ_HTTP_TIMEOUT", "1")];
    let lines: String = lines.collect();
    let ended = call_with(workshop, server.url(), &timeout, "present-batch", &lines).success();
    let failed = ended.stdout.lines().map(|line| {
        let report: Value = serde_json::from_str(line).unwrap();
        let error = report["error"].as_str().unwrap();
        format!("{} {error}", report["value"].as_str().unwrap())
    });
    let failed = failed.collect();
    (server, failed)
}

#[test]
fn a_kept_connection_that_the_server_closes_is_no_failure() {
    let workshop = Workshop::open();
    let (server, failed) = batch(&workshop, 4, |number| if number == 1 { 0 } else { 200 });
    assert_eq!(failed, NOTHING);
    assert_eq!(server.asked().len(), 5);
    // One that answers once over a connection, whoever wants to keep it.
    let (server, failed) = batch(&workshop, 4, |number| if number % 2 == 1 { 0 } else { 200 });
    assert_eq!(failed, NOTHING);
    let values = server.asked().into_iter();
    let values: Vec<Value> = values.map(|one| one.body["value"].clone()).collect();
    assert_eq!(values, ["1", "2", "2", "3", "3", "4", "4"]);
}

#[test]
fn a_request_without_an_answer_is_the_only_one_that_fails_where_the_server_has_answered() {
    let workshop = Workshop::open();
    let (server, failed) = batch(&workshop, 4, |number| match number {
        1 | 2 => 0,
        _ => 200,
    });
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        failed[0].starts_with("2 POST ") && failed[0].contains("isconnected"),
        "{failed:?}"
    );
    assert_eq!(server.asked().len(), 5);
}

#[test]
fn a_server_that_hangs_from_a_moment_on_is_waited_for_twice() {
    let workshop = Workshop::open();
    let (_server, failed) = batch(&workshop, 20, |number| match number {
        0 => 200,
        _ => loop {
            std::thread::park();
        },
    });
    assert_eq!(failed.len(), 19);
    for (number, failed) in failed.iter().enumerate() {
        let is_sent = !failed.contains("not sent, since");
        assert_eq!(is_sent, number < 2, "{failed}");
        assert!(failed.contains("no answer within 1 s"), "{failed}");
    }
}

#[test]
fn tls_is_trusted_by_the_variables_that_say_so() {
    let workshop = Workshop::open();
    let server = WebServer::with_tls(&workshop, |_| (200, String::new()));
    let root = server
        .root()
        .map(|root| root.to_string_lossy().into_owned())
        .unwrap_or_default();
    let trusted = [("LEGO_CA_CERTIFICATES", &*root)];
    let line = format!("present -- {NAME} v");
    call(&workshop, server.url(), &trusted, &line).success();
    assert_eq!(server.asked().len(), 1);
    let other = Workshop::open();
    let another = WebServer::with_tls(&other, |_| (200, String::new()));
    let ended = call(&workshop, another.url(), &trusted, &line);
    assert!(
        ended.status == 1 && ended.stderr.contains("invalid peer certificate"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("hint: If the system does not know"),
        "{ended:?}"
    );
    let named = server.url().replace("127.0.0.1", "localhost");
    let ended = call(&workshop, &named, &trusted, &line);
    assert!(
        ended.stderr.contains("hint: Name the host in the URL"),
        "{ended:?}"
    );
}
