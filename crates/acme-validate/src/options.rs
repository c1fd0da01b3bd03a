//! The command line and the environment of `acme-validate`.

use acme::{Settings, Store, Trust};
use pipeline::{Args, Opt, Program, Usage, Variable};
use std::time::Duration;

/// What `--help` and the man page are made from.
pub(crate) static PROGRAM: Program = Program {
    name: "acme-validate",
    about: "tell the CA that challenges are ready, and wait for what it finds",
    usage: &["[OPTIONS] < documents"],
    options: &[
        Opt {
            short: Some('s'),
            value: Some("URL"),
            variable: Some("LEGO_SERVER"),
            default: Some("letsencrypt"),
            long_help: "For documents that do not say: challenges that were taken out of their order.",
            ..Opt::new("server", "the CA: a directory's URL, or a known name")
        },
        Opt {
            short: Some('m'),
            value: Some("ADDRESS"),
            variable: Some("LEGO_EMAIL"),
            long_help: "For documents that do not say: the account to use is the one of this address.",
            ..Opt::new("email", "whose account to use")
        },
        Opt {
            value: Some("DIR"),
            variable: Some("LEGO_PATH"),
            default: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
            long_help: "For documents that do not say.",
            ..Opt::new("path", "where accounts are kept")
        },
        Opt {
            value: Some("SECONDS"),
            default: Some("180"),
            ..Opt::new("timeout", "how long the CA may take to look")
        },
        Opt {
            short: Some('j'),
            value: Some("N"),
            default: Some("8"),
            long_help: "Fewer where the CA is so quick that further connections would not pay.",
            ..Opt::new("jobs", "have at most N requests under way")
        },
    ],
    variables: &[
        Variable {
            name: "LEGO_CA_CERTIFICATES",
            help: "PEM files, with colons between, in place of the system's CA certificates",
        },
        Variable {
            name: "LEGO_CA_SYSTEM_CERT_POOL",
            help: "if true, trust the system's CA certificates as well",
        },
        Variable {
            name: "LEGO_CA_SERVER_NAME",
            help: "the name in the ACME server's certificate, if not its URL's",
        },
        Variable {
            name: "LEGO_DEBUG_ACME_HTTP_CLIENT",
            help: "if true, show requests and replies on stderr",
        },
        Variable {
            name: "SSL_CERT_FILE, SSL_CERT_DIR",
            help: "where the system's CA certificates are, if not in the usual place",
        },
        Variable {
            name: "HTTPS_PROXY, NO_PROXY",
            help: "a proxy for requests to the CA, and hosts asked without it",
        },
    ],
};

/// What the command line and the environment say.
pub(crate) struct Config {
    /// The directory and the account's files for documents that name no account.
    pub(crate) directory: String,
    pub(crate) store: Store,
    pub(crate) settings: Settings,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        if let Some(operand) = args.operands.first() {
            let operand = operand.to_string_lossy();
            return Err(Usage::new(format!(
                "`{operand}` is no option; documents come on stdin"
            )));
        }
        let server = args.text("server")?;
        let directory =
            acme::directory_url(server.as_deref().unwrap_or("letsencrypt")).map_err(usage)?;
        let email = args.text("email")?;
        let patience = args.seconds("timeout")?;
        Ok(Config {
            store: Store::new(&args.state_directory()?, &directory, email.as_deref()),
            directory,
            settings: Settings {
                trust: Trust::from_env().map_err(usage)?,
                user_agent: concat!("acmepipe/", env!("CARGO_PKG_VERSION")).into(),
                jobs: args.count("jobs", 100)?.unwrap_or(8),
                patience: patience.unwrap_or(Duration::from_secs(180)),
            },
        })
    }
}

fn usage(error: acme::Error) -> Usage {
    Usage::new(error.to_string())
}
