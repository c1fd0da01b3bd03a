//! The inner JWS of a change of keys (RFC 8555 §7.3.5): the new key says that it takes over from the old one.

use crate::objects::{Jws, KeyChange};
use crate::signing::jws::{Header, KeyId, sign};
use keys::SigningKey;

impl KeyChange {
    /// Signs it with the new key, for a request to this URL. What comes back is the payload of that request, which the
    /// old key signs.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, new_key: &dyn SigningKey, url: &str) -> Result<Jws, keys::Error> {
        let header = Header {
            key: KeyId::Jwk(new_key.jwk()),
            nonce: None,
            url,
        };
        // Strings, which JSON can always express.
        let payload = serde_json::to_string(self).unwrap_or_default();
        sign(&header, &payload, new_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey};
    use serde_json::{json, to_value};

    #[test]
    fn the_new_key_signs_for_the_account_and_its_old_key() {
        let old = PrivateKey::generate(KeyType::EC256).expect("a key");
        let new = PrivateKey::generate(KeyType::EC384).expect("a key");
        let change = KeyChange {
            account: "https://ca.test/account/1".into(),
            old_key: old.jwk(),
        };
        let jws = change
            .sign(&new, "https://ca.test/key-change")
            .expect("signed");
        assert!(jws.is_signed_by(&new));
        let (protected, payload) = jws.open();
        let jwk = |key: &PrivateKey| to_value(key.jwk()).expect("JSON");
        assert_eq!(
            protected,
            json!({"alg": "ES384", "jwk": jwk(&new), "url": "https://ca.test/key-change"})
        );
        assert_eq!(
            payload,
            json!({"account": "https://ca.test/account/1", "oldKey": jwk(&old)})
        );
    }
}
