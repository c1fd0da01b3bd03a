//! What an order may ask for beside names and a profile: for how long the certificate is valid, and which one it replaces.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Reply, Workshop, directory_object, run};

const NAME: &str = "a.example.test";
const DAY: Duration = Duration::from_secs(86_400);

fn order(workshop: &Workshop, ca: &FalseCa, words: &[&str], stdin: &str) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(words));
    run(command, stdin)
}

/// What the CA was asked in its last order.
fn last_order(ca: &FalseCa) -> Value {
    let asked = ca.asked().into_iter();
    let mut orders = asked.filter(|one| one.path == "/new-order");
    orders.next_back().unwrap().payload
}

#[test]
fn an_order_says_from_when_and_until_when_a_certificate_is_to_be_valid() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let words = [
        "-d",
        NAME,
        "--not-before",
        "2026-01-01T01:00:00+01:00",
        "--not-after=+90d",
    ];
    order(&workshop, &ca, &words, "").success();
    let asked = last_order(&ca);
    assert_eq!(asked["notBefore"], "2026-01-01T00:00:00Z");
    let until = humantime::parse_rfc3339(asked["notAfter"].as_str().unwrap()).unwrap();
    let left = until.duration_since(SystemTime::now()).unwrap();
    assert!(left > DAY * 89 && left <= DAY * 90, "{left:?}");
    // What a request says goes before the command line.
    let identifiers = json!([{"type": "dns", "value": NAME}]);
    let request =
        json!({"order": {"identifiers": identifiers, "notAfter": "2999-01-01T00:00:00Z"}});
    order(&workshop, &ca, &words[2..], &request.to_string()).success();
    assert_eq!(
        last_order(&ca),
        json!({"identifiers": identifiers, "notAfter": "2999-01-01T00:00:00Z"})
    );
}

#[test]
fn what_is_no_time_or_over_is_wrong_usage() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    for (words, says) in [
        (
            ["--not-after", "90d"],
            "--not-after: `90d` is neither a time of RFC 3339 nor",
        ),
        (["--not-before", "+x"], "--not-before: `+x`: "),
        (
            ["--not-after", "2020-01-01T00:00:00Z"],
            "--not-after: is over",
        ),
    ] {
        let ended = order(&workshop, &ca, &[&["-d", NAME], &words[..]].concat(), "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    assert!(ca.asked().is_empty());
}

#[test]
fn a_ca_that_is_known_to_refuse_it_is_not_asked() {
    let workshop = Workshop::open();
    let mut command = workshop.command("acme-order");
    // Nobody is asked: there is nothing at this proxy.
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    command.args(["-s", "letsencrypt", "-d", NAME, "--not-after=+9d"]);
    let ended = run(command, "");
    ended.assert_status(2);
    assert!(ended.stderr.contains("--not-after"), "{ended:?}");
    // A request that is read may be for another CA, and is looked at by itself.
    let mut command = workshop.command("acme-order");
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    command.args(["-s", "letsencrypt", "--not-after=+9d"]);
    let ended = run(command, NAME);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:usage");
    assert!(
        error["hint"].as_str().unwrap().contains("--not-after"),
        "{error}"
    );
}

#[test]
fn acme_issue_says_so_before_anything_is_ordered() {
    let workshop = Workshop::open();
    let mut command = workshop.command("acme-issue");
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    command.args(["-s", "letsencrypt", "-d", NAME, "--not-after=+9d", "-x"]);
    command.arg(workshop.script("update-dns", "#!/bin/sh\n"));
    let ended = run(command, "");
    ended.assert_status(2);
    assert!(ended.stderr.contains("--not-after"), "{ended:?}");
}

/// A certificate that is kept, and the CA that it is from.
fn kept(workshop: &Workshop) -> FalseCa {
    let issuer = Issuer::new(&[NAME], 1, |params| {
        params.use_authority_key_identifier_extension = true;
    });
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let ordered = order(workshop, &ca, &["-d", NAME], "").success();
    let mut finalize: Command = workshop.command("acme-finalize");
    ca.trusted_by(&mut finalize);
    run(finalize, ordered.stdout).success();
    ca
}

#[test]
fn the_certificate_that_is_replaced_is_named_by_its_id_its_name_or_a_file() {
    let workshop = Workshop::open();
    let ca = kept(&workshop);
    order(
        &workshop,
        &ca,
        &["-d", NAME, "--replaces", "A.Example.test"],
        "",
    )
    .success();
    let id = last_order(&ca)["replaces"].as_str().unwrap().to_owned();
    let list = run(workshop.command("acme-list"), "").success();
    assert!(list.stdout.contains(NAME));
    let mut find = workshop.command("find");
    find.args([workshop.dir().to_str().unwrap(), "-name", "cert.pem"]);
    let file = run(find, "").stdout.lines().next().unwrap().to_owned();
    for named in [id.as_str(), &file] {
        let ended = order(&workshop, &ca, &["-d", NAME, "--replaces", named], "").success();
        assert_eq!(last_order(&ca)["replaces"], id.as_str());
        assert_eq!(ended.document()["order"]["replaces"], id.as_str());
    }
    for (words, says) in [
        (
            vec!["-d", NAME, "--replaces=b.example.test"],
            "there is no certificate `b.example.test`",
        ),
        (vec!["--replaces", &id], "is for a single order"),
        (
            vec!["-d", "x.test,y.test", "--split=1", "--replaces", &id],
            "is for a single order",
        ),
    ] {
        let ended = order(&workshop, &ca, &words, "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}

#[test]
fn a_ca_without_renewal_information_is_not_told_what_is_replaced() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        let mut directory = directory_object();
        directory.as_object_mut().unwrap().remove("renewalInfo");
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    });
    let id = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
    let ended = order(&workshop, &ca, &["-d", NAME, "--replaces", id], "").success();
    assert_eq!(last_order(&ca).get("replaces"), None);
    let says = "ordered as a certificate that replaces none";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
}
