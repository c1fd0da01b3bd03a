//! External account binding: a new account is bound to a customer account at the CA (RFC 8555 §7.3.4).

use crate::objects::Jws;
use crate::signing::jws::{Header, KeyId, sign};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use keys::{Signer, SigningKey};
use ring::hmac;
use std::fmt;

/// What a CA gives a customer for external account binding: a MAC key, and its identifier.
#[derive(Clone)]
pub struct ExternalAccount {
    kid: String,
    key: hmac::Key,
}

/// Why a MAC key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKeyError {
    /// It is not base64url.
    NotBase64url,
    /// It, or its identifier, is empty.
    Empty,
}

impl ExternalAccount {
    /// Makes one from the key's identifier and the MAC key, base64url with or without padding.
    ///
    /// # Errors
    /// The key is not base64url, or one of the two is empty.
    pub fn new(kid: &str, mac_key: &str) -> Result<ExternalAccount, BindingKeyError> {
        let config =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        // Some CAs hand out plain base64 after all.
        let text = mac_key.trim().replace('+', "-").replace('/', "_");
        let key = GeneralPurpose::new(&URL_SAFE, config)
            .decode(text)
            .map_err(|_| BindingKeyError::NotBase64url)?;
        if kid.is_empty() || key.is_empty() {
            return Err(BindingKeyError::Empty);
        }
        Ok(ExternalAccount {
            kid: kid.into(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        })
    }

    /// The member `externalAccountBinding` of a newAccount request to this URL.
    pub(crate) fn bind(
        &self,
        account: &dyn SigningKey,
        new_account: &str,
    ) -> Result<Jws, keys::Error> {
        let header = Header {
            key: KeyId::Kid(&self.kid),
            nonce: None,
            url: new_account,
        };
        // A map of strings, which JSON can always express.
        let payload = serde_json::to_string(&account.jwk()).unwrap_or_default();
        sign(&header, &payload, self)
    }
}

impl Signer for ExternalAccount {
    fn alg(&self) -> &'static str {
        "HS256"
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, keys::Error> {
        Ok(hmac::sign(&self.key, message).as_ref().to_vec())
    }
}

impl fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalAccount({})", self.kid)
    }
}

impl fmt::Display for BindingKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BindingKeyError::NotBase64url => "the HMAC key is not base64url",
            BindingKeyError::Empty => "the key identifier or the HMAC key is empty",
        })
    }
}

impl std::error::Error for BindingKeyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey};
    use serde_json::json;

    #[test]
    fn keys_are_taken_in_both_alphabets_with_and_without_padding() {
        for (kid, key, error) in [
            ("kid", "-_-_", None),
            ("kid", "+/+/", None),
            ("kid", " AAA=\n", None),
            ("kid", "AAA", None),
            ("kid", "not base64!", Some(BindingKeyError::NotBase64url)),
            ("kid", "", Some(BindingKeyError::Empty)),
            ("", "AAAA", Some(BindingKeyError::Empty)),
        ] {
            assert_eq!(ExternalAccount::new(kid, key).err(), error, "{kid} {key}");
        }
    }

    #[test]
    fn the_account_s_key_is_signed_with_the_key_that_the_ca_gave() {
        let external = ExternalAccount::new("kid-1", "c2VjcmV0").expect("a key");
        let account = PrivateKey::generate(KeyType::EC256).expect("a key");
        let jws = external
            .bind(&account, "https://ca.test/new-account")
            .expect("signed");
        let (protected, payload) = jws.open();
        assert_eq!(
            protected,
            json!({"alg": "HS256", "kid": "kid-1", "url": "https://ca.test/new-account"})
        );
        assert_eq!(payload, serde_json::to_value(account.jwk()).expect("JSON"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        hmac::verify(&key, jws.input().as_bytes(), &jws.signature()).expect("our signature");
    }
}
