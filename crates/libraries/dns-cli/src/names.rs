//! Names in documents and on the command line.

use dns::Name;
use dns::name::parse;
use pipeline::{Failure, Object, Usage, value};

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
pub fn operand(text: &str) -> Result<Name, Usage> {
    parse(text).map_err(|error| Usage::new(format!("name `{text}` {error}")))
}
