//! What the command line says.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use command::{Args, Usage};
use dns::check::Severity;
use dns01_check::{CA, FAIL_ON, FROM, JSON, RESOLVER, SAVE, STOP};

/// What the command line says.
#[derive(Clone)]
pub(crate) struct Options {
    /// What the CA is called in CAA records, where it is named.
    pub(crate) issuers: Vec<String>,
    /// Whether a verdict becomes an error.
    pub(crate) stops: bool,
    pub(crate) fail_on: Severity,
    /// Whether a person reads what is written.
    pub(crate) shows_text: bool,
    pub(crate) save: Option<PathBuf>,
    pub(crate) from: Option<PathBuf>,
    pub(crate) resolvers: Vec<SocketAddr>,
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
            shows_text: io::stdout().is_terminal() && !args.flag(&JSON)?,
            save: args.absolute_path(&SAVE)?,
            from: args.path(&FROM)?,
            resolvers: dns_cli::resolvers(args)?,
            names_resolvers: args.is_given(&RESOLVER),
        })
    }
}
