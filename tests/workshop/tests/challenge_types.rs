//! The types of challenges that are met by a TXT record: dns-01, and dns-account-01.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, run};

const NAME: &str = "a.example.test";

/// A CA whose authorization offers challenges of these types.
fn ca_with(workshop: &Workshop, types: &'static [&'static str]) -> FalseCa {
    FalseCa::start(workshop, move |asked: &Asked| {
        let mut sent = authorization(NAME, "0", "pending");
        let challenge = |kind: &&str| {
            json!({"type": kind, "url": format!("https://HERE/challenge/{kind}"), "status": "pending",
                   "token": format!("token-{kind}")})
        };
        sent["challenges"] = types.iter().map(challenge).collect();
        (asked.path == "/authorization/0").then(|| Reply::new(200, &sent))
    })
}

fn order(workshop: &Workshop, ca: &FalseCa, words: &[&str], stdin: &str) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(words));
    run(command, stdin)
}

#[test]
fn the_first_type_that_is_wanted_and_offered_is_taken() {
    let workshop = Workshop::open();
    let ca = ca_with(&workshop, &["http-01", "dns-01", "dns-account-01"]);
    let plain = format!("_acme-challenge.{NAME}.");
    for (words, kind) in [
        (vec![], "dns-01"),
        (vec!["--challenge", "dns-01,dns-account-01"], "dns-01"),
        (vec!["--challenge", "dns-account-01"], "dns-account-01"),
        (
            vec!["--challenge", "dns-account-01,dns-01"],
            "dns-account-01",
        ),
    ] {
        let words = [&["-d", NAME], &words[..]].concat();
        let ended = order(&workshop, &ca, &words, "").success();
        let document = ended.document();
        let challenge = &document["challenges"][0];
        assert_eq!(challenge["type"], kind);
        assert_eq!(challenge["token"], format!("token-{kind}"));
        let url = format!("{}/challenge/{kind}", ca.url());
        assert_eq!(challenge["url"], url.as_str());
        let fqdn = challenge["fqdn"].as_str().unwrap();
        match kind {
            "dns-01" => assert_eq!(fqdn, plain),
            _ => {
                let label = fqdn.strip_suffix(&format!(".{plain}")).unwrap();
                assert!(label.starts_with('_') && label.len() == 17, "{label}");
            }
        }
        // A renewal wants what was asked for.
        let option = words.get(3).map_or(Value::Null, |types| json!(types));
        assert_eq!(document["options"]["challenge"], option);
    }
    // What a document wants goes before the command line.
    let request = json!({"order": {"identifiers": [{"type": "dns", "value": NAME}]},
                         "options": {"challenge": "dns-account-01"}});
    let ended = order(
        &workshop,
        &ca,
        &["--challenge=dns-01"],
        &request.to_string(),
    )
    .success();
    assert_eq!(ended.document()["challenges"][0]["type"], "dns-account-01");
}

#[test]
fn an_authorization_without_a_type_that_is_wanted_says_what_it_has() {
    let workshop = Workshop::open();
    let ca = ca_with(&workshop, &["http-01", "dns-01"]);
    let ended = order(
        &workshop,
        &ca,
        &["-d", NAME, "--challenge=dns-account-01"],
        "",
    );
    ended.assert_status(1);
    let error = ended.challenge_error();
    assert_eq!(error["type"], "acmepipe:challenge:not-offered");
    assert_eq!(error["offered"], json!(["dns-01", "http-01"]));
    let says = "the CA does not offer dns-account-01, only: dns-01, http-01";
    assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
}

#[test]
fn a_type_that_is_not_known_is_wrong_usage() {
    let workshop = Workshop::open();
    let ca = ca_with(&workshop, &["dns-01"]);
    let ended = order(&workshop, &ca, &["-d", NAME, "--challenge=http-01"], "");
    ended.assert_status(2);
    let says = "--challenge: `http-01` is none of dns-01,dns-account-01";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    assert!(ca.asked().is_empty());
}

#[test]
fn the_challenge_that_was_taken_is_the_one_that_is_validated() {
    let workshop = Workshop::open();
    let ca = ca_with(&workshop, &["dns-01", "dns-account-01"]);
    let ended = order(
        &workshop,
        &ca,
        &["-d", NAME, "--challenge=dns-account-01"],
        "",
    )
    .success();
    let mut command = workshop.command("acme-validate");
    ca.trusted_by(command.arg("--timeout=1"));
    run(command, ended.stdout);
    assert_eq!(ca.count("/challenge/dns-account-01"), 1);
    assert_eq!(ca.count("/challenge/dns-01"), 0);
}
