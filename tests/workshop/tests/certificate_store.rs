//! What lies on disk after a certificate was issued, and what takes its place at the next issue.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rcgen::CertificateParams;
use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Workshop, run};

const NAME: &str = "a.example.test";
const VALID: fn(&mut CertificateParams) = |_| {};
const EXPIRED: fn(&mut CertificateParams) = |params| {
    params.not_after = rcgen::date_time_ymd(2020, 1, 2);
};
const NOT_YET_VALID: fn(&mut CertificateParams) = |params| {
    params.not_before = rcgen::date_time_ymd(4000, 1, 2);
};

/// Has a CA of its own issue a certificate: with so many others above it, and something changed about it.
fn issue(workshop: &Workshop, issuers: usize, change: fn(&mut CertificateParams)) -> Ended {
    issue_with(workshop, &["-d", NAME], issuers, change)
}

fn issue_with(
    workshop: &Workshop,
    order: &[&str],
    issuers: usize,
    change: fn(&mut CertificateParams),
) -> Ended {
    let issuer = Issuer::new(&[NAME, "b.example.test"], issuers, change);
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(order));
    let ordered = run(command, "");
    ordered.assert_status(0);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    run(command, ordered.stdout)
}

fn certificates(workshop: &Workshop) -> PathBuf {
    workshop.dir().join("data/certificates")
}

fn serial(ended: &Ended) -> Value {
    ended.assert_status(0);
    ended.document()["certificate"]["serial"].clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A group that we may give files to: for root any, for others one that they are in.
fn other_group() -> Option<u32> {
    if rustix::process::geteuid().is_root() {
        return Some(54_321);
    }
    let own = rustix::process::getegid();
    let groups = rustix::process::getgroups().unwrap();
    let other = groups.into_iter().find(|group| *group != own)?;
    Some(other.as_raw())
}

#[test]
fn what_is_opened_to_a_server_s_group_is_open_to_it_after_the_next_issue() {
    let workshop = Workshop::open();
    let first = serial(&issue(&workshop, 1, VALID));
    let certificates = certificates(&workshop);
    let versions = certificates.join(".versions").join(NAME);
    for dir in [&certificates, &certificates.join(".versions"), &versions] {
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
    }
    let link = certificates.join(NAME);
    assert_eq!(mode(&link.join("privkey.pem")), 0o600);

    // As acme-finalize(1) says.
    let open = [
        (certificates.clone(), 0o750),
        (certificates.join(".versions"), 0o750),
        (versions, 0o750),
        (link.join(""), 0o750),
        (link.join("privkey.pem"), 0o640),
    ];
    let group = other_group();
    for (path, mode) in &open {
        chown(path, None, group).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    let mut serials = vec![first];
    for _ in 0..2 {
        serials.push(serial(&issue(&workshop, 1, VALID)));
        for (path, expected) in &open {
            assert_eq!(mode(path), *expected, "{}", path.display());
            let found = fs::metadata(path).unwrap().gid();
            assert!(
                group.is_none_or(|group| group == found),
                "{}",
                path.display()
            );
        }
    }
    serials.dedup();
    assert_eq!(serials.len(), 3);
}

#[test]
fn a_certificate_tells_how_it_was_ordered() {
    let workshop = Workshop::open();
    let order = ["-d", NAME, "-d", "b.example.test", "-m", "me@example.test"];
    let ended = issue_with(&workshop, &order, 1, VALID);
    let document = ended.document();
    let path = certificates(&workshop).join(NAME).join("order.json");
    let record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(
        record,
        json!({
            "version": 1,
            "directory": document["directory"],
            "account": document["account"],
            "names": [NAME, "b.example.test"],
            "key_type": "EC256",
            "certificate": document["certificate"]["url"],
            "options": {
                "server": document["directory"], "email": "me@example.test", "key-type": "EC256",
            },
        })
    );
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_certificate_that_is_not_valid_replaces_no_good_one() {
    for (change, times) in [
        (EXPIRED, ["1975-01-01T00:00:00Z", "2020-01-02T00:00:00Z"]),
        (
            NOT_YET_VALID,
            ["4000-01-02T00:00:00Z", "4096-01-01T00:00:00Z"],
        ),
    ] {
        let workshop = Workshop::open();
        let first = issue(&workshop, 1, change);
        let bad = serial(&first);
        assert!(
            first.stderr.contains("the system's clock"),
            "{}",
            first.stderr
        );
        let good = serial(&issue(&workshop, 1, VALID));
        assert_ne!(good, bad);

        let chain = certificates(&workshop).join(NAME).join("fullchain.pem");
        let before = fs::read(&chain).unwrap();
        let refused = issue(&workshop, 1, change);
        refused.assert_status(1);
        let error = &refused.document()["error"];
        assert_eq!(error["type"], "acmepipe:ca:reply", "{error:#}");
        let detail = error["detail"].as_str().unwrap();
        assert!(times.iter().all(|time| detail.contains(time)), "{detail}");
        assert!(detail.contains("clock"), "{detail}");
        assert_eq!(fs::read(&chain).unwrap(), before);
    }
}

#[test]
fn a_chain_is_checked_as_far_as_it_was_handed_out() {
    let for_servers: fn(&mut CertificateParams) = |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    };
    for issuers in 0..=2 {
        let workshop = Workshop::open();
        issue(&workshop, issuers, VALID).assert_status(0);
        issue(&workshop, issuers, for_servers).assert_status(0);
    }
    // One that another CA of the same name signed.
    let workshop = Workshop::open();
    let (one, other) = (
        Issuer::new(&[NAME], 1, VALID),
        Issuer::new(&[NAME], 1, VALID),
    );
    let ca = FalseCa::start(&workshop, move |asked| {
        let (mut first, second) = (one.reply(asked), other.reply(asked));
        if let (Some(first), Some(second)) = (&mut first, second) {
            let cut = |body: &[u8]| String::from_utf8_lossy(body).find("\n-----BEGIN").unwrap() + 1;
            first.body.truncate(cut(&first.body));
            first.body.extend(&second.body[cut(&second.body)..]);
        }
        first
    });
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", NAME]));
    let ordered = run(command, "");
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    let ended = run(command, ordered.stdout);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:ca:reply", "{error:#}");
    assert!(
        error["detail"].as_str().unwrap().contains("does not lead"),
        "{error:#}"
    );
    assert!(!certificates(&workshop).join(NAME).exists());
}
