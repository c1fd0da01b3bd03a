//! Challenges (RFC 8555 §7.1.5, §8), and their key authorizations.

use crate::objects::problem::Problem;
use crate::objects::status::Status;
use keys::{SigningKey, base64url};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The longest token. The 128 bits of entropy that it has to have (RFC 8555 §8.1) take 22 characters.
const LONGEST_TOKEN: usize = 512;

/// A challenge (RFC 8555 §7.1.5, §8).
#[derive(Debug, Clone, Deserialize)]
pub struct Challenge {
    /// `dns-01` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the CA is told that the challenge is ready.
    pub url: String,
    /// Its state.
    pub status: Status,
    /// Random, base64url; not every type of challenge has one.
    #[serde(default)]
    pub token: String,
    /// Why it is `invalid`.
    pub error: Option<Problem>,
}

impl Challenge {
    /// Whether its token is well-formed (RFC 8555 §8.1). It goes to users' programs as an argument: nothing but what the
    /// RFC allows may pass.
    pub fn has_token(&self) -> bool {
        let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (1..=LONGEST_TOKEN).contains(&self.token.len()) && self.token.bytes().all(is_base64url)
    }
}

/// The payload that says that a challenge is ready (RFC 8555 §7.5.1): an empty object.
#[derive(Debug, Serialize)]
pub(crate) struct ChallengeResponse {}

/// What proves that the holder of a key accepts a challenge (RFC 8555 §8.1).
pub(crate) fn key_authorization(key: &dyn SigningKey, token: &str) -> String {
    format!("{token}.{}", key.jwk().thumbprint())
}

/// The value of dns-01's TXT record (RFC 8555 §8.4).
pub fn dns01_value(key_authorization: &str) -> String {
    base64url(digest(&SHA256, key_authorization.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey};

    #[test]
    fn a_token_is_base64url() {
        for (token, is_one) in [
            ("oFvnlFP1wIhRlYS2jTaXbA-_", true),
            (&"a".repeat(LONGEST_TOKEN), true),
            (&"a".repeat(LONGEST_TOKEN + 1), false),
            ("", false),
            ("a b", false),
            ("a\nb", false),
            ("$(reboot)", false),
            ("a=", false),
            ("ä", false),
        ] {
            let challenge = Challenge {
                kind: "dns-01".into(),
                url: String::new(),
                status: Status::Pending,
                token: token.into(),
                error: None,
            };
            assert_eq!(challenge.has_token(), is_one, "{token}");
        }
    }

    #[test]
    fn a_response_is_an_empty_object() {
        let json = serde_json::to_string(&ChallengeResponse {});
        assert_eq!(json.expect("JSON"), "{}");
    }

    #[test]
    fn the_txt_value_is_the_digest_of_the_key_authorization() {
        // `printf abc | sha256sum`, as base64url.
        assert_eq!(
            dns01_value("abc"),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }

    #[test]
    fn a_key_authorization_is_token_and_thumbprint() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        let expected = format!("token.{}", key.jwk().thumbprint());
        assert_eq!(key_authorization(&key, "token"), expected);
    }
}
