//! The records that a call is about: from the command line, or from the challenges of a batch.

use crate::failure::Failure;
use command::Usage;
use command::text::shorten;
use pipeline::{Challenge, DomainName};
use std::ffi::OsString;

/// The longest value, in octets: one character-string of a TXT record (RFC 1035 §3.3).
const LONGEST_VALUE: usize = 255;
/// How much of a refused text is quoted, in characters.
const LONGEST_QUOTE: usize = 80;

/// A TXT record that is to be added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    /// Where it is.
    pub name: DomainName,
    /// What it holds: 1 to 255 visible ASCII characters.
    pub value: String,
}

impl Record {
    /// The record that operands name: `FQDN VALUE`.
    ///
    /// # Errors
    /// There are more or fewer of them, or one is no name or no value.
    pub(crate) fn from_operands(operands: &[OsString]) -> Result<Record, Usage> {
        let [fqdn, value] = operands else {
            let count = operands.len();
            let hint = match count {
                3 => {
                    ": in RAW mode (EXEC_MODE) it is called with other ones, which it does not understand"
                }
                _ => "",
            };
            return Err(Usage::new(format!(
                "the words after the command are FQDN and VALUE, not {count} words{hint}"
            )));
        };
        let (fqdn, value) = (fqdn.to_string_lossy(), value.to_string_lossy());
        let name = DomainName::parse(&fqdn).map_err(|why| {
            Usage::new(format!("FQDN {why}: {:?}", shorten(&fqdn, LONGEST_QUOTE)))
        })?;
        Record::new(name, value.into_owned()).map_err(|failure| Usage::new(failure.detail))
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
        Record::new(name, value)
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
            true => Ok(Record { name, value }),
            false => Err(Failure::new(format!(
                "VALUE is not 1 to {LONGEST_VALUE} visible characters of ASCII: {:?}",
                shorten(&value, LONGEST_QUOTE)
            ))),
        }
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
            (&["a.test."], "not 1 words"),
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
}
