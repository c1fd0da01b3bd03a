//! Rows of option tables that the programs which ask name servers have in common, and their values.

use std::net::SocketAddr;

use command::{Args, Opt, Usage};
use dns::address;
use dns::transport::{Client, system_resolvers};

/// `--resolver`; what the manual says of it differs.
pub const RESOLVER: Opt = Opt {
    variable: Some("LEGO_DNS_RESOLVERS"),
    otherwise: Some("the system's"),
    ..Opt::list("resolver", "ADDRESS", "ask this recursive resolver")
};

/// `--jobs`. Each query holds a socket.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    long_help: "512 at most.",
    ..Opt::count("jobs", 512, Some(64), "have at most N queries under way")
};

/// A client that has at most as many queries under way as `--jobs` says.
///
/// # Errors
/// `--jobs` is no sensible number.
pub fn client(args: &Args) -> Result<Client, Usage> {
    Ok(Client::new(args.count(&JOBS)?.unwrap_or(1)))
}

/// The resolvers that `--resolver` names, or the system's.
///
/// # Errors
/// One of them is no address.
pub fn resolvers(args: &Args) -> Result<Vec<SocketAddr>, Usage> {
    let named = args.list(&RESOLVER)?;
    if named.is_empty() {
        return Ok(system_resolvers());
    }
    let parse = |text: &String| {
        address::parse(text).map_err(|error| Usage::new(format!("--resolver `{text}` {error}")))
    };
    named.iter().map(parse).collect()
}
