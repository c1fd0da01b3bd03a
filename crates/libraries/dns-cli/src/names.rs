//! Names in documents and on the command line.

use std::ffi::OsStr;

use dns::Name;
use dns::name::parse;
use pipeline::{Document, Failure, Object, Usage, value};

/// The name that the CA asks for: member `fqdn`.
///
/// # Errors
/// The member is missing, or is no name.
pub fn fqdn(challenge: &Object) -> Result<Name, Failure> {
    name(challenge, "fqdn")?.ok_or_else(|| Failure::document("member `fqdn` is missing"))
}

/// The name that the record is at: after its CNAMEs, where those are known.
pub(crate) fn record_name(challenge: &Object) -> Result<Name, Failure> {
    match name(challenge, "effective_fqdn")? {
        Some(name) => Ok(name),
        None => fqdn(challenge),
    }
}

/// The name that a member is, if it is there.
pub(crate) fn name(object: &Object, member: &str) -> Result<Option<Name>, Failure> {
    let text: Option<String> = value::optional(object, member)?;
    let read = |text: String| {
        parse(&text).map_err(|error| Failure::document(format!("member `{member}` {error}")))
    };
    text.map(read).transpose()
}

/// A name on the command line.
///
/// # Errors
/// It is no name.
pub fn operand(text: &OsStr) -> Result<Name, Usage> {
    let text = text.to_string_lossy();
    parse(&text).map_err(|error| Usage::new(format!("name `{text}` {error}")))
}

/// A challenge with nothing but its name, and a value where it has one, as a document of its own.
#[must_use]
pub fn challenge(fqdn: &Name, value: Option<&str>) -> Document {
    let members = [
        ("fqdn", Some(fqdn.to_ascii())),
        ("value", value.map(str::to_owned)),
    ];
    let members = members
        .into_iter()
        .filter_map(|(member, text)| Some((member.to_owned(), text?.into())));
    Object::from_iter(members).into()
}
