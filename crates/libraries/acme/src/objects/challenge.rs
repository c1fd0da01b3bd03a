//! Challenges (RFC 8555 §7.1.5, §8), and their key authorizations.

use crate::objects::json::{FromJson, each_member, lenient};
use crate::objects::problem::Problem;
use crate::objects::status::Status;
use crate::text::shorten;
use keys::{SigningKey, base64url};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use urls::LONGEST as LONGEST_URL;

/// The longest type that is kept, in characters.
const LONGEST_KIND: usize = 100;

/// The longest token. The 128 bits of entropy that it has to have (RFC 8555 §8.1) take 22 characters.
const LONGEST_TOKEN: usize = 512;

/// A challenge (RFC 8555 §7.1.5, §8). What of it is used has to be judged where it is.
#[derive(Debug, Clone, Default)]
pub struct Challenge {
    /// `dns-01` and others.
    pub kind: String,
    /// Where the CA is told that the challenge is ready.
    pub url: String,
    /// Its state; `pending` where the CA does not say.
    pub status: Status,
    /// Random, base64url; not every type of challenge has one.
    pub token: String,
    /// Why it is `invalid`.
    pub error: Option<Problem>,
}

impl FromJson for Challenge {
    fn from_json_text(text: &str) -> Result<Challenge, String> {
        let mut challenge = Challenge {
            status: Status::Pending,
            ..Challenge::default()
        };
        each_member(text, |name, value| {
            match name {
                "type" => challenge.kind = bounded(value, LONGEST_KIND),
                "url" => challenge.url = bounded(value, LONGEST_URL),
                "token" => challenge.token = bounded(value, LONGEST_TOKEN),
                "status" => {
                    let status: Option<String> = lenient(value);
                    challenge.status = status.map_or(Status::Pending, |text| Status::parse(&text));
                }
                "error" if value != "null" => challenge.error = Some(Problem::of_challenge(value)),
                _ => {}
            }
            Ok(())
        })?;
        Ok(challenge)
    }
}

/// A text, one character longer than it may be where it is longer still: so whoever judges it finds out.
fn bounded(value: &str, longest: usize) -> String {
    lenient(value).map_or_else(String::new, |text: String| shorten(&text, longest))
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
                token: token.into(),
                ..Challenge::default()
            };
            assert_eq!(challenge.has_token(), is_one, "{token}");
        }
    }

    #[test]
    fn what_a_challenge_lacks_or_has_of_another_type_is_left_empty() {
        for (sent, kind, url, status, token) in [
            (r#"{"type": "http-07"}"#, "http-07", "", Status::Pending, ""),
            (
                r#"{"type": "dns-01", "url": 7, "status": null, "token": []}"#,
                "dns-01",
                "",
                Status::Pending,
                "",
            ),
            (
                r#"{"type": "dns-01", "url": "u", "status": "VALID", "token": "t", "error": null}"#,
                "dns-01",
                "u",
                Status::Valid,
                "t",
            ),
        ] {
            let read = Challenge::from_json_text(sent).expect("a challenge");
            assert_eq!((&*read.kind, &*read.url, &*read.token), (kind, url, token));
            assert_eq!((read.status, read.error), (status, None));
        }
        let long = format!(r#"{{"token": "{}"}}"#, "a".repeat(LONGEST_TOKEN + 7));
        let read = Challenge::from_json_text(&long).expect("a challenge");
        assert!(!read.has_token() && read.token.len() < LONGEST_TOKEN + 7);
        assert!(Challenge::from_json_text("[]").is_err());
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
