//! Names in documents and on the command line, as the library `dns` has them.

use std::ffi::OsStr;

use command::Usage;
use dns::Name;
use pipeline::catalogue::challenge::{FQDN, VALUE};
use pipeline::{Challenge, DomainName, Problem};

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
    dns::name::parse(name.as_str())
        .map_err(|error| Problem::document(format!("the name {name} {error}")))
}

/// A challenge with nothing but its name, and a value where it has one: what a command line asks for.
///
/// # Errors
/// It is no name that a record can be at.
pub fn challenge(fqdn: &OsStr, value: Option<&OsStr>) -> Result<Challenge, Usage> {
    let text = fqdn.to_string_lossy();
    let wrong = |what: &str| Usage::new(format!("name `{text}` {what}"));
    let name = DomainName::parse(&text).map_err(|error| wrong(&error))?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
