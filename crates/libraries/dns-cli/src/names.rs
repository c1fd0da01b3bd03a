//! Names in documents and on the command line, as the library `dns` has them.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::net::IpAddr;

use command::Usage;
use dns::Name;
use pipeline::catalogue::challenge::{FQDN, VALUE};
use pipeline::{Challenge, DomainName, Problem};

const ADDRESS: &str = "is an IP address, for which there is no dns-01 challenge (RFC 8738 §7)";

/// The name that the CA asks for.
///
/// # Errors
/// The member is missing, or is no name that a record can be at.
pub fn fqdn(challenge: &Challenge) -> Result<Name, Problem> {
    name(&challenge.fqdn()?)
}

/// The name that the record is at: after its CNAMEs, where those are known.
pub(crate) fn record_name(challenge: &Challenge) -> Result<Name, Problem> {
    name(&challenge.record_name()?)
}

/// A document's name.
pub(crate) fn name(name: &DomainName) -> Result<Name, Problem> {
    parse(name).map_err(|error| Problem::document(format!("the name {name} {error}")))
}

/// A name that a record can be at: an IP address is none.
fn parse(name: &DomainName) -> Result<Name, String> {
    match is_address(name.as_str()) {
        true => Err(ADDRESS.into()),
        false => dns::name::parse(name.as_str()),
    }
}

fn is_address(text: &str) -> bool {
    text.trim_end_matches('.').parse::<IpAddr>().is_ok()
}

/// A challenge with nothing but its name, and a value where it has one: what a command line asks for.
///
/// # Errors
/// It is no name that a record can be at.
pub fn challenge(fqdn: &OsStr, value: Option<&OsStr>) -> Result<Challenge, Usage> {
    let text = fqdn.to_string_lossy();
    let wrong = |what: &str| Usage::new(format!("name `{text}` {what}"));
    if is_address(&text) {
        return Err(wrong(ADDRESS));
    }
    let name = DomainName::parse(&in_a_labels(&text)).map_err(|error| wrong(&error))?;
    if name.is_root() {
        return Err(wrong(
            "is the root, where no record for a challenge is kept",
        ));
    }
    let value = value.map(|value| (VALUE, value.to_string_lossy().into_owned().into()));
    Ok(Challenge::new(
        [(FQDN, name.into())].into_iter().chain(value),
    ))
}

/// An international name in A-labels, as those are that a person gives for a certificate; any other name as it is.
fn in_a_labels(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    // What begins with an underscore is no label of a host name (RFC 8552), and stands before those that are.
    let mut rest = text;
    while let Some((label, behind)) = rest.split_once('.')
        && label.starts_with('_')
    {
        rest = behind;
    }
    let before = &text[..text.len() - rest.len()];
    match names::Names::parse([rest]) {
        Ok(names) => format!("{before}{}", names.ordered.concat()).into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ip_address_is_said_to_be_one() {
        for (text, is_address) in [
            ("192.0.2.1", true),
            ("192.0.2.1.", true),
            ("2001:db8::1", true),
            ("192.0.2.example", false),
            ("192.0.2", false),
        ] {
            let error = challenge(OsStr::new(text), None).err();
            let said = error.map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(
                said.contains("is an IP address"),
                is_address,
                "{text}: {said}"
            );
            if let Ok(parsed) = DomainName::parse(text) {
                assert_eq!(name(&parsed).is_err(), is_address, "{text}");
            }
        }
    }

    #[test]
    fn international_names_are_taken_as_people_write_them() {
        for (text, fqdn) in [
            (
                "_acme-challenge.b\u{fc}cher.example.test",
                "_acme-challenge.xn--bcher-kva.example.test.",
            ),
            (
                "_x._ACME-challenge.B\u{dc}CHER.example.test.",
                "_x._acme-challenge.xn--bcher-kva.example.test.",
            ),
            ("b\u{fc}cher.example.test", "xn--bcher-kva.example.test."),
            (
                "_acme-challenge.EXAMPLE.test",
                "_acme-challenge.example.test.",
            ),
            ("_b\u{fc}cher.example.test", ""),
            ("*.b\u{fc}cher.example.test", ""),
        ] {
            let challenge = challenge(OsStr::new(text), None).ok();
            let found = challenge.map(|one| one.fqdn().unwrap().to_string());
            assert_eq!(found.unwrap_or_default(), fqdn, "{text}");
        }
    }

    #[test]
    fn documents_and_the_wire_have_one_rule_for_names() {
        for text in [
            "a.test",
            "A.Test.",
            "_x.test",
            "a-.test",
            "-a.test",
            "a.-b.test",
            "*.test",
            "a b.test",
            "a..b",
            ".",
            "x.a/b",
            "a.b\\.c",
            "\u{fc}.test",
            "a.test..",
        ] {
            let document = DomainName::parse(text).ok().map(|name| name.to_string());
            let wire = dns::name::parse(text).ok().map(|name| name.to_ascii());
            assert_eq!(document, wire, "{text}");
        }
    }
}
