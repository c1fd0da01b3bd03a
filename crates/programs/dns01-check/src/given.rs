//! What is checked where standard input is not read: names of the command line, or those that a file was made for.

use command::{Args, Usage};
use dns::check::{DNS_01, Target};
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, TYPE, VALUE, WILDCARD};
use pipeline::{Challenge, Document};

use crate::named::{Named, identifier};
use crate::source::Source;

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
        match Named::parse(&operand.to_string_lossy()) {
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

/// Refuses a name for which a file was not made.
fn has(targets: &[Target], name: &Named) -> Result<(), Usage> {
    let record = name.record();
    let is_it = |one: &Target| one.name.to_ascii() == record;
    if targets.iter().any(is_it) {
        return Ok(());
    }
    let mut known: Vec<String> = Vec::new();
    for one in targets.iter().map(|one| one.name.to_ascii()) {
        // A name and its wildcard have one record.
        if !known.contains(&one) {
            known.push(one);
        }
    }
    let more = known.len().saturating_sub(MOST_NAMED);
    known.truncate(MOST_NAMED);
    let more = match more {
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
