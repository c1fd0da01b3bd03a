//! The key that an account signs with: ECDSA P-256, ES256 (RFC 8555 §6.2).

use crate::{Error, Result, pem};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::path::Path;

/// No key in PEM is longer than this.
const MAX_FILE: u64 = 64 * 1024;

/// An account's private key. It never leaves this type but as PEM, for its file.
pub struct AccountKey {
    pair: EcdsaKeyPair,
    rng: SystemRandom,
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountKey")
    }
}

impl AccountKey {
    /// A new key, as the PEM text of its file (PKCS#8).
    ///
    /// # Errors
    /// `acmepipe:account:key` if the system gives no randomness.
    pub fn generate_pem() -> Result<String> {
        let der =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| Error::new("account:key", "the system gave no randomness"))?;
        Ok(pem::encode("PRIVATE KEY", der.as_ref()))
    }

    /// Reads a key from its file, which is PEM with a P-256 key in PKCS#8.
    ///
    /// # Errors
    /// `acmepipe:account:key` if it cannot be read, is no regular file, or holds no such key.
    pub fn read(path: &Path) -> Result<AccountKey> {
        let text = files::read_bounded(path, MAX_FILE).map_err(|error| {
            Error::new(
                "account:key",
                format!("cannot read the account's key {}: {error}", path.display()),
            )
        })?;
        AccountKey::from_pem(&text).ok_or_else(|| {
            Error::new(
                "account:key",
                format!(
                    "{} does not hold an ECDSA P-256 key in PKCS#8 PEM",
                    path.display()
                ),
            )
            .with_hint("`openssl pkcs8 -topk8 -nocrypt` converts other PEM forms of a P-256 key")
        })
    }

    fn from_pem(text: &[u8]) -> Option<AccountKey> {
        let der = pem::private_key(text)?;
        let rng = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &rng).ok()?;
        Some(AccountKey { pair, rng })
    }

    /// The public key as JWK, its members in the order that a thumbprint wants (RFC 7638 §3.2).
    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    }

    /// The JWK's thumbprint (RFC 7638), base64url.
    pub fn thumbprint(&self) -> String {
        let (x, y) = self.coordinates();
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        base64url(digest(&SHA256, jwk.as_bytes()))
    }

    /// What proves that the holder of this key accepts the challenge (RFC 8555 §8.1).
    pub fn key_authorization(&self, token: &str) -> String {
        format!("{token}.{}", self.thumbprint())
    }

    /// An ES256 signature, base64url.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String> {
        self.pair
            .sign(&self.rng, message)
            .map(base64url)
            .map_err(|_| Error::new("account:key", "the system gave no randomness to sign with"))
    }

    fn coordinates(&self) -> (String, String) {
        // An uncompressed point (SEC 1 §2.3.3): 0x04, then both coordinates, 32 bytes each.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        (base64url(x), base64url(y))
    }
}

/// The value of dns-01's TXT record (RFC 8555 §8.4).
pub fn dns01_value(key_authorization: &str) -> String {
    base64url(digest(&SHA256, key_authorization.as_bytes()))
}

/// base64url without padding, as everything in JOSE is.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_generated_can_be_read_and_signs() {
        let pem = AccountKey::generate_pem().expect("randomness");
        let key = AccountKey::from_pem(pem.as_bytes()).expect("our own PEM");
        assert_eq!(key.thumbprint().len(), 43);
        assert_eq!(key.sign(b"message").expect("randomness").len(), 86);
        assert!(key.key_authorization("token").starts_with("token."));
    }

    #[test]
    fn the_txt_value_is_the_digest_of_the_key_authorization() {
        // RFC 4231 has no such vector; this one is `printf abc | sha256sum`, as base64url.
        assert_eq!(
            dns01_value("abc"),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(AccountKey::from_pem(b"").is_none());
        assert!(AccountKey::from_pem(pem::encode("PRIVATE KEY", b"nonsense").as_bytes()).is_none());
    }
}
