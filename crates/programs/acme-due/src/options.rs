//! What the command line asks for.

use crate::failing::at_once;
use acme_due::{ALL, CHECK, CONFIG, DAYS, EXIT_CODE, FAILING, NO_ARI, RETRY, SERVER};
use command::{Args, Usage};
use std::time::{Duration, SystemTime};

/// What a run is to do.
pub(crate) struct Options {
    /// How many days before its end a certificate is due, where a person says so.
    pub(crate) days: Option<u32>,
    /// The directory of the CA from which certificates come of which nobody else says from where.
    pub(crate) server: Option<String>,
    /// No CA is asked when to renew.
    pub(crate) no_ari: bool,
    /// Those that are not due are told of, too.
    pub(crate) all: bool,
    /// It only says what is due.
    pub(crate) check: bool,
    /// Since when what failed is mended, where a person says so: to the second, as times are kept.
    pub(crate) mended: Option<SystemTime>,
    /// Those that wait after tries that failed are told of, as errors: with what tries at once.
    pub(crate) failing: Option<String>,
    /// A status of its own says that nothing is due.
    pub(crate) exit_code: bool,
    /// How long to wait before anything is done.
    pub(crate) jitter: Option<Duration>,
    /// How many CAs to ask at once.
    pub(crate) jobs: usize,
}

impl Options {
    pub(crate) fn from_args(args: &Args) -> Result<Options, Usage> {
        let days = args.count(&DAYS)?;
        let check = args.flag(&CHECK)?;
        let failing = match args.flag(&FAILING)? {
            true => {
                let directory = command::state_directory(args)?;
                Some(at_once(args.path(&CONFIG)?.as_deref(), &directory))
            }
            false => None,
        };
        Ok(Options {
            days: days.and_then(|days| u32::try_from(days).ok()),
            server: args
                .text(&SERVER)?
                .map(|_| acme_cli::directory(args))
                .transpose()?,
            no_ari: args.flag(&NO_ARI)?,
            all: args.flag(&ALL)?,
            check,
            mended: args.flag(&RETRY)?.then(this_second),
            failing,
            exit_code: args.flag(&EXIT_CODE)?,
            jitter: command::jitter(args)?.filter(|_| !check),
            jobs: args.count(&acme_cli::JOBS)?.unwrap_or(1),
        })
    }
}

/// Now, without fractions of a second.
fn this_second() -> SystemTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.unwrap_or_default().as_secs())
}
