//! The records that a call is about: from the command line, or from the challenges of a batch.

use crate::failure::Failure;
use command::Usage;
use command::text::shorten;
use pipeline::catalogue::challenge::{IDENTIFIER, KEY_AUTHORIZATION, TOKEN};
use pipeline::{Challenge, DomainName};
use std::ffi::OsString;

/// The longest value, in octets: one character-string of a TXT record (RFC 1035 §3.3).
const LONGEST_VALUE: usize = 255;
/// The longest token or key authorization, in bytes.
const LONGEST_RAW: usize = 1024;
/// The label of the record that a dns-01 challenge is about (RFC 8555 §8.4).
const LABEL: &str = "_acme-challenge";
/// How much of a refused text is quoted, in characters.
const LONGEST_QUOTE: usize = 80;

/// What is said of words that are too many, or too few, where one looks like an option.
const OPTIONS_FIRST: &str = ": options belong before `--`";

/// A TXT record that is to be added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    /// Where it is.
    pub name: DomainName,
    /// What it holds: 1 to 255 visible ASCII characters. Empty where the command line has `raw` in its place.
    pub value: String,
    /// What the value is made from, where that is known.
    pub raw: Option<Raw>,
}

/// What lego's RAW mode passes in place of a name and a value, which follow from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raw {
    /// The name to be proven, without a final dot.
    pub domain: String,
    /// The challenge's token (RFC 8555 §8.3).
    pub token: String,
    /// The key authorization (RFC 8555 §8.1).
    pub key_authorization: String,
}

impl Record {
    /// The record that operands name: `FQDN VALUE`.
    ///
    /// # Errors
    /// There are more or fewer of them, or one is no name or no value.
    pub(crate) fn from_operands(operands: &[OsString]) -> Result<Record, Usage> {
        let [fqdn, value] = operands else {
            let hint = match (operands.len(), has_option(operands)) {
                (_, true) => OPTIONS_FIRST,
                (3, _) => {
                    ": in RAW mode (EXEC_MODE) it is called with other ones, which it does not understand"
                }
                _ => "",
            };
            return Err(Usage::new(format!(
                "the words after the command are FQDN and VALUE, not {}{hint}",
                counted(operands)
            )));
        };
        let (fqdn, value) = (fqdn.to_string_lossy(), value.to_string_lossy());
        let name = DomainName::parse(&fqdn).map_err(|why| {
            Usage::new(format!("FQDN {why}: {:?}", shorten(&fqdn, LONGEST_QUOTE)))
        })?;
        Record::new(name, value.into_owned()).map_err(|failure| Usage::new(failure.detail))
    }

    /// The record that the operands of RAW mode are about: `DOMAIN TOKEN KEYAUTH`.
    ///
    /// # Errors
    /// There are more or fewer of them, or one cannot be what it should be.
    pub(crate) fn from_raw_operands(operands: &[OsString]) -> Result<Record, Usage> {
        let [domain, token, key_authorization] = operands else {
            let hint = match has_option(operands) {
                true => OPTIONS_FIRST,
                false => ": the caller passes them where its EXEC_MODE is RAW, and in a batch",
            };
            return Err(Usage::new(format!(
                "in RAW mode the words after the command are DOMAIN, TOKEN and KEYAUTH, not {}{hint}",
                counted(operands)
            )));
        };
        let text = |operand: &OsString| operand.to_string_lossy().into_owned();
        let raw = Raw::new(&text(domain), text(token), text(key_authorization));
        let raw = raw.map_err(|failure| Usage::new(failure.detail))?;
        let name = DomainName::parse(&format!("{LABEL}.{}", raw.domain));
        Ok(Record {
            name: name.map_err(|why| Usage::new(format!("DOMAIN {why}")))?,
            value: String::new(),
            raw: Some(raw),
        })
    }

    /// The record of a challenge, after its CNAMEs.
    ///
    /// # Errors
    /// Its name or value is missing or cannot be one.
    pub(crate) fn of(challenge: &Challenge) -> Result<Record, Failure> {
        let name = challenge.record_name();
        let value = challenge.required_value();
        let (name, value) = name
            .and_then(|name| Ok((name, value?)))
            .map_err(|problem| Failure::new(problem.detail))?;
        let raw = raw_of(challenge)?;
        Ok(Record {
            raw,
            ..Record::new(name, value)?
        })
    }

    fn new(name: DomainName, value: String) -> Result<Record, Failure> {
        let is_value = (1..=LONGEST_VALUE).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_graphic());
        if name.is_root() {
            return Err(Failure::new(
                "no record for a challenge is kept at the root",
            ));
        }
        match is_value {
            true => Ok(Record {
                name,
                value,
                raw: None,
            }),
            false => Err(Failure::new(format!(
                "VALUE is not 1 to {LONGEST_VALUE} visible characters of ASCII: {:?}",
                shorten(&value, LONGEST_QUOTE)
            ))),
        }
    }
}

/// Whether a word looks like an option.
fn has_option(operands: &[OsString]) -> bool {
    operands
        .iter()
        .any(|word| word.as_encoded_bytes().starts_with(b"--"))
}

/// How many words there are, in words.
fn counted(operands: &[OsString]) -> String {
    match operands.len() {
        1 => "1 word".to_owned(),
        count => format!("{count} words"),
    }
}

impl Raw {
    fn new(domain: &str, token: String, key_authorization: String) -> Result<Raw, Failure> {
        let name = DomainName::parse(domain).map_err(|why| {
            Failure::new(format!(
                "DOMAIN {why}: {:?}",
                shorten(domain, LONGEST_QUOTE)
            ))
        })?;
        for (what, text) in [("TOKEN", &token), ("KEYAUTH", &key_authorization)] {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            if text.is_empty() || text.len() > LONGEST_RAW || !is_plain {
                return Err(Failure::new(format!(
                    "{what} is not 1 to {LONGEST_RAW} visible characters of ASCII"
                )));
            }
        }
        Ok(Raw {
            domain: name.as_str().trim_end_matches('.').to_owned(),
            token,
            key_authorization,
        })
    }
}

/// What a challenge's value is made from; none where it does not say.
fn raw_of(challenge: &Challenge) -> Result<Option<Raw>, Failure> {
    let members = challenge.members();
    let text = |name: &str| Some(members.get(name)?.as_str()?.to_owned());
    let identifier = members.get(IDENTIFIER.name);
    let domain = identifier.and_then(|identifier| identifier.get("value")?.as_str());
    match (domain, text(TOKEN.name), text(KEY_AUTHORIZATION.name)) {
        (Some(domain), Some(token), Some(key_authorization)) => {
            Raw::new(domain, token, key_authorization).map(Some)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(operands: &[&str]) -> Result<Record, String> {
        let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
        Record::from_operands(&operands).map_err(|usage| usage.to_string())
    }

    #[test]
    fn operands_are_a_name_and_a_value() {
        let record = read(&["_acme-challenge.A.test", "-v"]).unwrap();
        assert_eq!(record.name.as_str(), "_acme-challenge.a.test.");
        assert_eq!(record.value, "-v");
        for (operands, says) in [
            (&[][..], "not 0 words"),
            (&["a.test."], "VALUE, not 1 word"),
            (
                &["a.test", "v", "--dry-run"],
                "not 3 words: options belong before `--`",
            ),
            (&["a.test", "token", "auth"], "in RAW mode"),
            (&["*.a.test.", "v"], "FQDN holds '*'"),
            (&[".", "v"], "at the root"),
            (&["a.test.", ""], "not 1 to 255"),
            (&["a.test.", "v w"], "not 1 to 255"),
            (&["a.test.", &"v".repeat(256)], "not 1 to 255"),
        ] {
            let usage = read(operands).unwrap_err();
            assert!(usage.contains(says), "{operands:?}: {usage}");
        }
    }

    #[test]
    fn operands_of_raw_mode_are_a_domain_a_token_and_a_key_authorization() {
        let read = |operands: &[&str]| {
            let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
            Record::from_raw_operands(&operands).map_err(|usage| usage.to_string())
        };
        let record = read(&["A.test", "-t", "-t.k"]).unwrap();
        assert_eq!(record.name.as_str(), "_acme-challenge.a.test.");
        let raw = Raw {
            domain: "a.test".to_owned(),
            token: "-t".to_owned(),
            key_authorization: "-t.k".to_owned(),
        };
        assert_eq!((record.value.as_str(), record.raw), ("", Some(raw)));
        for (operands, says) in [
            (&["a.test.", "v"][..], "not 2 words: the caller"),
            (&["a.test."], "not 1 word: the caller"),
            (
                &["a.test", "t", "t.k", "--dry-run"],
                "not 4 words: options belong before `--`",
            ),
            (&["*.a.test", "t", "t.k"], "DOMAIN holds '*'"),
            (&["a.test", "", "t.k"], "TOKEN is not 1 to"),
            (&["a.test", "t", "t k"], "KEYAUTH is not 1 to"),
        ] {
            let usage = read(operands).unwrap_err();
            assert!(usage.contains(says), "{operands:?}: {usage}");
        }
    }

    #[test]
    fn a_challenge_says_what_its_value_is_made_from_or_does_not() {
        let raw = |challenge: serde_json::Value| {
            let serde_json::Value::Object(members) = challenge else {
                panic!("no object");
            };
            Record::of(&Challenge::from(members)).map(|record| record.raw)
        };
        let mut challenge = serde_json::json!({"fqdn": "_acme-challenge.a.test.", "value": "v", "token": "t",
            "identifier": {"type": "dns", "value": "a.test"}});
        assert_eq!(raw(challenge.clone()), Ok(None));
        challenge["key_authorization"] = "t.k".into();
        let found = raw(challenge.clone()).unwrap().unwrap();
        assert_eq!(
            (&*found.domain, &*found.token, &*found.key_authorization),
            ("a.test", "t", "t.k")
        );
        challenge["token"] = "t k".into();
        assert!(raw(challenge).is_err());
    }
}
