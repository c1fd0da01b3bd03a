//! Old versions of a certificate, and certificates that were revoked: kept, listed, and put back.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Reply, Workshop, run};

const NAME: &str = "a.example.test";

/// Has a CA of its own issue a certificate.
fn issue(workshop: &Workshop, finalize: &[&str]) -> String {
    let issuer = Issuer::new(&[NAME], 1, |params| {
        params.not_after = rcgen::date_time_ymd(2999, 1, 1);
    });
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", NAME]));
    let ordered = run(command, "");
    ordered.assert_status(0);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(command.args(finalize));
    run(command, ordered.stdout).assert_status(0);
    in_use(workshop).unwrap()
}

fn in_use(workshop: &Workshop) -> Option<String> {
    let target = fs::read_link(link(workshop)).ok()?;
    Some(target.file_name()?.to_str()?.to_owned())
}

fn link(workshop: &Workshop) -> PathBuf {
    workshop.dir().join("data/certificates").join(NAME)
}

fn list(workshop: &Workshop, arguments: &[&str]) -> Ended {
    let mut command = workshop.command("acme-list");
    command.args(arguments);
    run(command, "")
}

/// The versions that are listed.
fn versions(workshop: &Workshop) -> Vec<Value> {
    let listed = list(workshop, &["--archives", "--json"]);
    listed.assert_status(0);
    listed.documents()
}

/// Has this CA revoke the certificate.
fn revoke(workshop: &Workshop, ca: &FalseCa, arguments: &[&str]) -> Ended {
    let mut command = workshop.command("acme-revoke");
    ca.trusted_by(command.args(arguments));
    run(command, "")
}

/// The certificate, as one that this CA has issued.
fn move_to(workshop: &Workshop, ca: &FalseCa) {
    let path = link(workshop).join("order.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record["directory"] = json!(format!("{}/directory", ca.url()));
    fs::write(path, record.to_string()).unwrap();
}

#[test]
fn as_many_versions_are_kept_as_keep_versions_says_and_one_is_put_back() {
    let workshop = Workshop::open();
    let first = issue(&workshop, &[]);
    let second = issue(&workshop, &["--keep-versions", "2"]);
    let third = issue(&workshop, &["--keep-versions", "2"]);
    let names: Vec<Value> = versions(&workshop)
        .iter()
        .map(|one| one["version"].clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(
        [&first, &second, &third]
            .iter()
            .all(|one| names.contains(&json!(one)))
    );
    let table = list(&workshop, &["--archives"]);
    table.assert_status(0);
    assert_eq!(table.stdout.matches("in use").count(), 1);
    assert_eq!(table.stdout.matches("kept").count(), 2);

    let restored = list(&workshop, &["--restore", &first]);
    restored.assert_status(0);
    assert!(
        restored.stderr.contains("is in use again"),
        "{}",
        restored.stderr
    );
    let from = "a run of acme-renew puts a new one in its place from 2";
    assert!(restored.stderr.contains(from), "{}", restored.stderr);
    assert_eq!(in_use(&workshop), Some(first));
    assert_eq!(versions(&workshop).len(), 3);
    // By the configuration it is another one.
    let file = workshop.dir().join("acmepipe.toml");
    let text = "[[certificate]]\ndomains = [\"a.example.test\", \"b.example.test\"]\n";
    fs::write(&file, text).unwrap();
    let config = format!("--config={}", file.display());
    let restored = list(&workshop, &["--restore", &second, &config]);
    let due = "it is due, so the next run of acme-renew puts a new one in its place: its names";
    assert!(restored.stderr.contains(due), "{}", restored.stderr);
    let fourth = issue(&workshop, &[]);
    assert_eq!(versions(&workshop).len(), 2);

    let refused = list(&workshop, &["--restore", "nope"]);
    refused.assert_status(1);
    assert!(refused.stderr.contains("no version `nope`"));
    assert_eq!(in_use(&workshop), Some(fourth));
}

#[test]
fn a_damaged_version_is_listed_as_such_and_is_not_put_back() {
    let workshop = Workshop::open();
    let first = issue(&workshop, &[]);
    let second = issue(&workshop, &[]);
    let versions = workshop
        .dir()
        .join("data/certificates/.versions")
        .join(NAME);
    fs::write(versions.join(&first).join("cert.pem"), "junk").unwrap();
    let listed = list(&workshop, &["--archives"]);
    listed.assert_status(1);
    assert!(listed.stdout.contains("cert.pem "), "{}", listed.stdout);
    let refused = list(&workshop, &["--restore", &first, NAME]);
    refused.assert_status(1);
    assert!(refused.stderr.contains("cert.pem "), "{}", refused.stderr);
    assert_eq!(in_use(&workshop), Some(second));
}

#[test]
fn what_is_revoked_is_moved_aside_and_stays_there() {
    let workshop = Workshop::open();
    let version = issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |_| None);
    move_to(&workshop, &ca);
    let revoked = revoke(&workshop, &ca, &["--yes", "--reason", "4", NAME]);
    revoked.assert_status(0);
    assert!(
        revoked.stderr.contains("revoked as superseded"),
        "{}",
        revoked.stderr
    );
    let asked = ca.asked();
    let payload = &asked
        .iter()
        .find(|one| one.path == "/revoke")
        .unwrap()
        .payload;
    assert_eq!(payload["reason"], 4);
    assert_eq!(in_use(&workshop), None);
    assert_eq!(list(&workshop, &[]).success().stdout, "");
    let moved = versions(&workshop);
    assert_eq!(moved[0]["version"], json!(version));
    assert_eq!(moved[0]["moved"]["why"], "revoked: superseded");
    let restored = list(&workshop, &["--restore", &version]);
    restored.assert_status(1);
    assert!(
        restored.stderr.contains("as superseded"),
        "{}",
        restored.stderr
    );
    assert_eq!(in_use(&workshop), None);
}

#[test]
fn the_certificate_s_key_asks_where_the_account_may_not() {
    let workshop = Workshop::open();
    issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |asked| match asked.path.as_str() {
        "/revoke" if asked.before == 0 => Some(Reply::problem(403, "unauthorized", "not yours")),
        "/revoke" => Some(Reply::problem(400, "alreadyRevoked", "it is")),
        _ => None,
    });
    move_to(&workshop, &ca);
    let revoked = revoke(&workshop, &ca, &["--yes", "--keep", NAME]);
    revoked.assert_status(0);
    for part in ["own key asks for it", "not yours", "was revoked before"] {
        assert!(revoked.stderr.contains(part), "{}", revoked.stderr);
    }
    assert_eq!(ca.count("/revoke"), 2);
    assert!(in_use(&workshop).is_some(), "it is kept");
}

#[test]
fn the_first_reason_is_the_one_that_is_kept_and_a_name_that_is_given_twice_is_one() {
    let workshop = Workshop::open();
    issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |asked| match asked.path.as_str() {
        "/revoke" if asked.before > 0 => Some(Reply::problem(400, "alreadyRevoked", "it is")),
        _ => None,
    });
    move_to(&workshop, &ca);
    let upper = NAME.to_uppercase();
    let first = ["--yes", "--keep", "--reason", "keyCompromise", NAME, &upper];
    revoke(&workshop, &ca, &first).assert_status(0);
    assert_eq!(ca.count("/revoke"), 1);
    let again = revoke(&workshop, &ca, &["--yes", "--reason", "superseded", NAME]);
    again.assert_status(0);
    let moved = versions(&workshop);
    assert_eq!(moved[0]["moved"]["why"], "revoked: keyCompromise");
}

#[test]
fn a_certificate_whose_link_was_removed_is_listed_with_the_archives_and_put_back() {
    let workshop = Workshop::open();
    let version = issue(&workshop, &[]);
    fs::remove_file(link(&workshop)).unwrap();
    assert_eq!(list(&workshop, &[]).success().stdout, "");
    let kept = versions(&workshop);
    assert_eq!(kept[0]["version"], json!(version));
    assert_eq!(kept[0]["in_use"], false);
    list(&workshop, &["--restore", &version]).assert_status(0);
    assert_eq!(in_use(&workshop), Some(version));
}

#[test]
fn what_the_ca_refuses_stays_where_it_is() {
    let workshop = Workshop::open();
    issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |asked| {
        let refusal = Reply::problem(400, "badRevocationReason", "no");
        (asked.path == "/revoke").then_some(refusal)
    });
    move_to(&workshop, &ca);
    let refused = revoke(&workshop, &ca, &["--yes", "--reason", "superseded", NAME]);
    refused.assert_status(1);
    assert!(
        refused.stderr.contains("give another one"),
        "{}",
        refused.stderr
    );
    assert!(in_use(&workshop).is_some());
}

#[test]
fn nothing_is_revoked_that_is_not_there_or_that_nobody_agrees_to() {
    let workshop = Workshop::open();
    issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |_| None);
    move_to(&workshop, &ca);
    fs::write(workshop.dir().join("other.pem"), "junk").unwrap();
    let key = link(&workshop).join("privkey.pem");
    for (arguments, says) in [
        (&[NAME][..], "say --yes"),
        (&["--yes"], "say which certificate"),
        (&["--yes", NAME, "b.example.test"], "no file either"),
        (&["--yes", "other.pem"], "no certificate in PEM"),
        (
            &["--yes", "--reason", "certificateHold", NAME],
            "for a while only",
        ),
        (&["--yes", "--reason", "7", NAME], "is none of unspecified"),
        (&["--yes", "--key", "other.pem", NAME], "--key "),
    ] {
        let refused = revoke(&workshop, &ca, arguments);
        refused.assert_status(2);
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
    }
    assert_eq!(ca.count("/revoke"), 0);
    assert!(key.exists());
}

#[test]
fn on_a_terminal_the_reason_is_asked_for_and_whether_to_revoke() {
    let workshop = Workshop::open();
    issue(&workshop, &[]);
    let ca = FalseCa::start(&workshop, |_| None);
    move_to(&workshop, &ca);
    let trust = format!("LEGO_CA_CERTIFICATES={}", ca.root().display());
    let no_program = workshop.dir().join("none");
    let line = format!("{trust} acme-revoke {NAME}; echo status $?");
    let mut terminal = workshop.in_terminal(&no_program, &line);
    terminal.wait_for("Reason [0] ");
    terminal.type_in("6\n");
    terminal.wait_for("for a while only");
    terminal.type_in("superseded\n");
    terminal.wait_for("(superseded)? That cannot be undone. [y/N] ");
    terminal.type_in("\n");
    terminal.wait_for("status 1");
    assert_eq!(ca.count("/revoke"), 0);
    let mut terminal = workshop.in_terminal(&no_program, &line);
    terminal.wait_for("Reason [0] ");
    terminal.type_in("\n");
    terminal.wait_for("(unspecified)?");
    terminal.type_in("y\n");
    terminal.wait_for("status 0");
    assert_eq!(ca.count("/revoke"), 1);
    assert_eq!(in_use(&workshop), None);
}
