//! Rows of option tables, and what they come to.

use acme::{Settings, Trust};
use pipeline::{Args, Opt, Usage, Variable};
use std::time::Duration;

/// `--jobs`.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    value: Some("N"),
    default: Some("8"),
    long_help: "100 at most; fewer where the CA is so quick that further connections would not pay.",
    ..Opt::new("jobs", "have at most N requests under way")
};

/// `--path`, where accounts are kept.
pub const PATH: Opt = Opt {
    value: Some("DIR"),
    variable: Some("LEGO_PATH"),
    default: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
    ..Opt::new("path", "where accounts are kept")
};

/// `--server`; what to say of it in the manual differs.
pub const SERVER: Opt = Opt {
    short: Some('s'),
    value: Some("URL"),
    variable: Some("LEGO_SERVER"),
    default: Some("letsencrypt"),
    ..Opt::new("server", "the CA: a directory's URL, or a known name")
};

/// The variables that no option stands for.
pub const VARIABLES: &[Variable] = &[
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
];

const DEFAULT_JOBS: usize = 8;
const MOST_JOBS: usize = 100;

/// How to speak to a CA, with `patience` for what it does not do at once.
///
/// # Errors
/// `--jobs` is no sensible number, a variable neither true nor false, or the CA certificates cannot be read.
pub fn settings(args: &Args, patience: Duration) -> Result<Settings, Usage> {
    Ok(Settings {
        trust: Trust::from_env().map_err(usage)?,
        user_agent: concat!("acmepipe/", env!("CARGO_PKG_VERSION")).into(),
        jobs: args.count("jobs", MOST_JOBS)?.unwrap_or(DEFAULT_JOBS),
        patience,
        trace: acme::is_true("LEGO_DEBUG_ACME_HTTP_CLIENT").map_err(usage)?,
    })
}

/// The URL of the directory that `--server` means.
///
/// # Errors
/// It is neither a URL nor a known name.
pub fn directory(args: &Args) -> Result<String, Usage> {
    let server = args.text("server")?;
    acme::directory_url(server.as_deref().unwrap_or("letsencrypt")).map_err(usage)
}

/// Refuses words that are no options, and says where what they may be belongs: "names are given with -d".
///
/// # Errors
/// There are such words.
pub fn no_operands(args: &Args, but: &str) -> Result<(), Usage> {
    match args.operands.first() {
        Some(operand) => {
            let operand = operand.to_string_lossy();
            Err(Usage::new(format!("`{operand}` is no option; {but}")))
        }
        None => Ok(()),
    }
}

/// What is wrong with the environment or the command line, as the library says it.
pub fn usage(error: acme::Error) -> Usage {
    Usage::new(error.to_string())
}
