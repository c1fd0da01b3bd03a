//! A name as it is in a certificate, and the challenge that will be for it.

use dns_cli::DNS_ACCOUNT_01;
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, TYPE, WILDCARD};
use pipeline::{Challenge, Object};

/// What a challenge's record has before the name to be proven (RFC 8555 §8.4).
const LABEL: &str = "_acme-challenge.";

/// A name as it is in a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// What the record has before its label: that of the account, with dns-account-01.
    account: Option<String>,
}

/// The label of an account, if there is one, and the name that a record is for.
fn parts(written: &str) -> (Option<&str>, &str) {
    let without = |text: &'_ str| -> Option<usize> {
        let label = text.get(..LABEL.len())?;
        label.eq_ignore_ascii_case(LABEL).then_some(LABEL.len())
    };
    if let Some(at) = without(written) {
        return (None, &written[at..]);
    }
    match written.split_once('.') {
        Some((first, behind)) if first.starts_with('_') => match without(behind) {
            Some(at) => (Some(first), &behind[at..]),
            None => (None, written),
        },
        _ => (None, written),
    }
}

impl Named {
    /// The name that a person writes, as it is in a certificate or in that of its record.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn parse(written: &str) -> Result<Named, String> {
        let (account, name) = parts(written);
        let names = names::Names::parse([name]).map_err(|error| format!("name {error}"))?;
        let first = names.ordered.into_iter().next();
        Ok(Named {
            name: first.ok_or_else(|| format!("`{written}` is not a name"))?,
            account: account.map(str::to_ascii_lowercase),
        })
    }

    /// Its challenge.
    pub(crate) fn challenge(&self) -> Challenge {
        let domain = self.domain();
        let members = [
            (FQDN, self.record().into()),
            (IDENTIFIER, identifier(domain).into()),
            (WILDCARD, (domain != self.name).into()),
        ];
        let kind = self.account.as_ref().map(|_| (TYPE, DNS_ACCOUNT_01.into()));
        Challenge::new(members.into_iter().chain(kind))
    }

    fn domain(&self) -> &str {
        self.name.strip_prefix("*.").unwrap_or(&self.name)
    }

    /// The name of its record.
    pub(crate) fn record(&self) -> String {
        let before = self.account.as_ref();
        let before = before.map_or_else(String::new, |label| format!("{label}."));
        format!("{before}{LABEL}{}.", self.domain())
    }
}

/// The identifier of a domain (RFC 8555 §9.7.7).
pub(crate) fn identifier(domain: &str) -> Object {
    let mut identifier = Object::new();
    identifier.insert("type".into(), "dns".into());
    identifier.insert("value".into(), domain.into());
    identifier
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn a_name_is_given_as_in_a_certificate_or_as_its_records() {
        for (written, domain, record) in [
            ("a.test", "a.test", "_acme-challenge.a.test."),
            ("*.a.test", "*.a.test", "_acme-challenge.a.test."),
            (
                "_ACME-challenge.a.test",
                "a.test",
                "_acme-challenge.a.test.",
            ),
            (
                "_aBcd._acme-challenge.a.test",
                "a.test",
                "_abcd._acme-challenge.a.test.",
            ),
        ] {
            let named = Named::parse(written).unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(
                (named.name.as_str(), named.record()),
                (domain, record.into())
            );
            let kind = named.challenge().kind();
            assert_eq!(kind.is_some(), record.starts_with("_abcd."), "{written}");
        }
        for written in [
            "x._acme-challenge.a.test",
            "_x.a.test",
            "_acme-challenge.",
            "_",
        ] {
            assert!(Named::parse(written).is_err(), "{written}");
        }
    }
}
