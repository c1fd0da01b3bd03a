//! A certificate that is revoked is known as that wherever the store has it.

use super::shop::{NAME, Shop};
use std::fs;
use std::path::{Path, PathBuf};
use workshop::Reply;

const OTHER: &str = "b.example.test";

impl Shop {
    /// A copy of a file of the certificate, outside of the store.
    fn copy(&self, file: &str) -> PathBuf {
        let copy = self.workshop.dir().join(file);
        fs::copy(self.store(NAME).join(file), &copy).unwrap();
        copy
    }

    /// Revokes the certificate of these copies.
    fn revoke_file(&self, file: &Path, key: &Path, reason: &str) -> String {
        let key = format!("--key={}", key.display());
        let revoked = self.revoke(&["--reason", reason, &key, file.to_str().unwrap()]);
        revoked.success().stderr
    }

    /// Puts the certificate in use under another name too.
    fn install_again(&self) {
        let version = self.in_use().unwrap();
        let to = self.store(".versions").join(OTHER).join(&version);
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(self.store(NAME)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        let target = Path::new(".versions").join(OTHER).join(version);
        std::os::unix::fs::symlink(target, self.store(OTHER)).unwrap();
    }

    fn due(&self, name: &str) -> String {
        let checked = self.run("acme-due", &["--check", name], "");
        checked.success().stdout
    }
}

#[test]
fn one_that_was_moved_aside_with_a_later_one_is_not_put_back() {
    let shop = Shop::open();
    let first = shop.issue();
    let (file, key) = (shop.copy("fullchain.pem"), shop.copy("privkey.pem"));
    shop.issue();
    shop.revoke(&[NAME]).success();
    shop.revoke_file(&file, &key, "superseded");
    shop.assert_refuses(&first, " as superseded");
    let kept = shop.list(&["--archives", "--json"]).success().documents();
    let of_first = kept.iter().find(|one| one["version"] == *first).unwrap();
    assert_eq!(of_first["revocation"]["reason"], "superseded");
}

#[test]
fn one_of_which_fullchain_is_damaged_is_known_by_its_own_file() {
    let shop = Shop::open();
    shop.issue();
    let (file, key) = (shop.copy("cert.pem"), shop.copy("privkey.pem"));
    fs::write(shop.store(NAME).join("fullchain.pem"), "no").unwrap();
    shop.revoke_file(&file, &key, "superseded");
    let listed = shop.list(&["--json"]);
    let one = listed.document();
    assert_eq!(one["health"]["state"], "damaged");
    assert_eq!(one["revocation"]["reason"], "superseded");
    let metrics = shop.list(&["--format", "prometheus"]).stdout;
    let metric = "acmepipe_certificate_revoked_timestamp_seconds{name=\"a.example.test\"} ";
    assert!(metrics.contains(metric), "{metrics}");
}

#[test]
fn one_that_is_kept_under_two_names_is_revoked_under_both_and_moved_aside_where_it_was_named() {
    let again: fn(usize) -> Option<Reply> =
        |before| (before > 0).then(|| Reply::problem(400, "alreadyRevoked", "it is"));
    let shop = Shop::whose_ca(again);
    shop.issue();
    shop.install_again();
    let said = shop.revoke(&["--reason", "superseded", NAME]);
    let said = said.success().stderr;
    let stays = "b.example.test: the same certificate stays here; it is due now";
    assert!(said.contains(stays), "{said}");
    assert_eq!(shop.in_use(), None);
    let due = shop.due(OTHER);
    assert!(due.contains(" due: it was revoked on 2"), "{due}");
    assert!(due.ends_with(" as superseded\n"), "{due}");
}

#[test]
fn what_is_known_under_one_name_is_known_under_the_other() {
    let again: fn(usize) -> Option<Reply> =
        |before| (before > 0).then(|| Reply::problem(400, "alreadyRevoked", "it is"));
    let shop = Shop::whose_ca(again);
    shop.issue();
    shop.revoke(&["--keep", "--reason", "superseded", NAME])
        .success();
    shop.install_again();
    shop.revoke(&["--keep", OTHER]).success();
    let due = shop.due(OTHER);
    assert!(due.contains(" due: it was revoked on 2"), "{due}");
    assert!(due.ends_with(" as superseded\n"), "{due}");
}

#[test]
fn one_that_is_revoked_soon_after_its_renewal_is_ordered_at_once() {
    let shop = Shop::open();
    shop.issue();
    for _ in 0..2 {
        let kept = shop.revoke(&["--keep", NAME]).success().stderr;
        assert!(kept.contains("it is due now"), "{kept}");
        let requested = shop.run("acme-due", &["--no-sleep"], "").success();
        assert_eq!(requested.documents().len(), 1, "{}", requested.stderr);
        shop.issue();
    }
    // A try to replace it that led to nothing counts.
    shop.revoke(&["--keep", NAME]).success();
    shop.run("acme-due", &["--no-sleep"], "").success();
    let kept = shop.revoke(&["--keep", NAME]).success().stderr;
    let waits = "it is due, and waits until 2";
    assert!(kept.contains(waits), "{kept}");
}

#[test]
fn the_copy_of_an_older_version_is_named_where_a_newer_one_could_not_be_deployed() {
    let shop = Shop::open();
    shop.issue();
    let (file, key) = (shop.copy("fullchain.pem"), shop.copy("privkey.pem"));
    let dir = shop.workshop.dir().join("tls");
    fs::create_dir(&dir).unwrap();
    let install = format!("--install={}", dir.display());
    shop.run("acme-deploy", &[&install, NAME], "").success();
    shop.issue();
    let elsewhere = shop.workshop.dir().join("elsewhere");
    fs::rename(&dir, &elsewhere).unwrap();
    fs::write(&dir, "").unwrap();
    let failed = shop.run("acme-deploy", &[&install, NAME], "");
    assert!(failed.status != 0);
    fs::remove_file(&dir).unwrap();
    fs::rename(&elsewhere, &dir).unwrap();
    let said = shop.revoke_file(&file, &key, "superseded");
    let copy = format!(
        "servers that read its copy in {} still use it",
        dir.join(NAME).display()
    );
    assert!(said.contains(&copy), "{said}");
}
