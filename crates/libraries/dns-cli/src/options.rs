//! Rows of option tables, and what they come to.

use std::net::SocketAddr;

use dns::address;
use dns::transport::system_resolvers;
use pipeline::{Args, Opt, Usage};

/// `--jobs`.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    value: Some("N"),
    default: Some("64"),
    long_help: "512 at most.",
    ..Opt::new("jobs", "have at most N questions under way")
};

/// `--resolver`; what to say of it in the manual differs.
pub const RESOLVER: Opt = Opt {
    value: Some("ADDRESS"),
    variable: Some("LEGO_DNS_RESOLVERS"),
    default: Some("the system's"),
    list: true,
    ..Opt::new("resolver", "ask this recursive resolver")
};

const DEFAULT_JOBS: usize = 64;
/// Each of them holds a socket.
const MOST_JOBS: usize = 512;

/// How many questions may be under way.
///
/// # Errors
/// `--jobs` is no sensible number.
pub fn jobs(args: &Args) -> Result<usize, Usage> {
    Ok(args.count("jobs", MOST_JOBS)?.unwrap_or(DEFAULT_JOBS))
}

/// The resolvers that `--resolver` names, or the system's.
///
/// # Errors
/// One of them is no address.
pub fn resolvers(args: &Args) -> Result<Vec<SocketAddr>, Usage> {
    let named = args.texts("resolver")?;
    if named.is_empty() {
        return Ok(system_resolvers());
    }
    let parse = |text: &String| {
        address::parse(text).map_err(|error| Usage::new(format!("resolver `{text}` {error}")))
    };
    named.iter().map(parse).collect()
}
