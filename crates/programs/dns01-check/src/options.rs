//! What the command line says.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use command::{Args, Usage};
use dns::check::Severity;
use dns::resolver::Resolver;
use dns_cli::CheckContext;
use dns01_check::{ACCOUNT, CA, FAIL_ON, FORMAT, FROM, JSON, SAVE, STOP};

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
    /// The CA and the account that the command line names.
    pub(crate) named: CheckContext,
    /// The CA that the environment names, where a document names none.
    pub(crate) usual: CheckContext,
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
        let from = args.path(&FROM)?;
        Ok(Options {
            named: CheckContext {
                issuers: named_issuers(args)?,
                account: account(args)?,
                ..CheckContext::default()
            },
            // A file was made for a CA.
            usual: match from {
                Some(_) => CheckContext::default(),
                None => usual(args)?,
            },
            stops: args.flag(&STOP)?,
            fail_on: fail_on.unwrap_or(Severity::Error),
            format: format(args)?,
            save: save(args)?,
            from,
            resolvers: dns_cli::resolvers(args)?,
            names_resolvers: dns_cli::names_resolvers(args)?,
        })
    }
}

/// What the CAs of `--ca` are called in CAA records.
fn named_issuers(args: &Args) -> Result<Vec<String>, Usage> {
    if !args.is_given(&CA) {
        return Ok(Vec::new());
    }
    let named = args.list(&CA)?;
    if named.is_empty() {
        return Err(Usage::new("--ca names no CA"));
    }
    let mut issuers = Vec::new();
    for name in named {
        let found = dns_cli::issuers(&name);
        if found.is_empty() {
            return Err(Usage::new(format!(
                "--ca takes what a CA is called in CAA records, such as letsencrypt.org, or the name or URL of a CA that is \
                 known, not `{name}`"
            )));
        }
        issuers.extend(found);
    }
    Ok(issuers)
}

/// The CA that the pipeline orders from, as far as it is known.
fn usual(args: &Args) -> Result<CheckContext, Usage> {
    let servers = match args.is_given(&CA) {
        true => Vec::new(),
        false => args.list(&CA)?,
    };
    Ok(CheckContext {
        issuers: servers
            .iter()
            .flat_map(|one| dns_cli::issuers(one))
            .collect(),
        usual_issuers: match servers.is_empty() {
            true => dns_cli::usual_issuers(),
            false => Vec::new(),
        },
        account: None,
    })
}

/// The account's URL.
fn account(args: &Args) -> Result<Option<String>, Usage> {
    let account = args.text(&ACCOUNT)?;
    match account {
        Some(text) if !text.starts_with("https://") => Err(Usage::new(format!(
            "--account takes the account's URL, which begins with https://, not `{text}`"
        ))),
        account => Ok(account),
    }
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

/// The file for replies. Where it cannot be is said before anybody is asked.
fn save(args: &Args) -> Result<Option<PathBuf>, Usage> {
    let path = args.absolute_path(&SAVE)?;
    if let Some(dir) = path.as_deref().and_then(Path::parent)
        && let Err(error) = fs::read_dir(dir)
    {
        return Err(Usage::new(format!("--save: {}: {error}", dir.display())));
    }
    Ok(path)
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
