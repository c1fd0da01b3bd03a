//! Binding a new account to one that exists at the CA already (RFC 8555 §7.3.4).

use crate::key::{AccountKey, base64url};
use crate::{Error, Result, jws};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use serde_json::{Value, json};

/// What the CA gave its customer to bind accounts with.
#[derive(Clone)]
pub struct ExternalAccount {
    kid: String,
    key: Vec<u8>,
}

impl std::fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExternalAccount({})", self.kid)
    }
}

impl ExternalAccount {
    /// From the key identifier and the MAC key, base64url with or without padding.
    ///
    /// # Errors
    /// `acmepipe:account:binding` if the key is not base64url.
    pub fn new(kid: &str, hmac: &str) -> Result<ExternalAccount> {
        let config =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        // Some CAs hand out plain base64 after all.
        let text = hmac.trim().replace('+', "-").replace('/', "_");
        let key = GeneralPurpose::new(&URL_SAFE, config)
            .decode(text)
            .map_err(|_| Error::new("account:binding", "the HMAC key is not base64url"))?;
        if kid.is_empty() || key.is_empty() {
            return Err(Error::new(
                "account:binding",
                "the key identifier or the HMAC key is empty",
            ));
        }
        Ok(ExternalAccount {
            kid: kid.into(),
            key,
        })
    }

    /// The member `externalAccountBinding` of a newAccount request.
    pub(crate) fn bind(&self, account: &AccountKey, new_account: &str) -> Result<Value> {
        let header = json!({"alg": "HS256", "kid": self.kid, "url": new_account});
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        jws::flattened(&header, &account.jwk().to_string(), |input| {
            Ok(base64url(hmac::sign(&key, input)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_in_both_alphabets_with_and_without_padding() {
        for key in ["-_-_", "+/+/", "AAA=", "AAA"] {
            assert!(ExternalAccount::new("kid", key).is_ok(), "{key}");
        }
        assert!(ExternalAccount::new("kid", "not base64!").is_err());
        assert!(ExternalAccount::new("", "AAAA").is_err());
    }
}
