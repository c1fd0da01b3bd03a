//! The command line and the environment of `acme-validate`.

use acme::{AccountStore, ClientConfig};
use pipeline::{Args, Opt, Program, Stdin, Usage};
use std::time::Duration;

/// What `--help` and the man page are made from.
pub(crate) static PROGRAM: Program = Program {
    name: "acme-validate",
    stdin: Stdin::Documents,
    about: "tell the CA that challenges are ready, and wait for what it finds",
    usage: &["[OPTIONS] < documents"],
    options: &[
        Opt {
            long_help: "For documents that do not say: challenges that were taken out of their order.",
            ..acme_cli::SERVER
        },
        Opt {
            short: Some('m'),
            value: Some("ADDRESS"),
            variable: Some("LEGO_EMAIL"),
            long_help: "For documents that do not say: the account to use is the one of this address.",
            ..Opt::new("email", "whose account to use")
        },
        Opt {
            long_help: "For documents that do not say.",
            ..acme_cli::PATH
        },
        Opt {
            value: Some("SECONDS"),
            default: Some("180"),
            ..Opt::new("timeout", "how long the CA may take to look")
        },
        acme_cli::JOBS,
    ],
    variables: acme_cli::VARIABLES,
};

/// What the command line and the environment say.
pub(crate) struct Config {
    /// The directory and the account's files for documents that name no account.
    pub(crate) directory: String,
    pub(crate) store: AccountStore,
    pub(crate) client: ClientConfig,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        acme_cli::no_operands(args, "documents come on stdin")?;
        let directory = acme_cli::directory(args)?;
        let email = args.text("email")?;
        let timeout = args.seconds("timeout")?;
        Ok(Config {
            store: AccountStore::new(&args.state_directory()?, &directory, email.as_deref()),
            directory,
            client: acme_cli::client_config(args, timeout.unwrap_or(Duration::from_secs(180)))?,
        })
    }
}
