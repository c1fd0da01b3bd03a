//! Rows of option tables that the programs which speak to a CA have in common, and their values.

use crate::environment;
use acme::{ClientConfig, ExternalAccount};
use command::{Args, Completion, Kind, Opt, Usage};
use names::not_an_address;

pub use environment::VARIABLES;

/// `--jobs`.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    long_help: "100 at most; fewer where the CA is so quick that further connections would not pay.",
    ..Opt::count("jobs", 100, Some(8), "have at most N requests under way")
};

/// `--path`, where accounts are kept.
pub const PATH: Opt = Opt {
    help: "where accounts are kept",
    ..command::PATH
};

/// `--accounts`: where the keys of accounts are that documents name.
pub const ACCOUNTS: Opt = Opt {
    is_rare: true,
    long_help: "The account's key that a document names has to be below this directory, that of\n.Fl -path ,\n\
                that of its variable, or the default.",
    ..Opt::new(
        "accounts",
        Kind::Path {
            name: "DIR",
            completion: Completion::Directories,
        },
        "where accounts may be besides",
    )
};

/// `--csr`.
pub const CSR: Opt = Opt {
    is_rare: true,
    long_help: "In PEM or DER, with all names that are ordered, and signed with its key, which stays where it is: no key is \
                made or kept.\nRenewals use the same file, or once that is gone the copy beside the certificate.",
    ..Opt::new(
        "csr",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "a certificate request that was made elsewhere",
    )
};

/// `--server`; what the manual says of it differs.
pub const SERVER: Opt = Opt {
    short: Some('s'),
    variable: Some("LEGO_SERVER"),
    ..Opt::new(
        "server",
        Kind::Text {
            name: "URL",
            default: Some("letsencrypt"),
        },
        "the CA: a directory's URL, or a known name",
    )
};

/// `--email`; what it is for differs.
pub const EMAIL: Opt = Opt {
    short: Some('m'),
    variable: Some("LEGO_EMAIL"),
    ..Opt::text("email", "ADDRESS", "")
};

/// `--timeout`; what it bounds differs.
pub const TIMEOUT: Opt = Opt::seconds("timeout", Some(180), "");

/// How to speak to a CA.
///
/// # Errors
/// `--jobs` is no sensible number, `--timeout` leaves no time, a variable is neither true nor false or names no proxy, or the
/// CA certificates cannot be read.
pub(crate) fn client_config(args: &Args) -> Result<ClientConfig, Usage> {
    let timeout = args.seconds(&TIMEOUT)?.unwrap_or_default();
    if timeout.is_zero() {
        return Err(Usage::new("--timeout 0 leaves the CA no time"));
    }
    Ok(ClientConfig {
        trust: environment::trust(args)?,
        proxies: environment::proxies(args)?,
        user_agent: concat!("acmepipe/", env!("CARGO_PKG_VERSION")).into(),
        jobs: args.count(&JOBS)?.unwrap_or(1),
        timeout,
        trace: environment::trace(args)?,
    })
}

/// The URL of the directory that `--server` means.
///
/// # Errors
/// It is neither a URL nor a known name.
pub fn directory(args: &Args) -> Result<String, Usage> {
    let server = args.text(&SERVER)?;
    acme::directory_url(&server.unwrap_or_default()).map_err(|error| {
        let names: Vec<_> = acme::SERVERS.iter().map(|(name, _)| *name).collect();
        Usage::new(format!("{error}; known names: {}", names.join(", ")))
    })
}

/// The account's contact address, if there is one.
///
/// # Errors
/// It is empty, has blanks or control characters, or is not UTF-8.
pub fn email(args: &Args) -> Result<Option<String>, Usage> {
    let email = args.text(&EMAIL)?;
    match email.as_deref().and_then(not_an_address) {
        Some(why) => Err(Usage::new(format!("the e-mail address {why}"))),
        None => Ok(email),
    }
}

/// The external account that `--kid` and `--hmac` name.
///
/// # Errors
/// They are not a usable key.
pub fn external_account(kid: &str, hmac: &str) -> Result<ExternalAccount, Usage> {
    ExternalAccount::new(kid, hmac).map_err(|error| Usage::new(error.to_string()))
}
