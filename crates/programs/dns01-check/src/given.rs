//! What is checked where standard input is not read: names of the command line, or those that a file was made for.

use command::{Args, Usage};
use dns::check::Target;
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, VALUE, WILDCARD};
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
                given.documents.push(of_name(&name).into());
            }
            Err(why) => given.refused.push(why),
        }
    }
    match given.refused.first() {
        Some(why) if given.documents.is_empty() => Err(Usage::new(why.as_str())),
        _ => Ok(Some(given)),
    }
}

/// A name as it is in a certificate, from that or from its record's.
fn name(written: &str) -> Result<String, String> {
    let name = written.strip_prefix(LABEL).unwrap_or(written);
    let names = names::Names::parse([name]).map_err(|error| format!("name {error}"))?;
    let first = names.ordered.into_iter().next();
    first.ok_or_else(|| format!("name `{written}` is none"))
}

/// The challenge for a name of a certificate.
fn of_name(name: &str) -> Challenge {
    let domain = domain(name);
    Challenge::new([
        (FQDN, record(name).into()),
        (IDENTIFIER, identifier(domain).into()),
        (WILDCARD, (domain != name).into()),
    ])
}

fn domain(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

fn record(name: &str) -> String {
    format!("{LABEL}{}.", domain(name))
}

/// Refuses a name for which a file was not made.
fn has(targets: &[Target], name: &str) -> Result<(), Usage> {
    let record = record(name);
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
        "--from: the file has no answers about {name}; it was made for {}{more}",
        known.join(", ")
    )))
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
