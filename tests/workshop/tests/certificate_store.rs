//! What lies on disk after a certificate was issued, and what takes its place at the next issue.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::CertificateParams;
use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Workshop, displays, run};

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

#[test]
fn what_stands_in_the_way_of_legos_files_is_said_before_the_order_is_finalized() {
    let workshop = Workshop::open();
    let issuer = Issuer::new(&[NAME], 1, VALID);
    let ca = FalseCa::start(&workshop, move |asked| issuer.reply(asked));
    let command = |program: &str, words: &[&str]| {
        let mut command = workshop.command(program);
        ca.trusted_by(command.args(words));
        command
    };
    let ordered = run(command("acme-order", &["-d", NAME]), "").success();
    let in_the_way = certificates(&workshop).join(format!("{NAME}.crt"));
    fs::create_dir_all(&in_the_way).unwrap();
    let finalize = || command("acme-finalize", &["--layout", "lego"]);
    let refused = run(finalize(), &ordered.stdout);
    refused.assert_status(1);
    assert_eq!(refused.document()["error"]["type"], "acmepipe:files");
    assert_eq!(ca.count("/finalize"), 0);
    fs::remove_dir(&in_the_way).unwrap();
    run(finalize(), ordered.stdout).success();
    assert!(in_the_way.is_file());
}

#[test]
fn a_certificate_request_that_is_no_file_is_named_without_a_word_on_links() {
    let workshop = Workshop::open();
    let issuer = Issuer::new(&[NAME], 1, VALID);
    let ca = FalseCa::start(&workshop, move |asked| issuer.reply(asked));
    let mut order = workshop.command("acme-order");
    ca.trusted_by(order.args(["-d", NAME]));
    let mut document = run(order, "").success().document();
    let fifo = workshop.dir().join("request");
    let mut mkfifo = workshop.command("mkfifo");
    mkfifo.arg(&fifo);
    run(mkfifo, "").success();
    document["options"] = json!({"csr": fifo});
    let mut finalize = workshop.command("acme-finalize");
    ca.trusted_by(&mut finalize);
    let refused = run(finalize, document.to_string());
    refused.assert_status(1);
    let error = &refused.document()["error"];
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.ends_with("not a regular file"), "{error}");
    assert_eq!(error.get("hint"), None, "{error}");
}

#[test]
fn a_key_that_all_users_can_read_is_used_with_a_warning() {
    let workshop = Workshop::open();
    let mut openssl = workshop.command("openssl");
    openssl.args("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out own.pem".split(' '));
    run(openssl, "").success();
    let key = workshop.dir().join("own.pem");
    for (mode, is_warned_of) in [(0o644, true), (0o640, false)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        for program in ["acme-finalize --key", "acme-account import"] {
            let mut words = program.split(' ');
            let mut command = workshop.command(words.next().unwrap());
            // Nothing is at this port, and nothing needs to be.
            command.env("LEGO_SERVER", "https://127.0.0.1:9/directory");
            command.args(words).arg(&key);
            let ended = run(command, "");
            let says = "own.pem has a private key, and all users can read it (mode 0644)";
            assert_eq!(ended.stderr.contains(says), is_warned_of, "{ended:?}");
        }
    }
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

/// The commands with which acme-finalize(1) opens a key to a group, for this directory and this group.
fn commands_of_the_page(path: &Path, group: u32) -> String {
    let mut displays = displays("acme-finalize.1").into_iter();
    let commands = displays.find(|text| text.contains("chgrp")).unwrap();
    for part in ["/var/lib/acmepipe", "ssl-cert", "NAME"] {
        assert!(commands.contains(part), "{part}: {commands}");
    }
    commands
        .replace("/var/lib/acmepipe", &path.to_string_lossy())
        .replace("ssl-cert", &group.to_string())
        .replace("NAME", NAME)
}

/// Whether a user who is in this group, and not the files' owner, can read the file; root alone can find out.
fn can_read(path: &Path, group: u32) -> bool {
    let mut cat = Command::new("cat");
    let read = cat.arg(path).uid(54_322).gid(group).output().unwrap();
    read.status.success()
}

#[test]
fn a_key_that_is_opened_to_a_group_as_the_page_says_is_open_to_it_after_each_issue() {
    let workshop = Workshop::open();
    fs::set_permissions(workshop.dir(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = workshop.dir().join("data");
    let mut serials = vec![serial(&issue(&workshop, 1, VALID))];
    let link = data.join("certificates").join(NAME);
    let closed = ["", "certificates", "certificates/.versions"].map(|dir| data.join(dir));
    for dir in closed
        .iter()
        .chain([&data.join("certificates/.versions").join(NAME)])
    {
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
    }
    assert_eq!(mode(&link.join("privkey.pem")), 0o600);
    // As a umask of 077 leaves them.
    for (path, mode) in [(link.clone(), 0o700), (link.join("chain.pem"), 0o600)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    let group = other_group().unwrap_or(rustix::process::getegid().as_raw());
    run(workshop.shell(&commands_of_the_page(&data, group)), "").assert_status(0);
    let is_root = rustix::process::geteuid().is_root();
    for round in 0..3 {
        let open = [
            ("", 0o710),
            ("certificates", 0o710),
            ("certificates/.versions", 0o710),
            ("certificates/.versions/NAME", 0o710),
            ("certificates/NAME", 0o710),
            ("certificates/NAME/privkey.pem", 0o640),
            ("certificates/NAME/chain.pem", 0o640),
        ];
        for (path, expected) in open {
            let path = data.join(path.replace("NAME", NAME));
            let found = fs::metadata(&path).unwrap();
            let found = (found.mode() & 0o7777, found.gid());
            assert_eq!(found, (expected, group), "{}: {round}", path.display());
        }
        for dir in ["accounts", "certificates/.pending"] {
            assert_eq!(mode(&data.join(dir)), 0o700, "{dir}");
        }
        for (file, is_open) in [
            ("privkey.pem", true),
            ("cert.pem", true),
            ("chain.pem", true),
            ("fullchain.pem", true),
            ("order.json", false),
        ] {
            let path = link.join(file);
            assert!(
                !is_root || can_read(&path, group) == is_open,
                "{file}: {round}"
            );
            assert!(!is_root || !can_read(&path, 54_323), "{file}: {round}");
        }
        serials.push(serial(&issue(&workshop, 1, VALID)));
    }
    serials.dedup();
    assert_eq!(serials.len(), 4);
}

/// Moves a directory out of the data, and has a link lead to it.
fn move_out(workshop: &Workshop, below: &str) -> PathBuf {
    let (inside, outside) = (
        workshop.dir().join("data").join(below),
        workshop.dir().join(below.replace('/', "-")),
    );
    fs::rename(&inside, &outside).unwrap();
    symlink(&outside, &inside).unwrap();
    outside
}

/// That a link leads to this place was the error. A kernel without Landlock writes there.
fn assert_leads_elsewhere(ended: &Ended, place: &Path) {
    if ended.stderr.contains("no rights are given up") {
        ended.assert_status(0);
        return;
    }
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:files");
    let hint = error["hint"].as_str().unwrap();
    let says = format!("A link leads to {}", place.display());
    assert!(hint.contains(&says), "{hint}");
}

#[test]
fn an_account_behind_a_link_that_leads_elsewhere_is_an_error_with_a_hint() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let order = || {
        let mut command = workshop.command("acme-order");
        ca.trusted_by(command.args(["-v", "-d", NAME]));
        run(command, "")
    };
    order().assert_status(0);
    let accounts = workshop.dir().join("data/accounts");
    let server = fs::read_dir(accounts).unwrap().next().unwrap().unwrap();
    let server = server.file_name().into_string().unwrap();
    // A link that is directly in the directory of --path may lead anywhere.
    let accounts = move_out(&workshop, "accounts");
    order().assert_status(0);
    let outside = workshop.dir().join("outside");
    fs::create_dir(&outside).unwrap();
    for below in [format!("{server}/default"), server] {
        let inside = accounts.join(below);
        fs::remove_dir_all(&inside).unwrap();
        symlink(&outside, &inside).unwrap();
        assert_leads_elsewhere(&order(), &outside);
        fs::remove_file(&inside).unwrap();
    }
}

#[test]
fn versions_behind_a_link_that_leads_elsewhere_are_an_error_before_a_ca_is_asked() {
    for below in [".versions".to_owned(), format!(".versions/{NAME}")] {
        let workshop = Workshop::open();
        let issuer = Issuer::new(&[NAME], 1, VALID);
        let ca = FalseCa::start(&workshop, move |asked| issuer.reply(asked));
        let mut command = workshop.command("acme-order");
        ca.trusted_by(command.args(["-d", NAME]));
        let ordered = run(command, "");
        let finalize = || {
            let mut command = workshop.command("acme-finalize");
            ca.trusted_by(command.arg("-v"));
            run(command, &ordered.stdout)
        };
        fs::create_dir_all(certificates(&workshop).join(&below)).unwrap();
        let outside = move_out(&workshop, &format!("certificates/{below}"));
        let ended = finalize();
        assert_leads_elsewhere(&ended, &outside);
        assert!(ended.status == 0 || ca.count("/finalize") == 0, "{ended:?}");
    }
}

#[test]
fn a_certificate_tells_how_it_was_ordered() {
    let workshop = Workshop::open();
    let order = ["-d", NAME, "-d", "b.example.test", "-m", "me@example.test"];
    let ended = issue_with(&workshop, &order, 1, VALID);
    let document = ended.document();
    let path = certificates(&workshop).join(NAME).join("order.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let installed = record["installed"].take();
    let installed = installed.as_str().unwrap();
    assert!(installed.len() == "2026-01-02T00:00:00Z".len() && installed.ends_with('Z'));
    assert_eq!(
        record,
        json!({
            "version": 1,
            "installed": null,
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

/// An order for this name, and how acme-finalize ends that gets its document after `change`, with these options.
fn finalize_changed(
    workshop: &Workshop,
    name: &'static str,
    change: impl Fn(&mut Value),
    options: &[&str],
) -> Ended {
    let issuer = Issuer::new(&[name], 1, VALID);
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", name]));
    let mut document = run(command, "").assert_status(0).document();
    change(&mut document);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(command.args(options));
    let ended = run(command, document.to_string());
    assert!(ended.status == 0 || ca.count("/finalize") == 0, "{ended:?}");
    ended
}

#[test]
fn a_document_has_no_other_file_sign_than_the_key_of_an_account() {
    let workshop = Workshop::open();
    let elsewhere = workshop.dir().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let key = elsewhere.join("account.key");
    let move_key = |document: &mut Value| {
        fs::rename(document["account"]["key"].as_str().unwrap(), &key).unwrap();
        document["account"]["key"] = json!(key);
    };
    let refused = finalize_changed(&workshop, NAME, move_key, &[]);
    let error = &refused.assert_status(1).document()["error"];
    assert_eq!(error["type"], "acmepipe:document");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("--accounts"), "{hint}");
    let options = ["--accounts", elsewhere.to_str().unwrap()];
    finalize_changed(&workshop, NAME, move_key, &options).assert_status(0);
    // Certificates may go elsewhere than accounts, as long as the environment says where these are.
    let options = ["--path", elsewhere.to_str().unwrap()];
    finalize_changed(&workshop, NAME, |_| {}, &options).assert_status(0);
}

#[test]
fn a_document_replaces_no_certificate_for_other_names() {
    let workshop = Workshop::open();
    let rename = |document: &mut Value| document["name"] = json!(NAME);
    let first = serial(&finalize_changed(&workshop, NAME, |_| {}, &[]));
    let second = "c.example.test";
    let refused = finalize_changed(&workshop, second, rename, &[]);
    let error = &refused.assert_status(1).document()["error"];
    assert_eq!(error["type"], "acmepipe:document");
    assert!(error["hint"].as_str().unwrap().contains("--replace"));
    // Under a name that is free it may be, and take the place of what has a name in common.
    let free = |document: &mut Value| document["name"] = json!("free");
    for _ in 0..2 {
        finalize_changed(&workshop, second, free, &[]).assert_status(0);
    }
    let replaced = finalize_changed(&workshop, second, rename, &["--replace"]);
    assert_ne!(serial(&replaced), first);
}
