//! What the command line says.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

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
        let word = args.choice(&FAIL_ON)?.unwrap_or("error");
        let fail_on = Severity::ALL.into_iter().find(|one| one.as_str() == word);
        Ok(Options {
            issuers: args.list(&CA)?,
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
