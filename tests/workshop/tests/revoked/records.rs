//! What is kept of revocations, where it cannot be kept or read.

use super::shop::{NAME, Shop};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

impl Shop {
    fn record(&self) -> PathBuf {
        self.store(".state").join(NAME).join("revocation.json")
    }
}

#[test]
fn one_that_cannot_be_kept_fails_and_nothing_is_promised() {
    let shop = Shop::open();
    shop.issue();
    fs::create_dir_all(shop.record()).unwrap();
    let revoked = shop.revoke(&["--keep", NAME]);
    revoked.assert_status(1);
    let said = &revoked.stderr;
    assert!(said.contains("cannot keep that it is revoked"), "{said}");
    assert!(!said.contains("due now"), "{said}");
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_not_overwritten_without_a_word() {
    let damage: fn(&Shop) = |shop| fs::write(shop.record(), "{").unwrap();
    let open: fn(&Shop) = |shop| {
        fs::set_permissions(shop.record(), Permissions::from_mode(0o666)).unwrap();
    };
    for fault in [damage, open] {
        let shop = Shop::open();
        shop.issue();
        shop.revoke(&["--keep", NAME]).success();
        fault(&shop);
        let file = shop.record().display().to_string();
        for said in [
            shop.list(&[]).stderr,
            shop.list(&["--archives"]).stderr,
            shop.run("acme-due", &["--check"], "").stderr,
            shop.revoke(&["--keep", NAME]).success().stderr,
        ] {
            let lines = said.lines().filter(|line| line.contains(&file));
            assert_eq!(lines.count(), 1, "{said}");
        }
        // It is written anew.
        let said = shop.list(&[]).success().stderr;
        assert!(!said.contains(&file), "{said}");
        assert!(shop.check().contains(" due: it was revoked on 2"));
    }
}
