//! The folders of other clients, made by hand: what is taken, what cannot be, and why; and that nothing in them is run.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use workshop::{Ended, Workshop, run, wait_for};

mod configuration;
mod folders;
mod refused;

use folders::{Folder, below, pair};

/// The CA of what does not say it.
const SERVER: &str = "--server=https://ca.test/directory";

/// Runs `acme-import` with these words.
fn import(workshop: &Workshop, words: &[&str]) -> Ended {
    let mut command = workshop.command("acme-import");
    command.args(words).env("HOME", workshop.dir());
    run(command, "")
}

/// What became of each certificate, by its name: its status, or the type of its error.
fn outcomes(ended: &Ended) -> BTreeMap<String, String> {
    let documents = ended.documents().into_iter();
    let outcomes = documents.map(|one| {
        let status = one["imported"]["status"].as_str();
        let outcome = one["error"]["type"].as_str().or(status).unwrap_or_default();
        (one["name"].as_str().unwrap().to_owned(), outcome.to_owned())
    });
    outcomes.collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// What acme-list says of the only certificate.
fn listed(workshop: &Workshop) -> Value {
    let mut command = workshop.command("acme-list");
    command.arg("--json");
    run(command, "").success().document()
}

#[test]
fn a_certificate_is_kept_as_if_it_had_been_ordered_here() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["*.a.test", "a.test"], 1));
    let there = below(&folder.path);
    let taken = import(&workshop, &[SERVER, ".lego"]).success();
    let document = taken.document();
    assert_eq!(document["directory"], "https://ca.test/directory");
    assert_eq!(
        document["account"]["url"],
        "https://ca.test/account/me@x.test"
    );
    assert_eq!(document["options"]["email"], "me@x.test");
    assert_eq!(document["options"]["key-type"], "EC256");
    // The name that lego notes comes first.
    let names = &document["order"]["identifiers"];
    assert_eq!(
        (&names[0]["value"], &names[1]["value"]),
        (&"a.test".into(), &"*.a.test".into())
    );
    for key in [&document["account"]["key"], &document["certificate"]["key"]] {
        assert_eq!(mode(Path::new(key.as_str().unwrap())), 0o600, "{key}");
    }
    let listed = listed(&workshop);
    assert_eq!(listed["health"]["state"], "good");
    assert_eq!(listed["account"], document["account"]);
    assert_eq!(below(&folder.path), there);
    // What follows in a pipeline takes it.
    let recorder = workshop.recorder("");
    let mut deploy = workshop.command("acme-deploy");
    deploy.arg("--deploy-hook").arg(&recorder.script);
    run(deploy, &taken.stdout).success();
    assert_eq!(recorder.arguments().len(), 1);
}

#[test]
fn the_newer_certificate_counts_and_what_was_moved_aside_stays_there() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    let [first, second, third] = [20, 10, 5].map(|days| pair(&["a.test"], days));
    let status = |pair: &folders::Pair| {
        folder.lego_certificate("a.test", pair);
        let ended = import(&workshop, &[SERVER, ".lego"]).success();
        outcomes(&ended)["a.test"].clone()
    };
    assert_eq!(status(&second), "taken");
    assert_eq!(status(&second), "same");
    let version = listed(&workshop)["version"].clone();
    assert_eq!(status(&first), "older");
    assert_eq!(listed(&workshop)["version"], version);
    assert_eq!(status(&third), "taken");
    assert_ne!(listed(&workshop)["version"], version);
    // Another version was put back by a person, and that is not undone.
    let mut restore = workshop.command("acme-list");
    restore.args(["--restore", version.as_str().unwrap(), "a.test"]);
    run(restore, "").success();
    assert_eq!(status(&third), "same");
    assert_eq!(listed(&workshop)["version"], version);
}

#[test]
fn what_has_changed_here_since_is_no_reason_to_refuse_the_old() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let taken = import(&workshop, &[SERVER, ".lego"]).success().document();
    // It was renewed here, and that there has expired; and the account has another key.
    folder.lego_certificate("a.test", &pair(&["a.test"], 100));
    let key = taken["account"]["key"].as_str().unwrap();
    fs::write(key, pair(&["x.test"], 1).key).unwrap();
    let ended = import(&workshop, &[SERVER, ".lego"]).success();
    assert_eq!(outcomes(&ended)["a.test"], "older");
    assert_eq!(ended.document()["account"], taken["account"]);
}

#[test]
fn names_are_written_as_the_store_has_them() {
    let workshop = Workshop::open();
    let conf = "Le_Webroot='dns_cf'\n";
    let folder = Folder::acme_sh(&workshop, "");
    let (one, two, wild) = (
        pair(&["a.test"], 1),
        pair(&["a.test"], 1),
        pair(&["*.b.test"], 1),
    );
    folder.acme_sh_certificate("a.test", "a.test", &one, conf);
    folder.acme_sh_certificate("a.test_ecc", "a.test", &two, conf);
    folder.acme_sh_certificate("*.b.test_ecc", "*.b.test", &wild, conf);
    let ended = import(&workshop, &[".acme.sh"]).success();
    let names: Vec<String> = outcomes(&ended).into_keys().collect();
    assert_eq!(names, ["_.b.test", "a.test", "a.test.ec256"]);
}

#[test]
fn without_a_folder_it_only_looks() {
    let workshop = Workshop::open();
    let nothing = import(&workshop, &[]).success();
    assert_eq!(nothing.stdout, "");
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    for words in [
        &[SERVER, "--output=a b"][..],
        &[SERVER, "--output=a b", "-n", ".lego"],
    ] {
        let ended = import(&workshop, words).success();
        assert_eq!(outcomes(&ended)["a.test"], "found");
        assert!(
            ended.stderr.contains("nothing was written"),
            "{}",
            ended.stderr
        );
        // What it suggests is what was asked for, with the folder once.
        let folder = folder.path.canonicalize().unwrap();
        let says = format!(" {}` takes what is there", folder.display());
        let begins = "`acme-import --server https://ca.test/directory --output 'a b' --path ";
        assert!(ended.stderr.contains(begins), "{}", ended.stderr);
        assert_eq!(
            ended.stderr.matches(&folder.display().to_string()).count(),
            1
        );
        assert!(ended.stderr.contains(&says), "{}", ended.stderr);
        assert!(!workshop.dir().join("data").exists(), "{words:?}");
    }
}

#[test]
fn a_person_at_a_terminal_reads_what_became_of_each() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    folder.lego_certificate("b.test", &pair(&["b.test"], 100));
    let script = workshop.script("none.sh", "");
    let terminal = workshop.in_terminal(&script, &format!("acme-import {SERVER} -n .lego"));
    terminal.wait_for("a.test: would be taken");
    terminal.wait_for("b.test: cannot be taken");
    terminal.wait_for("has expired");
    terminal.finish();
}

#[test]
fn links_that_stay_in_the_folder_are_followed_and_others_are_not() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    let good = pair(&["a.test"], 1);
    folder.lego_certificate("a.test", &good);
    folder.lego_certificate("b.test", &pair(&["b.test"], 1));
    fs::create_dir(folder.path.join("keys")).unwrap();
    for (name, place) in [
        ("a.test", folder.path.join("keys/key")),
        ("b.test", workshop.dir().join("key")),
    ] {
        let key = folder.path.join(format!("certificates/{name}.key"));
        fs::rename(&key, &place).unwrap();
        symlink(place, key).unwrap();
    }
    let ended = import(&workshop, &[SERVER, ".lego"]);
    ended.assert_status(1);
    let outcomes = outcomes(&ended);
    assert_eq!(
        (&*outcomes["a.test"], &*outcomes["b.test"]),
        ("taken", "acmepipe:import")
    );
    assert!(
        ended.stderr.contains("leads out of the folder"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_a_run_was_ended_over_is_done_by_the_next() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let taken = import(&workshop, &[SERVER, ".lego"]).success().document();
    // It ended before the certificate was put in use, and the account's URL was noted.
    let data = workshop.dir().join("data");
    let account = Path::new(taken["account"]["key"].as_str().unwrap()).with_extension("json");
    for file in [
        &data.join("certificates/a.test"),
        &account,
        &data.join("acmepipe.toml"),
    ] {
        fs::remove_file(file).unwrap();
    }
    let ended = import(&workshop, &[SERVER, ".lego"]).success();
    assert_eq!(outcomes(&ended)["a.test"], "taken");
    assert_eq!(listed(&workshop)["health"]["state"], "good");
    let noted: Value = serde_json::from_slice(&fs::read(account).unwrap()).unwrap();
    assert_eq!(noted["url"], "https://ca.test/account/me@x.test");
    let text = fs::read_to_string(data.join("acmepipe.toml")).unwrap();
    assert!(text.contains("domains = [\"a.test\"]"), "{text}");
}

#[test]
fn a_run_waits_for_one_that_keeps_something_below_the_same_directory() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let data = workshop.dir().join("data");
    fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    let other = fs::File::create(data.join("import.lock")).unwrap();
    fs::set_permissions(data.join("import.lock"), fs::Permissions::from_mode(0o600)).unwrap();
    rustix::fs::flock(&other, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let said = workshop.dir().join("said");
    let mut command = workshop.command("acme-import");
    command.args([SERVER, ".lego"]).stdout(Stdio::null());
    let mut waiting = command
        .stderr(fs::File::create(&said).unwrap())
        .spawn()
        .unwrap();
    wait_for("it says that it waits", || {
        fs::read_to_string(&said).is_ok_and(|said| said.contains("waiting for another run"))
    });
    assert!(!data.join("accounts").exists());
    drop(other);
    assert!(waiting.wait().unwrap().success());
    assert_eq!(listed(&workshop)["health"]["state"], "good");
}
