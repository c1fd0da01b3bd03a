//! What the command line says.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use command::{Args, Usage};
use dns::check::Severity;
use dns::resolver::Resolver;
use dns01_check::{CA, FAIL_ON, FORMAT, FROM, JSON, RESOLVER, SAVE, STOP};

/// How what was found is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a person.
    Text,
    /// Documents.
    Json,
    /// A graph.
    Dot,
}

/// What the command line says.
#[derive(Clone)]
pub(crate) struct Options {
    /// What the CA is called in CAA records, where it is named.
    pub(crate) issuers: Vec<String>,
    /// Whether a verdict becomes an error.
    pub(crate) stops: bool,
    pub(crate) fail_on: Severity,
    pub(crate) format: Format,
    pub(crate) save: Option<PathBuf>,
    pub(crate) from: Option<PathBuf>,
    pub(crate) resolvers: Vec<Resolver>,
    /// Whether the resolvers are named, and not the system's.
    pub(crate) names_resolvers: bool,
}

impl Options {
    pub(crate) fn from_args(args: &Args) -> Result<Options, Usage> {
        refuse_streams(args)?;
        let word = args.choice(&FAIL_ON)?.unwrap_or("error");
        let fail_on = Severity::ALL.into_iter().find(|one| one.as_str() == word);
        Ok(Options {
            issuers: issuers(args)?,
            stops: args.flag(&STOP)?,
            fail_on: fail_on.unwrap_or(Severity::Error),
            format: format(args)?,
            save: args.absolute_path(&SAVE)?,
            from: args.path(&FROM)?,
            resolvers: dns_cli::resolvers(args)?,
            names_resolvers: args.is_given(&RESOLVER),
        })
    }
}

/// What the CAs of `--ca` are called in CAA records.
fn issuers(args: &Args) -> Result<Vec<String>, Usage> {
    let named = args.list(&CA)?;
    if named.is_empty() && args.is_given(&CA) {
        return Err(Usage::new("--ca names no CA"));
    }
    let mut issuers = Vec::new();
    for name in named {
        let found = dns_cli::issuers(&name);
        if found.is_empty() {
            return Err(Usage::new(format!(
                "--ca takes what a CA is called in CAA records, such as letsencrypt.org, or its directory's URL where that CA \
                 is known, not `{name}`"
            )));
        }
        issuers.extend(found);
    }
    Ok(issuers)
}

/// Refuses `-` for a file: documents come and go there.
fn refuse_streams(args: &Args) -> Result<(), Usage> {
    for option in [&SAVE, &FROM] {
        if args
            .path(option)?
            .is_some_and(|path| path == Path::new("-"))
        {
            return Err(Usage::new(format!(
                "--{} takes a file, not `-`",
                option.long
            )));
        }
    }
    Ok(())
}

fn format(args: &Args) -> Result<Format, Usage> {
    let is_json = args.flag(&JSON)?;
    match args.choice(&FORMAT)? {
        Some(other) if is_json && other != "json" => {
            Err(Usage::excluding("--json", &format!("--format {other}")))
        }
        Some("text") => Ok(Format::Text),
        Some("dot") => Ok(Format::Dot),
        None if io::stdout().is_terminal() && !is_json => Ok(Format::Text),
        _ => Ok(Format::Json),
    }
}
