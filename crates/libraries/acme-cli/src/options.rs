//! Rows of option tables, and what they come to.

use crate::environment;
use acme::{ClientConfig, ExternalAccount};
use pipeline::{Args, Opt, Usage};
use std::time::Duration;

pub use environment::VARIABLES;

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

const DEFAULT_JOBS: usize = 8;
const MOST_JOBS: usize = 100;

/// How to speak to a CA, which may take `timeout` for what it does not do at once.
///
/// # Errors
/// `--jobs` is no sensible number, a variable neither true nor false, or the CA certificates cannot be read.
pub fn client_config(args: &Args, timeout: Duration) -> Result<ClientConfig, Usage> {
    Ok(ClientConfig {
        trust: environment::trust()?,
        user_agent: concat!("acmepipe/", env!("CARGO_PKG_VERSION")).into(),
        jobs: args.count("jobs", MOST_JOBS)?.unwrap_or(DEFAULT_JOBS),
        timeout,
        trace: environment::trace()?,
    })
}

/// The URL of the directory that `--server` means.
///
/// # Errors
/// It is neither a URL nor a known name.
pub fn directory(args: &Args) -> Result<String, Usage> {
    let server = args.text("server")?;
    acme::directory_url(server.as_deref().unwrap_or("letsencrypt")).map_err(|error| {
        let names: Vec<_> = acme::SERVERS.iter().map(|(name, _)| *name).collect();
        Usage::new(format!("{error}; known names: {}", names.join(", ")))
    })
}

/// What `--kid` and `--hmac` come to.
///
/// # Errors
/// They are no key.
pub fn external_account(kid: &str, hmac: &str) -> Result<ExternalAccount, Usage> {
    ExternalAccount::new(kid, hmac).map_err(|error| Usage::new(error.to_string()))
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
