//! Domain names as documents have them.

use serde_json::Value;
use std::fmt;

/// The longest name without its final dot, in octets (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;
/// The longest label in octets (RFC 1035 §2.3.4).
const LONGEST_LABEL: usize = 63;

/// An absolute domain name: lower case, in A-labels, with a final dot.
///
/// It goes to users' programs as an argument, so its labels have only letters, digits, hyphens and underscores
/// (RFC 1123 §2.1, RFC 8552), and none of them begins with a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a name as absolute, with or without its final dot, in whatever case.
    ///
    /// # Errors
    /// What is wrong with the name, worded to follow the name itself.
    pub fn parse(text: &str) -> Result<DomainName, String> {
        if text.is_empty() {
            return Err("is empty".into());
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if let Some(c) = text.chars().find(|c| !is_plain(*c)) {
            return Err(match c {
                '*' => "holds '*': the record of a wildcard is at the name without `*.`".into(),
                c if c.is_alphanumeric() => {
                    format!("holds {c:?}: international names have to be given as A-labels (xn--…)")
                }
                c => format!("holds {c:?}, which the name of a challenge record cannot"),
            });
        }
        let labels = text.strip_suffix('.').unwrap_or(text);
        if text != "." {
            for label in labels.split('.') {
                let length = label.len();
                if length == 0 {
                    return Err("has an empty label".into());
                } else if length > LONGEST_LABEL {
                    return Err(format!(
                        "has a label of {length} octets, more than {LONGEST_LABEL} (RFC 1035 §2.3.4)"
                    ));
                } else if label.starts_with('-') {
                    return Err("has a label that begins with a hyphen".into());
                }
            }
        }
        if labels.len() > LONGEST_NAME {
            return Err(format!(
                "has {} octets, more than {LONGEST_NAME} (RFC 1035 §2.3.4)",
                labels.len()
            ));
        }
        Ok(DomainName(format!("{}.", labels.to_ascii_lowercase())))
    }

    /// The name with its final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root, at which no record for a challenge is kept.
    pub fn is_root(&self) -> bool {
        self.0 == "."
    }

    /// The name relative to a zone: `@` at its apex, none outside of it.
    pub fn relative_to(&self, zone: &DomainName) -> Option<&str> {
        if self == zone {
            return Some("@");
        }
        if zone.is_root() {
            return self.0.strip_suffix('.');
        }
        self.0.strip_suffix(zone.as_str())?.strip_suffix('.')
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DomainName> for Value {
    fn from(name: DomainName) -> Value {
        Value::from(name.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn a_name_comes_out_absolute_and_in_lower_case() {
        for (text, expected) in [
            (
                "_acme-challenge.WWW.Example.com",
                "_acme-challenge.www.example.com.",
            ),
            ("a.test.", "a.test."),
            (".", "."),
            (&"a".repeat(63), &format!("{}.", "a".repeat(63))),
            (&"a.".repeat(127), &"a.".repeat(127)),
        ] {
            assert_eq!(name(text).as_str(), expected);
        }
    }

    #[test]
    fn what_could_be_a_path_an_option_or_a_second_line_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "is empty"),
            ("a..b", "empty label"),
            (".a", "empty label"),
            ("..", "empty label"),
            ("a b.example", "' '"),
            ("a\nb.example", "'\\n'"),
            ("a\0b.example", "'\\0'"),
            ("../etc/passwd", "'/'"),
            ("a\\.b.example", "'\\\\'"),
            ("-x.example", "hyphen"),
            ("a.-x.example", "hyphen"),
            ("*.example", "wildcard"),
            ("bücher.example", "A-labels"),
            (&format!("{}.example", "a".repeat(64)), "label of 64"),
            (&format!("{}aa", "a.".repeat(126)), "254 octets"),
        ] {
            let error = DomainName::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_name_is_relative_to_its_zone_and_an_apex_is_an_at_sign() {
        for (record, zone, expected) in [
            (
                "_acme-challenge.a.example.",
                "example.",
                Some("_acme-challenge.a"),
            ),
            ("x.example.", "x.example.", Some("@")),
            ("a.badexample.", "example.", None),
            ("a.example.", ".", Some("a.example")),
        ] {
            assert_eq!(name(record).relative_to(&name(zone)), expected);
        }
    }
}
