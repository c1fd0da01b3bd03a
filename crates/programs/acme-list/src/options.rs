//! What the command line asks for.

use acme_list::{ACCOUNTS, ARCHIVES, DAYS, FORMAT, JSON, NO_ARI, OUTPUT, RESTORE};
use command::{Args, Opt, Usage, message};
use lifecycle::{Configured, Decision, Facts, Inspection, decide_unasked};
use names::{kept_name, said_of_unknown};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::SystemTime;

/// What is listed, or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Certificates,
    Accounts,
    Archives,
    Restore(String),
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Prometheus,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) what: What,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
    pub(crate) days: Option<u32>,
    /// The CA's suggestions are left aside.
    pub(crate) no_ari: bool,
    /// The names that are asked for, as they are written; all where there are none.
    pub(crate) names: Vec<String>,
}

impl Options {
    pub(crate) fn from_args(args: &Args) -> Result<Options, Usage> {
        let what = what(args)?;
        let format = format(args)?;
        let output = args.absolute_path(&OUTPUT)?;
        if format == Format::Prometheus && what != What::Certificates {
            return Err(Usage::new("--format prometheus is for certificates alone"));
        }
        if let Some(output) = &output {
            if format != Format::Prometheus {
                return Err(Usage::new("--output goes with --format prometheus"));
            }
            if output
                .extension()
                .is_none_or(|extension| extension != "prom")
            {
                message::warning(
                    "--output: node_exporter reads only files whose names end in .prom",
                );
            }
        }
        let names = args.operands.iter().map(|name| name.to_string_lossy());
        let names: Vec<String> = names.map(|name| name.into_owned()).collect();
        match what {
            What::Accounts => args.no_operands("accounts are listed all")?,
            What::Restore(_) if names.len() > 1 => {
                return Err(Usage::new("--restore takes the name of one certificate"));
            }
            _ => {}
        }
        let days = args.count(&DAYS)?;
        Ok(Options {
            what,
            format,
            output,
            days: days.and_then(|days| days.try_into().ok()),
            no_ari: args.flag(&NO_ARI)?,
            names,
        })
    }

    /// The decision about a certificate, as acme-due makes it before it asks the CA.
    pub(crate) fn decide(
        &self,
        inspection: &Inspection,
        configured: Option<&Configured>,
        now: SystemTime,
    ) -> Decision {
        let facts = Facts {
            is_suggestion_unwanted: self.no_ari,
            ..inspection.facts(configured, self.days)
        };
        decide_unasked(&facts, now)
    }

    /// Which of these names are asked for.
    ///
    /// # Errors
    /// One that is asked for is none of them.
    pub(crate) fn among(
        &self,
        known: impl IntoIterator<Item = String>,
    ) -> Result<BTreeSet<String>, Usage> {
        let known: BTreeSet<String> = known.into_iter().collect();
        if self.names.is_empty() {
            return Ok(known);
        }
        let words = self.names.iter();
        let names = words.map(|word| kept_name(word, |name| known.contains(name)));
        let (names, unknown): (BTreeSet<_>, BTreeSet<_>) =
            names.partition(|name| known.contains(name));
        match unknown.is_empty() {
            true => Ok(names),
            false => Err(Usage::new(said_of_unknown(&unknown))),
        }
    }
}

fn what(args: &Args) -> Result<What, Usage> {
    let given: Vec<&Opt> = [&ACCOUNTS, &ARCHIVES, &RESTORE]
        .into_iter()
        .filter(|option| args.is_given(option))
        .collect();
    if let [one, other, ..] = given[..] {
        let (one, other) = (one.long, other.long);
        return Err(Usage::new(format!(
            "--{one} and --{other} do not go together"
        )));
    }
    if let Some(version) = args.text(&RESTORE)? {
        return Ok(What::Restore(version));
    }
    Ok(match (args.flag(&ACCOUNTS)?, args.flag(&ARCHIVES)?) {
        (true, _) => What::Accounts,
        (_, true) => What::Archives,
        _ => What::Certificates,
    })
}

fn format(args: &Args) -> Result<Format, Usage> {
    let format = match args.choice(&FORMAT)? {
        Some("json") => Format::Json,
        Some("prometheus") => Format::Prometheus,
        _ => Format::Table,
    };
    match (args.flag(&JSON)?, args.is_given(&FORMAT)) {
        (true, true) if format != Format::Json => {
            Err(Usage::new("--json and another --format do not go together"))
        }
        (true, _) => Ok(Format::Json),
        _ => Ok(format),
    }
}
