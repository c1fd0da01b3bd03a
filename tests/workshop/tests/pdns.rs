//! `dns01-pdns` with servers that PowerDNS 4.7, which the tests with servers have, is not: newer ones, and those that go wrong.

mod bad_names;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use workshop::{Ended, WebRequest, WebServer, Workshop, run};

const ZONE: &str = "/api/v1/servers/localhost/zones/example.test.";
const KEY: &str = "a-key-of-the-api";

/// The values at each name, as `NAME "VALUE"`.
type Records = Arc<Mutex<Vec<String>>>;

/// A server of this version with one zone, which applies what it is asked for; `wrong` does to each change what it likes: it
/// has a reply in the place of the server's, or undoes what was done.
fn server(
    version: &'static str,
    wrong: impl Fn(&Records) -> Option<(u16, String)> + Send + Sync + 'static,
) -> WebServer {
    let records = Records::default();
    WebServer::start(move |asked: &WebRequest| {
        let (method, path) = asked.line.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        match (method, path) {
            ("GET", "/api/v1/servers/localhost") => {
                (200, json!({ "version": version }).to_string())
            }
            ("GET", ZONE) => (200, zone(&records).to_string()),
            ("PATCH", ZONE) => wrong(&records).unwrap_or_else(|| {
                asked.body["rrsets"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .for_each(|set| apply(&records, set));
                wrong(&records).unwrap_or((204, String::new()))
            }),
            _ => (404, "Not Found".to_owned()),
        }
    })
}

fn held(records: &Records) -> MutexGuard<'_, Vec<String>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

fn zone(records: &Records) -> Value {
    let mut names = BTreeMap::<String, Vec<Value>>::new();
    let records = held(records);
    for (name, content) in records.iter().filter_map(|record| record.split_once(' ')) {
        let record = json!({"content": content, "disabled": false});
        names.entry(name.to_owned()).or_default().push(record);
    }
    let set = |(name, records)| json!({"name": name, "type": "TXT", "ttl": 60, "records": records});
    let sets: Vec<Value> = names.into_iter().map(set).collect();
    json!({"kind": "Native", "serial": 1, "rrsets": sets})
}

/// Applies one change, with a record to a set: enough for tests of one value to a name.
fn apply(records: &Records, set: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let contents = set["records"].as_array().into_iter().flatten();
    let all = contents.map(|record| format!("{} {}", text(&set["name"]), text(&record["content"])));
    let all: Vec<String> = all.collect();
    let mut records = held(records);
    match text(&set["changetype"]).as_str() {
        "EXTEND" => records.extend(all),
        "PRUNE" => records.retain(|record| !all.contains(record)),
        _ => {
            records.retain(|record| !record.starts_with(&format!("{} ", text(&set["name"]))));
            records.extend(all);
        }
    }
}

fn call(workshop: &Workshop, server: &WebServer, line: &str, stdin: &str) -> Ended {
    let mut command = workshop.command("dns01-pdns");
    command
        .args(line.split(' '))
        .env("PDNS_API_URL", server.url())
        .env("PDNS_API_KEY", KEY)
        .env("DNS01_ZONE", "example.test.");
    run(command, stdin)
}

/// The kinds of all changes, in one word for each request.
fn changes(server: &WebServer) -> Vec<String> {
    let asked = server
        .asked()
        .into_iter()
        .filter(|one| one.line.starts_with("PATCH "));
    asked
        .map(|one| {
            let sets = one.body["rrsets"].as_array().cloned().unwrap_or_default();
            let kinds: Vec<_> = sets
                .iter()
                .filter_map(|set| set["changetype"].as_str())
                .collect();
            kinds.join("+")
        })
        .collect()
}

#[test]
fn a_server_that_adds_and_removes_single_records_is_asked_to() {
    let workshop = Workshop::open();
    let batch = "{\"fqdn\":\"a.example.test.\",\"value\":\"1\"}\n{\"fqdn\":\"b.example.test.\",\"value\":\"2\"}\n";
    for (version, expected) in [
        ("5.0.2", ["EXTEND+EXTEND", "PRUNE+PRUNE"]),
        ("4.9.11", ["REPLACE+REPLACE", "DELETE+DELETE"]),
    ] {
        let server = server(version, |_| None);
        for word in [
            "present-batch",
            "present-batch",
            "cleanup-batch",
            "cleanup-batch",
        ] {
            assert_eq!(call(&workshop, &server, word, batch).success().stdout, "");
        }
        assert_eq!(changes(&server), expected, "{version}");
    }
}

#[test]
fn what_is_done_and_in_which_zone_is_said_where_details_are_asked_for() {
    let workshop = Workshop::open();
    let server = server("5.0.2", |_| None);
    for (word, says) in [
        (
            "present",
            "added a value at a.example.test. in the zone example.test.\n",
        ),
        (
            "cleanup",
            "removed a value at a.example.test. in the zone example.test.\n",
        ),
    ] {
        let call = |line: String| call(&workshop, &server, &line, "").success();
        let ended = call(format!("{word} -v -- a.example.test v"));
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        let ended = call(format!("{word} a.example.test v"));
        assert!(!ended.stderr.contains("a value at"), "{}", ended.stderr);
    }
}

#[test]
fn a_change_that_somebody_else_undoes_is_made_again() {
    let workshop = Workshop::open();
    let count = AtomicUsize::new(0);
    let line = "present a.example.test v";
    let once = server("4.7.3", move |records| {
        let mut records = held(records);
        if !records.is_empty() && count.fetch_add(1, Ordering::SeqCst) == 0 {
            records.clear();
        }
        None
    });
    call(&workshop, &once, line, "").success();
    assert_eq!(changes(&once), ["REPLACE", "REPLACE"]);
    let always = server("4.7.3", |records| {
        records
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        None
    });
    let ended = call(&workshop, &always, line, "");
    assert!(
        ended.status == 1 && ended.stderr.contains("each time it was undone"),
        "{ended:?}"
    );
    assert_eq!(changes(&always).len(), 4);
}

#[test]
fn a_fault_that_passes_is_waited_for_and_one_that_stays_is_said() {
    let workshop = Workshop::open();
    let line = "present a.example.test v";
    let fault = || Some((500, "Internal Server Error".to_owned()));
    let count = AtomicUsize::new(0);
    let passing = server("4.7.3", move |_| {
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => fault(),
            _ => None,
        }
    });
    call(&workshop, &passing, line, "").success();
    let staying = server("4.7.3", move |_| fault());
    let ended = call(&workshop, &staying, line, "");
    assert!(
        ended.status == 1 && ended.stderr.contains("it answered 500"),
        "{ended:?}"
    );
    assert_eq!(changes(&staying).len(), 4);
    let odd = WebServer::start(|_| (200, "{\"kind\":7}".to_owned()));
    let ended = call(&workshop, &odd, line, "");
    assert!(
        ended.status == 1 && ended.stderr.contains("no zone as PowerDNS"),
        "{ended:?}"
    );
}

#[test]
fn a_name_that_the_server_refuses_is_the_only_one_that_fails() {
    let workshop = Workshop::open();
    let records = Records::default();
    let server = WebServer::start(move |asked| {
        let sets = asked.body["rrsets"].as_array().cloned().unwrap_or_default();
        match asked.line.starts_with("PATCH ") {
            true if sets.iter().any(|set| set["name"] == "c.example.test.") => (
                422,
                json!({"error": "RRset c.example.test. IN TXT: Conflicts with pre-existing RRset"})
                    .to_string(),
            ),
            true => {
                sets.iter().for_each(|set| apply(&records, set));
                (204, String::new())
            }
            false => (200, zone(&records).to_string()),
        }
    });
    let line = |name| format!("{{\"fqdn\":\"{name}.example.test.\",\"value\":\"v\"}}\n");
    let batch = ["a", "c", "b"].map(line).concat();
    for kinds in [
        &["REPLACE+REPLACE+REPLACE", "REPLACE", "REPLACE", "REPLACE"][..],
        // The others are there.
        &["REPLACE"],
    ] {
        let before = changes(&server).len();
        let ended = call(&workshop, &server, "present-batch", &batch).success();
        let failed = ended.document();
        assert_eq!(failed["fqdn"], "c.example.test.", "{ended:?}");
        let hint = failed["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("a CNAME for instance"), "{ended:?}");
        assert_eq!(changes(&server)[before..], *kinds);
    }
}

#[test]
fn what_is_wrong_with_one_of_several_requests_is_no_matter_of_the_others() {
    let workshop = Workshop::open();
    // What stands before the server lets no second request through just then, or never that one.
    for (status, is_permanent) in [(429, false), (403, true)] {
        let records = Records::default();
        let server = WebServer::start(move |asked| {
            let sets = asked.body["rrsets"].as_array().cloned().unwrap_or_default();
            match asked.line.starts_with("PATCH ") {
                true if sets.len() > 1 => (422, json!({"error": "no"}).to_string()),
                true if sets[0]["name"] == "b.example.test." => (status, String::new()),
                true => {
                    sets.iter().for_each(|set| apply(&records, set));
                    (204, String::new())
                }
                false => (200, zone(&records).to_string()),
            }
        });
        let line = |name| format!("{{\"fqdn\":\"{name}.example.test.\",\"value\":\"v\"}}\n");
        let batch = ["a", "b", "c"].map(line).concat();
        let ended = call(&workshop, &server, "present-batch", &batch).success();
        let failed = ended.document();
        assert_eq!(failed["fqdn"], "b.example.test.", "{ended:?}");
        let permanent = failed["permanent"].as_bool().unwrap_or_default();
        assert_eq!(permanent, is_permanent, "{ended:?}");
    }
}

#[test]
fn a_change_whose_answer_is_lost_is_looked_after() {
    let workshop = Workshop::open();
    let line = "present a.example.test v";
    // The first answer to a change is lost with the connection, and that to what is asked again over a new one.
    let is_there = |records: &Records| {
        let records = held(records);
        !records.is_empty()
    };
    let applied = server("4.7.3", move |records| {
        is_there(records).then(|| (0, String::new()))
    });
    let ended = call(&workshop, &applied, line, "").success();
    assert_eq!(ended.stderr, "");
    assert_eq!(changes(&applied).len(), 2);
    // The server takes the value no second time.
    let calls = AtomicUsize::new(0);
    let once = server("5.0.2", move |_| {
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => None,
            1 => Some((0, String::new())),
            _ => Some((422, "it is there".to_owned())),
        }
    });
    call(&workshop, &once, line, "").success();
    assert_eq!(changes(&once), ["EXTEND", "EXTEND"]);
    // None of them is applied: it is said what was not answered, and how.
    let never = server("4.7.3", |_| Some((0, String::new())));
    let ended = call(&workshop, &never, line, "");
    assert!(
        ended.status == 1
            && ended.stderr.contains(&format!("{ZONE}: "))
            && ended.stderr.contains("PATCH ")
            && ended.stderr.contains("isconnected"),
        "{ended:?}"
    );
}

#[test]
fn a_zone_is_changed_where_no_answer_came_for_another() {
    let workshop = Workshop::open();
    let server = WebServer::start(|asked| {
        let (method, path) = asked.line.split_once(' ').unwrap_or_default();
        let records = match path.contains("/y.test.") && path.contains("/zones/") {
            true => {
                json!([{"name": "a.y.test.", "type": "TXT", "ttl": 60, "records": [{"content": "\"v\""}]}])
            }
            false => json!([]),
        };
        match method {
            "PATCH" => (0, String::new()),
            _ => (
                200,
                json!({"kind": "Native", "serial": 1, "rrsets": records}).to_string(),
            ),
        }
    });
    let batch = "{\"fqdn\":\"a.x.test.\",\"value\":\"v\",\"zone\":\"x.test.\"}\n\
                 {\"fqdn\":\"a.y.test.\",\"value\":\"v\",\"zone\":\"y.test.\"}\n";
    let ended = call(&workshop, &server, "present-batch", batch).success();
    assert_eq!(ended.document()["fqdn"], "a.x.test.", "{ended:?}");
}

#[test]
fn a_missing_setting_is_told_to_whoever_asks_for_the_timeout() {
    let workshop = Workshop::open();
    for (variables, says) in [
        (&[][..], "no URL of a PowerDNS server"),
        (
            &[("PDNS_API_URL", "http://127.0.0.1:8081")],
            "no key of the API",
        ),
        (
            &[
                ("PDNS_API_URL", "http://127.0.0.1:8081"),
                ("PDNS_API_KYE", KEY),
            ],
            "PDNS_API_KYE is set: did you mean PDNS_API_KEY?",
        ),
        (
            &[("PDNS_API_URL", "127.0.0.1:8081"), ("PDNS_API_KEY", KEY)],
            "PDNS_API_URL is no URL",
        ),
        (
            &[
                ("PDNS_API_URL", "http://127.0.0.1"),
                ("PDNS_API_KEY", KEY),
                ("PDNS_API_KEY_FILE", "key"),
            ],
            "both PDNS_API_KEY and PDNS_API_KEY_FILE are set",
        ),
        (
            &[
                ("PDNS_API_URL", "http://127.0.0.1"),
                ("PDNS_API_KEY", KEY),
                ("PDNS_API_VERSION", "v1"),
            ],
            "PDNS_API_VERSION takes a number",
        ),
    ] {
        let mut command = workshop.command("dns01-pdns");
        command.arg("timeout").envs(variables.iter().copied());
        let ended = run(command, "");
        let error = ended.document()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            ended.status == 2 && error.contains(says) && !error.contains(KEY),
            "{ended:?}"
        );
    }
}
