//! Authorizations are given up when that is asked for (RFC 8555 §7.5.2): after a certificate, and after a failure.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Issuer, Reply, Workshop, authorization, run};

const A: &str = "a.example.test";
const B: &str = "b.example.test";
const OPTION: &str = "--deactivate-authorizations";

/// A CA that issues for both names, but for what it does wrong.
fn ca(
    workshop: &Workshop,
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> FalseCa {
    let issuer = Issuer::new(&[A, B], 1, |_| ());
    FalseCa::start(workshop, move |asked| {
        wrong(asked).or_else(|| issuer.reply(asked))
    })
}

fn ordered(workshop: &Workshop, ca: &FalseCa) -> Value {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", A, "-d", B]));
    run(command, "").success().document()
}

fn finalized(workshop: &Workshop, ca: &FalseCa, options: &[&str], document: &Value) -> Ended {
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(command.args(options));
    run(command, document.to_string())
}

/// The authorizations that the CA was told to deactivate.
fn deactivated(ca: &FalseCa) -> Vec<String> {
    let asked = ca.asked().into_iter();
    let told = asked.filter(|one| one.payload == json!({"status": "deactivated"}));
    let mut paths: Vec<String> = told.map(|one| one.path).collect();
    paths.sort();
    paths
}

const BOTH: [&str; 2] = ["/authorization/0", "/authorization/1"];

#[test]
fn after_a_certificate_only_where_that_is_asked_for() {
    for (options, expected) in [(&[][..], &[][..]), (&[OPTION], &BOTH)] {
        let workshop = Workshop::open();
        let ca = ca(&workshop, |_| None);
        let document = ordered(&workshop, &ca);
        let ended = finalized(&workshop, &ca, options, &document).success();
        assert!(ended.document()["certificate"].is_object());
        assert_eq!(deactivated(&ca), expected);
        // Before, there is nothing that a certificate could do without.
        let last = ca.asked().pop().unwrap();
        assert_eq!(last.path.starts_with("/authorization"), !options.is_empty());
    }
}

#[test]
fn after_a_failure_of_this_program_and_of_those_before() {
    let workshop = Workshop::open();
    let honest = ca(&workshop, |_| None);
    let mut failed = ordered(&workshop, &honest);
    failed["error"] =
        json!({"type": "acmepipe:exec:status", "detail": "exit status 1", "program": "dns01-exec"});
    // A document that failed passes as it came.
    let ended = finalized(&workshop, &honest, &[OPTION], &failed);
    ended.assert_status(1);
    assert_eq!(ended.document(), failed);
    assert_eq!(deactivated(&honest), BOTH);
    assert_eq!(honest.count("/finalize"), 0);

    let workshop = Workshop::open();
    let refusing = ca(&workshop, |asked| {
        (asked.path == "/finalize").then(|| Reply::problem(403, "unauthorized", "not you"))
    });
    let document = ordered(&workshop, &refusing);
    finalized(&workshop, &refusing, &[OPTION], &document).assert_status(1);
    assert_eq!(deactivated(&refusing), BOTH);
}

#[test]
fn what_goes_on_or_is_over_is_left_alone() {
    let workshop = Workshop::open();
    // One of them has failed.
    let ca = ca(&workshop, |asked| {
        let failed = authorization(A, "0", "invalid");
        let is_late = asked.before > 0;
        (asked.path == "/authorization/0" && is_late).then(|| Reply::new(200, &failed))
    });
    let document = ordered(&workshop, &ca);
    for (kind, expected) in [
        ("acmepipe:interrupted", &[][..]),
        ("acmepipe:dns:overwritten", &[]),
        ("acmepipe:dns:not-propagated", &BOTH[1..]),
    ] {
        let mut failed = document.clone();
        failed["challenges"][0]["present"] = json!({});
        failed["error"] = json!({"type": kind});
        finalized(&workshop, &ca, &[OPTION], &failed).assert_status(1);
        assert_eq!(deactivated(&ca), expected, "{kind}");
    }
    // A request that came to no order has no authorizations.
    let request = json!({"name": A, "error": {"type": "acmepipe:names"}});
    let ended = finalized(&workshop, &ca, &[OPTION], &request);
    ended.assert_status(1);
    assert_eq!(ended.stderr, "");
}

#[test]
fn where_it_does_not_succeed_there_is_a_warning_and_a_certificate() {
    let workshop = Workshop::open();
    let ca = ca(&workshop, |asked| {
        let is_told = asked.payload["status"] == "deactivated";
        is_told.then(|| Reply::problem(403, "unauthorized", "not today"))
    });
    let document = ordered(&workshop, &ca);
    let ended = finalized(&workshop, &ca, &[OPTION], &document).success();
    let says = "2 of 2 authorizations are not deactivated; the first: deactivation (POST ";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    assert!(ended.stderr.contains("not today"), "{}", ended.stderr);
}

#[test]
fn acme_issue_gives_up_those_of_what_failed_in_whatever_round() {
    for rounds in [&[][..], &["--one-per-name"]] {
        let workshop = Workshop::open();
        let ca = ca(&workshop, |_| None);
        let mut command = workshop.command("acme-issue");
        ca.trusted_by(
            command
                .args(["-d", A, "-x", "/bin/false", OPTION])
                .args(rounds),
        );
        command.args(["--resolver", "127.0.0.1:9"]);
        let ended = run(command, "");
        ended.assert_status(1);
        assert!(ended.document()["error"].is_object());
        assert_eq!(deactivated(&ca), BOTH[..1], "{rounds:?}");
    }
}

#[test]
fn the_cas_that_have_a_code_are_listed_with_their_urls() {
    let workshop = Workshop::open();
    for program in ["acme-order", "acme-issue"] {
        let mut command = workshop.command(program);
        command.arg("--servers");
        let ended = run(command, "").success();
        let lines: Vec<Vec<&str>> = ended
            .stdout
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        assert!(
            lines
                .iter()
                .all(|line| line.len() == 2 && line[1].starts_with("https://"))
        );
        let lets_encrypt = [
            "letsencrypt",
            "https://acme-v02.api.letsencrypt.org/directory",
        ];
        assert!(
            lines.iter().any(|line| line[..] == lets_encrypt),
            "{lines:?}"
        );
    }
}
