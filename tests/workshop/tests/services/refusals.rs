//! Success that a client of acme.sh reports, and the service does not.

use workshop::Workshop;

use super::{NAME, acme_sh, call, false_curl, service};

/// A request that is answered in this way: what it is, the status, or nothing for no answer, and the body.
type Request = (&'static str, &'static str, &'static str);

const READ: &str = "-g https://x.test/";
const GET: &str = "-X GET https://x.test/";
const POST: &str = "-X POST --data a https://x.test/";
const DELETE: &str = "-X DELETE https://x.test/";
const HEAD: &str = "-I https://x.test/";

/// What is called, what the client asks for then and is answered, the status, and what is said.
type Case = (&'static str, &'static [Request], i32, Option<&'static str>);

const CASES: [Case; 37] = [
    // By its status, whatever the method.
    (
        "present",
        &[(POST, "422", "no")],
        1,
        Some("last change was answered with status 422: no"),
    ),
    (
        "present",
        &[(READ, "500", "")],
        1,
        Some("last reading was answered with status 500"),
    ),
    (
        "present",
        &[(GET, "403", "no")],
        1,
        Some("last reading was answered with status 403: no"),
    ),
    (
        "present",
        &[(READ, "302", "")],
        1,
        Some("last reading was answered with status 302"),
    ),
    (
        "cleanup",
        &[(READ, "403", "no")],
        78,
        Some("last reading was answered with status 403: no"),
    ),
    (
        "cleanup",
        &[(DELETE, "401", "no")],
        78,
        Some("last change was answered with status 401: no"),
    ),
    // Without an answer.
    (
        "present",
        &[(POST, "", "")],
        1,
        Some("last change had no answer"),
    ),
    (
        "cleanup",
        &[(READ, "200", "[1]"), (DELETE, "", "")],
        1,
        Some("last change had no answer"),
    ),
    (
        "cleanup",
        &[(READ, "", "")],
        1,
        Some("last reading had no answer"),
    ),
    // With status 200, as DreamHost, do.de, ClouDNS, Alibaba, hosting.de and Rackspace do it.
    (
        "present",
        &[(READ, "200", "error\nno_such_zone\n")],
        1,
        Some("last reading was answered with status 200: error no_such_zone"),
    ),
    (
        "present",
        &[(READ, "200", "error\tno_key")],
        1,
        Some("last reading was answered with status 200: error no_key"),
    ),
    (
        "present",
        &[(READ, "200", "{\"data\":\"no_key\",\n\"result\":\"error\"}")],
        1,
        Some(
            "last reading was answered with status 200: {\"data\":\"no_key\", \"result\":\"error\"}",
        ),
    ),
    (
        "present",
        &[(READ, "200", "{\"success\": false}")],
        1,
        Some("last reading was answered with status 200: {\"success\": false}"),
    ),
    (
        "cleanup",
        &[(READ, "200", "{\"status\":\"Failed\"}")],
        1,
        Some("last reading was answered with status 200: {\"status\":\"Failed\"}"),
    ),
    (
        "cleanup",
        &[(READ, "200", "{\"RequestId\":\"7\",\"Code\":\"Throttling\"}")],
        1,
        Some(
            "last reading was answered with status 200: {\"RequestId\":\"7\",\"Code\":\"Throttling\"}",
        ),
    ),
    (
        "cleanup",
        &[(POST, "200", "{\"status\":\"error\"}")],
        1,
        Some("last change was answered with status 200: {\"status\":\"error\"}"),
    ),
    // Another host's record is no excuse, nor what does not exist where something is added.
    (
        "present",
        &[(POST, "400", "a CNAME already exists")],
        1,
        Some("last change was answered with status 400: a CNAME already exists"),
    ),
    (
        "present",
        &[(POST, "400", "the zone does not exist")],
        1,
        Some("last change was answered with status 400: the zone does not exist"),
    ),
    (
        "present",
        &[(READ, "404", "no")],
        1,
        Some("last reading was answered with status 404: no"),
    ),
    // Who is not let in, or is to come again later, has not been told that all is as it has to be.
    (
        "cleanup",
        &[(DELETE, "403", "the zone exists elsewhere")],
        78,
        Some("last change was answered with status 403: the zone exists elsewhere"),
    ),
    (
        "cleanup",
        &[(READ, "401", "no such user exists")],
        78,
        Some("last reading was answered with status 401: no such user exists"),
    ),
    (
        "cleanup",
        &[(DELETE, "503", "a change is already under way")],
        1,
        Some("last change was answered with status 503: a change is already under way"),
    ),
    (
        "present",
        &[(POST, "429", "already too many")],
        1,
        Some("last change was answered with status 429: already too many"),
    ),
    // All is as it has to be.
    (
        "present",
        &[(READ, "200", "success\nrecord_added\n")],
        0,
        None,
    ),
    (
        "present",
        &[(READ, "200", "error\nrecord_already_exists_remove_first\n")],
        0,
        None,
    ),
    (
        "present",
        &[(POST, "400", "An identical record already exists.")],
        0,
        None,
    ),
    (
        "cleanup",
        &[(READ, "200", "error\nno_such_value\n")],
        0,
        None,
    ),
    ("cleanup", &[(DELETE, "404", "none")], 0, None),
    ("cleanup", &[(READ, "404", "none")], 0, None),
    (
        "cleanup",
        &[(POST, "400", "Record does not exist.")],
        0,
        None,
    ),
    // What a record has, or a zone, is no refusal.
    (
        "cleanup",
        &[(
            READ,
            "200",
            "[{\"status\":\"active\",\"data\":\"{\\\"status\\\":\\\"error\\\"}\"}]",
        )],
        0,
        None,
    ),
    (
        "cleanup",
        &[(READ, "200", "{\"RequestId\":\"7\",\"RecordId\":\"8\"}")],
        0,
        None,
    ),
    // A client looks for the zone by trying names, tries again, and may not read what it has added.
    (
        "present",
        &[
            (READ, "404", "no"),
            (READ, "403", "no"),
            (READ, "200", "[1]"),
            (POST, "201", "{}"),
        ],
        0,
        None,
    ),
    (
        "cleanup",
        &[
            (READ, "200", "{\"status\":\"Failed\"}"),
            (READ, "200", "[1]"),
            (DELETE, "503", ""),
            (DELETE, "204", ""),
        ],
        0,
        None,
    ),
    (
        "present",
        &[(POST, "200", "{}"), (READ, "404", "UNKNOWN_DOMAIN")],
        0,
        None,
    ),
    (
        "present",
        &[(HEAD, "401", ""), (POST, "200", "{}")],
        0,
        None,
    ),
    // What was read then does not make up for a change that was refused.
    (
        "cleanup",
        &[(DELETE, "403", "no"), (READ, "200", "[]")],
        78,
        Some("last change was answered with status 403: no"),
    ),
];

#[test]
fn what_a_service_refused_is_no_success_and_all_else_is() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    for (word, requests, status, expected) in CASES {
        let lines = requests.iter().map(|(request, status, body)| {
            format!(
                "CURL_STATUS='{status}' CURL_BODY='{body}' curl --silent --dump-header \"$HTTP_HEADER\" {request} >/dev/null"
            )
        });
        // Clients have variables of their own.
        let own = ["action=its-own".to_owned()].into_iter();
        let does: Vec<_> = own.chain(lines).chain(["true".to_owned()]).collect();
        acme_sh(&workshop, &does.join("\n"));
        let mut command = service(&workshop, "cloudflare");
        command.env("PATH", &path).env("CF_DNS_API_TOKEN", "token");
        let ended = call(command, &[word, NAME, "v"]);
        let what = format!("{word} {requests:?}: {}", ended.stderr);
        assert_eq!(ended.status, status, "{what}");
        let says = expected
            .map(|words| format!("dns01-acmesh: dns_cf reports success, though its {words}"));
        let said = ended.stderr.lines().find(|line| line.contains("success"));
        assert_eq!(said, says.as_deref(), "{what}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_none_unless_it_has_said_no() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    let get = "curl --silent --dump-header \"$HTTP_HEADER\"";
    for (request, answered, expected) in [
        (READ, "200", Some("last reading had no answer")),
        (POST, "200", Some("last change had no answer")),
        (
            POST,
            "422",
            Some("last change was answered with status 422: no"),
        ),
        (HEAD, "200", None),
    ] {
        acme_sh(&workshop, &format!("{get} {request} >/dev/null; true"));
        let mut command = service(&workshop, "cloudflare");
        command
            .env("PATH", &path)
            .env("CF_DNS_API_TOKEN", "token")
            .env("CURL_STATUS", answered)
            .env("CURL_BODY", "no")
            .env("CURL_ENDS", "18");
        let ended = call(command, &["present", NAME, "v"]);
        let says = expected
            .map(|words| format!("dns01-acmesh: dns_cf reports success, though its {words}"));
        let said = ended.stderr.lines().find(|line| line.contains("success"));
        assert_eq!(said, says.as_deref(), "{request} {answered}");
        assert_eq!(ended.status, i32::from(expected.is_some()), "{request}");
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    let curl = workshop.dir().join("bin/curl");
    workshop::write_script(
        &curl,
        "[ \"$1\" = --config ] || exit 0\nexec dd if=/dev/zero of=\"$4\" bs=1M count=70 2>/dev/null",
    )
    .unwrap();
    acme_sh(
        &workshop,
        "curl --silent -g https://x.test/ | wc -c >&2; true",
    );
    let mut command = service(&workshop, "cloudflare");
    command.env("PATH", &path).env("CF_DNS_API_TOKEN", "token");
    let ended = call(command, &["present", NAME, "v"]);
    ended.assert_status(1);
    assert!(ended.stderr.contains("\n67108864\n"), "{}", ended.stderr);
}
