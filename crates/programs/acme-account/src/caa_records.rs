//! CAA records that let one account of one CA issue, by some methods of validation only (RFC 8659, RFC 8657).

use serde_json::{Value, json};

/// A CAA record (RFC 8659 §4.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Absolute, with a dot at its end.
    pub(crate) name: String,
    /// `issue` or `issuewild`.
    pub(crate) tag: &'static str,
    pub(crate) value: String,
}

/// What may issue for a name.
#[derive(Debug)]
pub(crate) struct Issuer<'a> {
    /// The CA's own domain names.
    pub(crate) identities: &'a [String],
    /// The account's URL.
    pub(crate) account: &'a str,
    /// The methods of validation, joined by commas.
    pub(crate) methods: &'a str,
}

/// The records for these names, which are those of certificates: a wildcard has its own at the name below it.
///
/// # Errors
/// Why there can be none.
pub(crate) fn records(names: &[String], issuer: &Issuer<'_>) -> Result<Vec<Record>, String> {
    let values = issuer.values()?;
    let mut bases: Vec<&str> = Vec::new();
    for name in names {
        let base = name.strip_prefix("*.").unwrap_or(name);
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    let mut records = Vec::new();
    for base in bases {
        let is_wild = names
            .iter()
            .any(|name| name.strip_prefix("*.") == Some(base));
        let tags: &[&str] = if is_wild {
            &["issue", "issuewild"]
        } else {
            &["issue"]
        };
        for tag in tags {
            records.extend(values.iter().map(|value| Record {
                name: format!("{base}."),
                tag,
                value: value.clone(),
            }));
        }
    }
    Ok(records)
}

impl Issuer<'_> {
    /// The value of a record for each of the CA's names.
    fn values(&self) -> Result<Vec<String>, String> {
        // A value is of printable ASCII, and a semicolon ends it (RFC 8659 §4.2).
        let is_value = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b';');
        if self.identities.is_empty() {
            return Err("the CA does not say which domain name CAA records have for it".to_owned());
        }
        if !is_value(self.account) {
            return Err(format!(
                "the account's URL cannot stand in a CAA record: {}",
                self.account
            ));
        }
        let identities = self.identities.iter();
        identities
            .map(|identity| {
                if !is_domain(identity) {
                    return Err(format!(
                        "the CA says that CAA records have `{}` for it, which is no domain name",
                        identity.escape_debug()
                    ));
                }
                let Issuer {
                    account, methods, ..
                } = self;
                Ok(format!(
                    "{identity}; accounturi={account}; validationmethods={methods}"
                ))
            })
            .collect()
    }
}

/// Whether it is an issuer's domain name (RFC 8659 §4.2).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty()
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Whether it names a method of validation (RFC 8657 §4).
pub(crate) fn is_method(text: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !text.is_empty() && text.bytes().all(is_inner)
}

impl Record {
    /// As a zone file has it (RFC 1035 §5.1).
    pub(crate) fn line(&self) -> String {
        let value = self.value.replace('\\', r"\\").replace('"', "\\\"");
        format!("{}\tIN\tCAA\t0 {} \"{value}\"\n", self.name, self.tag)
    }

    pub(crate) fn document(&self) -> Value {
        json!({"name": self.name, "type": "CAA", "flags": 0, "tag": self.tag, "value": self.value})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(names: &[&str], identities: &[&str], account: &str) -> Result<String, String> {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>()
        };
        let issuer = Issuer {
            identities: &owned(identities),
            account,
            methods: "dns-01",
        };
        let records = records(&owned(names), &issuer)?;
        Ok(records.iter().map(Record::line).collect())
    }

    #[test]
    fn a_wildcard_has_a_record_of_its_own_beside_that_of_its_name() {
        let issue = |name: &str, tag: &str, ca: &str| {
            format!(
                "{name}.\tIN\tCAA\t0 {tag} \"{ca}; accounturi=https://ca.test/1; validationmethods=dns-01\"\n"
            )
        };
        let account = "https://ca.test/1";
        for (names, identities, expected) in [
            (
                &["a.test", "b.test"][..],
                &["ca.test"][..],
                vec![
                    issue("a.test", "issue", "ca.test"),
                    issue("b.test", "issue", "ca.test"),
                ],
            ),
            (
                &["*.a.test"],
                &["ca.test"],
                vec![
                    issue("a.test", "issue", "ca.test"),
                    issue("a.test", "issuewild", "ca.test"),
                ],
            ),
            (
                &["a.test", "*.a.test"],
                &["ca.test", "ca2.test"],
                vec![
                    issue("a.test", "issue", "ca.test"),
                    issue("a.test", "issue", "ca2.test"),
                    issue("a.test", "issuewild", "ca.test"),
                    issue("a.test", "issuewild", "ca2.test"),
                ],
            ),
        ] {
            let found = lines(names, identities, account);
            assert_eq!(found, Ok(expected.concat()), "{names:?}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_record_is_said() {
        for (identities, account, says) in [
            (&[][..], "https://ca.test/1", "does not say"),
            (&["ca.test\""], "https://ca.test/1", "no domain name"),
            (&["ca test"], "https://ca.test/1", "no domain name"),
            (&[""], "https://ca.test/1", "no domain name"),
            (&["-ca.test"], "https://ca.test/1", "no domain name"),
            (&["ca.test"], "https://ca.test/1;x", "the account's URL"),
            (&["ca.test"], "https://ca.test/ü", "the account's URL"),
        ] {
            let error = lines(&["a.test"], identities, account).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
        let quoted = lines(&["a.test"], &["ca.test"], "https://ca.test/\"\\");
        assert!(quoted.is_ok_and(|line| line.contains(r#"accounturi=https://ca.test/\"\\;"#)));
    }

    #[test]
    fn methods_have_letters_digits_and_hyphens() {
        for (text, expected) in [
            ("dns-01", true),
            ("dns-account-01", true),
            ("ca-SPECIAL1", true),
            ("", false),
            ("dns 01", false),
            ("dns-01;", false),
        ] {
            assert_eq!(is_method(text), expected, "{text}");
        }
    }
}
