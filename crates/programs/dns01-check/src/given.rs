//! What is checked where standard input is not read: names of the command line, or those that a file was made for.

use command::{Args, Usage};
use dns::check::Target;
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, VALUE, WILDCARD};
use pipeline::{Challenge, Document, Object};

use crate::source::Source;

/// What a challenge's record has before the name to be proven (RFC 8555 §8.4).
const LABEL: &str = "_acme-challenge.";

/// Documents for the names; none where documents are read.
///
/// # Errors
/// One of them is no name of a certificate.
pub(crate) fn documents(args: &Args, source: &Source) -> Result<Option<Vec<Document>>, Usage> {
    if !args.operands.is_empty() {
        let names = args
            .operands
            .iter()
            .map(|name| of_name(&name.to_string_lossy()));
        return Ok(Some(names.collect::<Result<_, _>>()?));
    }
    let targets = source.saved_targets();
    Ok(targets.map(|targets| targets.iter().map(of_target).collect()))
}

/// The challenge for a name as it is in a certificate, or as its record has it.
fn of_name(written: &str) -> Result<Document, Usage> {
    let name = written.strip_prefix(LABEL).unwrap_or(written);
    let names = names::Names::parse([name]).map_err(|error| Usage::new(format!("name {error}")))?;
    let Some(name) = names.ordered.first() else {
        return Err(Usage::new(format!("name `{written}` is none")));
    };
    let domain = name.strip_prefix("*.").unwrap_or(name);
    let members = [
        (FQDN, format!("{LABEL}{domain}.").into()),
        (IDENTIFIER, identifier(domain).into()),
        (WILDCARD, (domain != name).into()),
    ];
    Ok(Challenge::new(members).into())
}

fn of_target(target: &Target) -> Document {
    let mut members = vec![(FQDN, target.name.to_ascii().into())];
    if let Some(domain) = &target.domain {
        let domain = domain.to_ascii();
        members.push((IDENTIFIER, identifier(domain.trim_end_matches('.')).into()));
        members.push((WILDCARD, target.is_wildcard.into()));
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
