//! What comes after a revocation: the certificate is due, shown as what it is, and never put back; and it is said what still
//! uses it.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

mod keys;
mod places;
mod records;
mod shop;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use shop::{CONFIGURED, NAME, Shop};
use workshop::Reply;

#[test]
fn one_that_is_kept_is_due_at_once_and_shown_as_revoked_until_another_is_in_its_place() {
    let shop = Shop::open();
    let first = shop.issue();
    assert!(shop.check().contains(" not due: "));
    let kept = shop.revoke(&["--keep", "--reason", "superseded", NAME]);
    let said = &kept.success().stderr;
    let next = "it is due now: the next run of acme-renew orders another one";
    assert!(said.contains(next), "{said}");

    let checked = shop.check();
    let due = "a.example.test: due: it was revoked on 2";
    assert!(checked.starts_with(due), "{checked}");
    assert!(checked.ends_with(" as superseded\n"), "{checked}");
    let table = shop.list(&[]).success().stdout;
    let line = table.lines().nth(1).unwrap();
    assert!(line.contains(" now "), "{table}");
    assert!(line.contains(" revoked  it was revoked on 2"), "{table}");
    let one = shop.list(&["--json"]).success().document();
    assert_eq!(one["health"]["state"], "revoked");
    assert_eq!(one["revocation"]["reason"], "superseded");
    assert_eq!(one["due"]["due"], true);
    assert_eq!(one["due"]["at"], one["revocation"]["at"]);
    let metrics = shop.list(&["--format", "prometheus"]).success().stdout;
    for part in [
        "acmepipe_certificate_healthy{name=\"a.example.test\"} 0\n",
        "acmepipe_certificate_revoked_timestamp_seconds{name=\"a.example.test\"} ",
    ] {
        assert!(metrics.contains(part), "{part}\n{metrics}");
    }

    let request = shop.run("acme-due", &["--no-sleep"], "").success();
    let reason = request.document()["due"]["reason"].clone();
    assert!(reason.as_str().unwrap().starts_with("it was revoked on "));
    let waits = shop.list(&["--json"]).success().document();
    assert_eq!(waits["due"]["waits"], true, "{waits}");
    assert_eq!(waits["due"]["since"], one["revocation"]["at"]);

    let second = shop.issue();
    assert!(shop.check().contains(" not due: "));
    let one = shop.list(&["--json"]).success().document();
    assert_eq!(one["health"], json!({"state": "good"}));
    assert_eq!(one["revocation"], Value::Null);
    shop.assert_refuses(&first, "it was revoked on 2");
    let versions = shop.list(&["--archives", "--json"]).success().documents();
    for version in versions {
        let is_first = version["version"] == json!(first);
        assert_eq!(version["revocation"]["serial"].is_string(), is_first);
    }
    let table = shop.list(&["--archives"]).success().stdout;
    assert_eq!(table.matches("it was revoked on 2").count(), 1, "{table}");
    // Of several, each is known.
    shop.revoke(&["--keep", NAME]).success();
    shop.issue();
    for version in [&first, &second] {
        shop.assert_refuses(version, "it was revoked on 2");
    }
}

#[test]
fn one_of_which_an_earlier_release_kept_no_serial_number_is_due_as_well() {
    let shop = Shop::open();
    shop.issue();
    shop.run("acme-due", &["--no-sleep"], "").success();
    let state = shop.store(".state").join(NAME).join("renewal.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    let metadata = kept["metadata"].as_object_mut().unwrap();
    metadata.remove("serial").unwrap();
    fs::write(&state, kept.to_string()).unwrap();
    assert!(shop.check().contains(" not due: "));
    shop.revoke(&["--keep", NAME]).success();
    assert!(shop.check().contains(" due: it was revoked on 2"));
}

#[test]
fn one_that_cannot_be_moved_aside_is_due_all_the_same() {
    let shop = Shop::open();
    shop.issue();
    fs::write(shop.store(".archive"), "").unwrap();
    let revoked = shop.revoke(&[NAME]);
    revoked.assert_status(1);
    let said = "it is revoked, and still installed";
    assert!(revoked.stderr.contains(said), "{}", revoked.stderr);
    assert!(shop.check().contains(" due: it was revoked on 2"));
}

#[test]
fn one_that_was_revoked_before_or_by_its_file_is_due_as_well() {
    let again: fn(usize) -> Option<Reply> =
        |before| (before > 0).then(|| Reply::problem(400, "alreadyRevoked", "it is"));
    let shop = Shop::whose_ca(again);
    shop.issue();
    let copy = shop.workshop.dir().join("copy.pem");
    fs::copy(shop.store(NAME).join("cert.pem"), &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let key = format!("--key={}", shop.store(NAME).join("privkey.pem").display());
    let revoked = shop.revoke(&["--reason", "keyCompromise", &key, copy]);
    let said = "a.example.test: it is due now";
    assert!(revoked.success().stderr.contains(said));
    let checked = shop.check();
    assert!(checked.contains(" due: it was revoked on 2"), "{checked}");
    assert!(checked.ends_with(" as keyCompromise\n"), "{checked}");
    // What another host did is known from the CA, and not when that was.
    fs::remove_dir_all(shop.store(".state")).unwrap();
    shop.revoke(&["--keep", "--reason", "superseded", NAME])
        .success();
    assert!(shop.check().ends_with(" due: it was revoked\n"));
}

#[test]
fn what_was_moved_aside_since_it_was_revoked_is_not_put_back_and_what_was_kept_beside_it_is() {
    for is_of_earlier_release in [false, true] {
        let shop = Shop::open();
        let first = shop.issue();
        let second = shop.issue();
        shop.revoke(&["--reason", "1", NAME]).success();
        let archive = fs::read_dir(shop.store(".archive").join(NAME)).unwrap();
        let place = archive.into_iter().next().unwrap().unwrap().path();
        if is_of_earlier_release {
            fs::remove_dir_all(place.join("state")).unwrap();
        }
        shop.assert_refuses(&second, "as keyCompromise");
        shop.list(&["--restore", &first]).success();
        assert_eq!(shop.in_use(), Some(first));
        assert!(shop.check().contains(" not due: "));
        shop.assert_refuses(&second, "as keyCompromise");
    }
}

#[test]
fn the_copies_that_still_have_it_are_named_and_the_file_that_has_it_ordered_anew() {
    let shop = Shop::open();
    shop.issue();
    let dir = shop.workshop.dir().join("tls");
    fs::create_dir(&dir).unwrap();
    let copies = dir.join(NAME);
    let deploy = |shop: &Shop| {
        let install = format!("--install={}", dir.display());
        shop.run("acme-deploy", &[&install, NAME], "").success();
    };
    deploy(&shop);
    let (file, option) = shop.configuration(CONFIGURED);
    let said = shop.revoke(&[&option, NAME]).success().stderr;
    let last = said.lines().last().unwrap();
    let expected = format!(
        "acme-revoke: {NAME}: servers that read its copy in {} still use it; the next run of acme-renew orders it anew, since \
         {} has it on line 2",
        copies.display(),
        file.display()
    );
    assert_eq!(last, expected);
    assert_eq!(shop.in_use(), None);

    // A copy of another version is none of the revoked one.
    shop.issue();
    deploy(&shop);
    shop.issue();
    let said = shop.revoke(&[NAME]).success().stderr;
    let last = said.lines().last().unwrap();
    assert!(last.contains("moved aside"), "{said}");
    assert!(Path::new(&copies).exists());
}

#[test]
fn a_file_with_mistakes_is_named_before_anything_is_revoked() {
    let shop = Shop::open();
    shop.issue();
    let (file, option) = shop.configuration("emial = \"x\"\n");
    let refused = shop.revoke(&[&option, NAME]);
    refused.assert_status(2);
    let said = format!("{}: line 1: there is no key `emial`", file.display());
    assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    assert_eq!(shop.ca.count("/revoke"), 0);
}

#[test]
fn a_file_about_another_directory_says_nothing_of_this_one() {
    let shop = Shop::open();
    shop.issue();
    let path = format!("--path={}", shop.workshop.dir().join("data").display());
    let (file, option) = shop.configuration(&format!("path = \"elsewhere\"\n{CONFIGURED}"));
    let said = shop.revoke(&[&path, &option, "--keep", NAME]).success();
    let said = said.stderr;
    let due = "it is due now: the next run of acme-renew orders another one\n";
    assert!(said.ends_with(due), "{said}");
    assert!(!said.contains(file.to_str().unwrap()), "{said}");
}

#[test]
fn one_that_is_deployed_all_the_same_is_told_of() {
    let shop = Shop::open();
    shop.issue();
    shop.revoke(&["--keep", "--reason=superseded", NAME])
        .success();
    let deploy = |arguments: &[&str]| shop.run("acme-deploy", arguments, "").success().stderr;
    let said = deploy(&["--all", "--deploy-hook=/bin/true"]);
    let line = format!("acme-deploy: {NAME}: it was revoked on ");
    assert!(said.starts_with(&line), "{said}");
    let rest = " as superseded, and is deployed all the same\n";
    assert!(said.ends_with(rest) && said.lines().count() == 1, "{said}");
    // Nothing is deployed, so nothing is said.
    assert_eq!(deploy(&["--all", "--deploy-hook=/bin/true"]), "");
}

#[test]
fn the_store_and_the_account_are_those_of_the_file() {
    let shop = Shop::open();
    shop.issue();
    let elsewhere = shop.workshop.dir().join("elsewhere");
    fs::rename(shop.workshop.dir().join("data"), &elsewhere).unwrap();
    let record = elsewhere.join("certificates").join(NAME).join("order.json");
    let moved = fs::read_to_string(&record).unwrap();
    let data = shop.workshop.dir().join("data");
    let moved = moved.replace(data.to_str().unwrap(), elsewhere.to_str().unwrap());
    fs::write(&record, moved).unwrap();
    let text = format!("path = \"elsewhere\"\n{CONFIGURED}");
    let (file, option) = shop.configuration(&text);
    let said = shop.revoke(&[&option, NAME]).success().stderr;
    let since = format!("since {} has it on line 3\n", file.display());
    assert!(said.ends_with(&since), "{said}");
    assert_eq!(shop.ca.count("/revoke"), 1);
}

#[test]
fn a_version_that_is_put_back_is_deployed_by_the_command_that_is_named() {
    let shop = Shop::open();
    let first = shop.issue();
    shop.issue();
    let dir = shop.workshop.dir().join("tls");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let text = format!("install = \"{}\"\n{CONFIGURED}", dir.display());
    let (file, option) = shop.configuration(&text);
    shop.run("acme-deploy", &["--all", &option], "").success();
    let same = |shop: &Shop| {
        let read = |path: &Path| fs::read(path.join("cert.pem")).unwrap();
        read(&shop.store(NAME)) == read(&dir.join(NAME))
    };
    assert!(same(&shop));
    let restored = shop.list(&[&option, "--restore", &first]).success().stderr;
    assert!(!same(&shop));
    let path = shop.workshop.dir().join("data");
    let line = format!(
        "acme-deploy --all --config {} --path {}",
        file.display(),
        path.display()
    );
    let note = format!("the next run of acme-renew deploys it, or `{line}` at once");
    assert!(restored.contains(&note), "{restored}");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    shop.run("acme-deploy", &words, "").success();
    assert!(same(&shop));

    // So does a run of acme-renew.
    let second = shop.list(&["--archives", "--json"]).success().documents();
    let second = second.iter().find(|one| one["in_use"] == false).unwrap();
    let second = second["version"].as_str().unwrap();
    shop.list(&[&option, "--restore", second]).success();
    assert!(!same(&shop));
    let renew = ["-x", "/bin/true", "--no-ari", "--no-sleep", &option];
    shop.run("acme-renew", &renew, "").success();
    assert!(same(&shop));

    // Nothing deploys what the file does not have.
    let (_, option) = shop.configuration("[[certificate]]\ndomains = [\"other.test\"]\n");
    let restored = shop.list(&[&option, "--restore", &first]).success().stderr;
    let note = "does not have it, so nothing deploys it";
    assert!(restored.contains(note), "{restored}");
    let restored = shop.list(&["--restore", second]).success().stderr;
    let note = "or `acme-deploy --all` at once, with the --deploy-hook, --install or --config that";
    assert!(restored.contains(note), "{restored}");
}
