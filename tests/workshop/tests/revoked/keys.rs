//! The key of a certificate that was revoked ends with it, whoever asks for it again.

use std::fs;

use super::shop::{NAME, Shop};

impl Shop {
    fn key(&self) -> String {
        fs::read_to_string(self.store(NAME).join("privkey.pem")).unwrap()
    }
}

#[test]
fn a_key_is_used_again_until_a_certificate_for_it_was_revoked() {
    let shop = Shop::open();
    let reuse = || shop.issue_with(&["--reuse-key"]);
    reuse();
    let first = shop.key();
    reuse();
    assert_eq!(shop.key(), first);
    let revoked = shop.revoke(&["--keep", "--reason", "keyCompromise", NAME]);
    revoked.success();
    reuse();
    let second = shop.key();
    assert_ne!(second, first);

    // One of before with the same key.
    let copy = shop.workshop.dir().join("copy.pem");
    fs::copy(shop.store(NAME).join("cert.pem"), &copy).unwrap();
    reuse();
    assert_eq!(shop.key(), second);
    let key = format!("--key={}", shop.store(NAME).join("privkey.pem").display());
    shop.revoke(&[&key, copy.to_str().unwrap()]).success();
    reuse();
    assert_ne!(shop.key(), second);
}
