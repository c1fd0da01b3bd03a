//! A revocation that the certificate's own key signs (RFC 8555 §7.6), for use where there is no account.

use crate::objects::{Jws, Revocation};
use crate::signing::jws::{Header, KeyId, sign};
use keys::SigningKey;

impl Revocation {
    /// Signs it with the certificate's key, as the request to this URL.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign_with_certificate_key(
        &self,
        key: &dyn SigningKey,
        nonce: &str,
        url: &str,
    ) -> Result<Jws, keys::Error> {
        let header = Header {
            key: KeyId::Jwk(key.jwk()),
            nonce: Some(nonce),
            url,
        };
        // A string and a number, which JSON can always express.
        let payload = serde_json::to_string(self).unwrap_or_default();
        sign(&header, &payload, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey};
    use serde_json::{json, to_value};

    #[test]
    fn the_certificate_s_key_signs_and_shows_itself() {
        let key = PrivateKey::generate(KeyType::parse("RSA2048").expect("a kind"));
        let key = key.expect("a key");
        let revocation = Revocation::new(&[1, 2, 3], Some(1));
        let url = "https://ca.test/revoke-cert";
        let jws = revocation.sign_with_certificate_key(&key, "nonce-1", url);
        let jws = jws.expect("signed");
        assert!(jws.is_signed_by(&key));
        let (protected, payload) = jws.open();
        let jwk = to_value(key.jwk()).expect("JSON");
        assert_eq!(
            protected,
            json!({"alg": "RS256", "jwk": jwk, "nonce": "nonce-1", "url": url})
        );
        assert_eq!(payload, json!({"certificate": "AQID", "reason": 1}));
    }
}
