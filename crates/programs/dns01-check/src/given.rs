//! What is checked where standard input is not read: names of the command line, or those that a file was made for.

use command::{Args, Usage};
use dns::check::{DNS_01, Target};
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, TYPE, VALUE, WILDCARD};
use pipeline::{Challenge, Document, Object};

use crate::source::Source;

/// What a challenge's record has before the name to be proven (RFC 8555 §8.4).
const LABEL: &str = "_acme-challenge.";

/// How many names of a file are named where another is asked for.
const MOST_NAMED: usize = 5;

/// What is checked where standard input is not read.
pub(crate) struct Given {
    pub(crate) documents: Vec<Document>,
    /// Why names of the command line are not among them.
    pub(crate) refused: Vec<String>,
}

/// What the command line names, or a file was made for; none where documents are read.
///
/// # Errors
/// None of the names is one of a certificate, or a file was not made for one of them.
pub(crate) fn given(args: &Args, source: &Source) -> Result<Option<Given>, Usage> {
    let targets = source.saved_targets();
    if args.operands.is_empty() {
        if targets.is_some_and(<[Target]>::is_empty) {
            return Err(Usage::new("--from: the file was made for no name"));
        }
        return Ok(targets.map(|targets| Given {
            documents: targets.iter().map(of_target).collect(),
            refused: Vec::new(),
        }));
    }
    let mut given = Given {
        documents: Vec::new(),
        refused: Vec::new(),
    };
    for operand in &args.operands {
        match name(&operand.to_string_lossy()) {
            Ok(name) => {
                if let Some(targets) = targets {
                    has(targets, &name)?;
                }
                given.documents.push(name.challenge().into());
            }
            Err(why) => given.refused.push(why),
        }
    }
    match given.refused.first() {
        Some(why) if given.documents.is_empty() => Err(Usage::new(why.as_str())),
        _ => Ok(Some(given)),
    }
}

/// A name as it is in a certificate.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    name: String,
    /// What the record has before its label: that of the account, with dns-account-01.
    account: Option<String>,
}

/// A name as it is in a certificate, from that or from its record's.
fn name(written: &str) -> Result<Named, String> {
    let (account, name) = parts(written);
    let names = names::Names::parse([name]).map_err(|error| format!("name {error}"))?;
    let first = names.ordered.into_iter().next();
    Ok(Named {
        name: first.ok_or_else(|| format!("`{written}` is not a name"))?,
        account: account.map(str::to_ascii_lowercase),
    })
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
    /// Its challenge.
    fn challenge(&self) -> Challenge {
        let domain = self.domain();
        let members = [
            (FQDN, self.record().into()),
            (IDENTIFIER, identifier(domain).into()),
            (WILDCARD, (domain != self.name).into()),
        ];
        let kind = self
            .account
            .as_ref()
            .map(|_| (TYPE, dns_cli::DNS_ACCOUNT_01.into()));
        Challenge::new(members.into_iter().chain(kind))
    }

    fn domain(&self) -> &str {
        self.name.strip_prefix("*.").unwrap_or(&self.name)
    }

    fn record(&self) -> String {
        let before = self.account.as_ref();
        let before = before.map_or_else(String::new, |label| format!("{label}."));
        format!("{before}{LABEL}{}.", self.domain())
    }
}

/// Refuses a name for which a file was not made.
fn has(targets: &[Target], name: &Named) -> Result<(), Usage> {
    let record = name.record();
    let is_it = |one: &Target| one.name.to_ascii() == record;
    if targets.iter().any(is_it) {
        return Ok(());
    }
    let known = targets
        .iter()
        .take(MOST_NAMED)
        .map(|one| one.name.to_ascii());
    let known: Vec<String> = known.collect();
    let more = match targets.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Usage::new(format!(
        "--from: the file has no answers about {}; it was made for {}{more}",
        name.name,
        known.join(", ")
    )))
}

fn of_target(target: &Target) -> Document {
    let mut members = vec![(FQDN, target.name.to_ascii().into())];
    if let Some(domain) = &target.domain {
        let domain = domain.to_ascii();
        members.push((IDENTIFIER, identifier(domain.trim_end_matches('.')).into()));
        members.extend(target.is_wildcard.map(|is_it| (WILDCARD, is_it.into())));
    }
    if target.method != DNS_01 {
        members.push((TYPE, target.method.as_str().into()));
    }
    if let Some(value) = &target.value {
        members.push((VALUE, value.as_str().into()));
    }
    Challenge::new(members).into()
}

fn identifier(domain: &str) -> Object {
    let mut identifier = Object::new();
    identifier.insert("type".into(), "dns".into());
    identifier.insert("value".into(), domain.into());
    identifier
}

#[cfg(test)]
mod tests {
    use super::name;

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
            let named = name(written).unwrap_or_else(|error| panic!("{written}: {error}"));
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
            assert!(name(written).is_err(), "{written}");
        }
    }
}
