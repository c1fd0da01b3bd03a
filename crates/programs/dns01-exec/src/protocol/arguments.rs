//! The arguments with which the user's program is called for a challenge. They are taken from the challenge in one place,
//! and checked for what this protocol demands beyond the contract, since a document may come from anywhere.

use command::text::shorten;
use pipeline::catalogue::Member;
use pipeline::catalogue::challenge::{KEY_AUTHORIZATION, TOKEN, VALUE};
use pipeline::{Challenge, DomainName, Key, NameServer, Problem};

/// The longest value or token: one character-string of a TXT record (RFC 1035 §3.3).
const LONGEST_VALUE: usize = 255;
/// How much of a refused text is quoted, in characters.
const LONGEST_QUOTE: usize = 80;

/// What a call for one challenge is about: its arguments, and what its environment says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arguments {
    /// The key of the challenge.
    pub(crate) key: Key,
    /// The record's name before its CNAMEs.
    pub(crate) fqdn: DomainName,
    /// The record's name after its CNAMEs: where it really goes.
    pub(crate) record_name: DomainName,
    /// What the record holds.
    pub(crate) value: Option<String>,
    /// The identifier, without wildcard and final dot.
    pub(crate) domain: Option<String>,
    pub(crate) wildcard: Option<bool>,
    pub(crate) token: Option<String>,
    pub(crate) key_authorization: Option<String>,
    pub(crate) zone: Option<DomainName>,
    /// The names of the zone's servers.
    pub(crate) nameservers: Vec<DomainName>,
    /// What the program printed when it presented.
    pub(crate) output: Option<String>,
}

impl Arguments {
    /// What a call for this challenge is about.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that no program can be called with.
    pub(crate) fn of(challenge: &Challenge) -> Result<Arguments, Problem> {
        Ok(Arguments {
            key: challenge.key(),
            fqdn: challenge.fqdn()?,
            record_name: challenge.record_name()?,
            value: checked(&VALUE, challenge.value()?, is_value)?,
            domain: challenge.identifier()?,
            wildcard: challenge.wildcard()?,
            token: checked(&TOKEN, challenge.token()?, is_base64url)?,
            key_authorization: checked(
                &KEY_AUTHORIZATION,
                challenge.key_authorization()?,
                is_key_authorization,
            )?,
            zone: challenge.zone()?,
            nameservers: names(challenge.nameservers()?),
            output: challenge.presented().and_then(|presented| presented.output),
        })
    }

    /// The record's name relative to its zone, `@` at the apex; none where the zone is not known.
    pub(super) fn relative_name(&self) -> Option<&str> {
        self.record_name.relative_to(self.zone.as_ref()?)
    }
}

fn names(servers: Vec<NameServer>) -> Vec<DomainName> {
    servers.into_iter().map(|server| server.name).collect()
}

fn checked(
    member: &Member,
    text: Option<String>,
    is_good: impl Fn(&str) -> bool,
) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if !is_good(&text) => {
            let (member, text) = (member.name, shorten(&text, LONGEST_QUOTE));
            Err(Problem::document(format!(
                "member `{member}` is not fit for an argument: {text:?}"
            )))
        }
        text => Ok(text),
    }
}

fn is_value(text: &str) -> bool {
    (1..=LONGEST_VALUE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// RFC 8555 §8.1: a token has no characters outside the base64url alphabet.
fn is_base64url(text: &str) -> bool {
    is_value(text)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// RFC 8555 §8.1: a token, a dot, and the thumbprint of the account's key.
fn is_key_authorization(text: &str) -> bool {
    is_value(text)
        && text
            .split_once('.')
            .is_some_and(|(token, thumbprint)| is_base64url(token) && is_base64url(thumbprint))
}

/// What a call for this challenge is about, for tests.
#[cfg(test)]
pub(crate) fn of_json(challenge: &serde_json::Value) -> Result<Arguments, Problem> {
    let members = challenge.as_object().expect("tests pass objects").clone();
    Arguments::of(&members.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn names_come_out_absolute_and_in_lower_case() {
        let arguments = of_json(&json!({
            "fqdn": "A.test", "effective_fqdn": "X.B.Test.", "zone": "B.test",
            "identifier": {"type": "dns", "value": "A.Test"},
            "nameservers": [{"name": "NS1.test", "addresses": []}],
        }));
        let arguments = arguments.unwrap();
        assert_eq!(arguments.fqdn.as_str(), "a.test.");
        assert_eq!(arguments.record_name.as_str(), "x.b.test.");
        assert_eq!(
            arguments.zone.as_ref().map(DomainName::as_str),
            Some("b.test.")
        );
        assert_eq!(arguments.relative_name(), Some("x"));
        assert_eq!(arguments.domain.as_deref(), Some("a.test"));
        assert_eq!(arguments.nameservers[0].as_str(), "ns1.test.");
        let bare = of_json(&json!({"fqdn": "a.test."})).unwrap();
        assert_eq!(bare.record_name, bare.fqdn);
        assert_eq!(bare.relative_name(), None);
    }

    #[test]
    fn no_program_is_called_with_what_could_be_a_path_an_option_or_a_second_line() {
        let refused = |challenge: &Value, member: &str, bad: &str| {
            let problem = of_json(challenge).expect_err(bad);
            assert_eq!(problem.kind, "acmepipe:document");
            let named = problem.detail.starts_with(&format!("member `{member}`"));
            assert!(named, "{bad:?}: {}", problem.detail);
        };
        for bad in [
            "a/b.", "../x.", "a..b.", "-x.", "a.-x.", "*.a.", "a\nb.", "a\0b.", "a b.", "ä.", ".",
            "",
        ] {
            let with = |member: &str| {
                let mut challenge = json!({"fqdn": "a.test."});
                challenge[member] = json!(bad);
                challenge
            };
            refused(&with("fqdn"), "fqdn", bad);
            refused(&with("effective_fqdn"), "effective_fqdn", bad);
            let identifier = json!({"fqdn": "a.test.", "identifier": {"value": bad}});
            refused(&identifier, "identifier.value", bad);
            let servers = json!([{"name": bad, "addresses": []}]);
            // The root is a zone.
            if bad != "." {
                refused(&with("zone"), "zone", bad);
                let challenge = json!({"fqdn": "a.test.", "nameservers": servers});
                refused(&challenge, "nameservers[0]", bad);
            }
        }
        let (long, longest) = ("x".repeat(256), "x".repeat(255));
        for (member, bad) in [
            ("value", "a b"),
            ("value", "a\n"),
            ("value", "ä"),
            ("value", ""),
            ("value", &*long),
            ("token", "../x"),
            ("token", "a.b"),
            ("token", ""),
            ("token", &*long),
            ("key_authorization", "ab"),
            ("key_authorization", "a.b.c"),
            ("key_authorization", ".b"),
            ("key_authorization", "a."),
            ("key_authorization", &*format!("a.{}", &long[1..])),
        ] {
            let mut challenge = json!({"fqdn": "a.test."});
            challenge[member] = json!(bad);
            refused(&challenge, member, bad);
        }
        let good = json!({
            "fqdn": "_acme-challenge.a.test.", "value": longest, "token": "-t_", "key_authorization": "-t.k",
            "zone": ".",
        });
        let good = of_json(&good).unwrap();
        assert_eq!(good.value.as_ref(), Some(&longest));
        assert_eq!(good.relative_name(), Some("_acme-challenge.a.test"));
    }

    #[test]
    fn of_a_long_text_that_is_refused_the_beginning_is_quoted() {
        let challenge = json!({"fqdn": "a.", "value": format!("{} ", "x".repeat(300))});
        assert_eq!(
            of_json(&challenge).unwrap_err().detail,
            format!(
                "member `value` is not fit for an argument: \"{}…\"",
                "x".repeat(80)
            )
        );
    }
}
