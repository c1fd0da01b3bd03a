//! Rows of option tables that the programs which ask name servers have in common, and their values.

use command::{Args, Opt, Usage, Variable};
use dns::resolver::{Host, Resolver};
use dns::transport::{Client, Family, Network, Tls, system_resolvers};

/// `--resolver`; what the manual says of it differs.
pub const RESOLVER: Opt = Opt {
    variable: Some("LEGO_DNS_RESOLVERS"),
    otherwise: Some("the system's"),
    ..Opt::list("resolver", "RESOLVER", "ask this recursive resolver")
};

/// `--jobs`. Each query holds a socket.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    long_help: "512 at most.",
    ..Opt::count("jobs", 512, Some(64), "have at most N queries under way")
};

/// `--ipv4`.
pub const IPV4: Opt = Opt {
    short: Some('4'),
    aliases: &["ipv4only"],
    is_rare: true,
    long_help: "Resolvers that are given as addresses are asked there all the same.",
    ..Opt::flag("ipv4", "ask name servers over IPv4 alone")
};

/// `--ipv6`.
pub const IPV6: Opt = Opt {
    short: Some('6'),
    aliases: &["ipv6only"],
    is_rare: true,
    long_help: "Resolvers that are given as addresses are asked there all the same.",
    ..Opt::flag("ipv6", "ask name servers over IPv6 alone")
};

/// `--recursive-only`.
pub const RECURSIVE_ONLY: Opt = Opt {
    aliases: &["dns.propagation.disable-ans"],
    long_help: "For networks that let nobody but a resolver out, for hidden primaries and split DNS. A resolver that is asked \
                before it can see the record remembers for the zone's negative TTL (RFC 2308) that there is nothing. So a zone \
                is found by NS records, without a question about the record's own name, and no CNAME there is followed.",
    ..Opt::flag("recursive-only", "ask nobody but the resolvers")
};

/// The variables that say whose certificate a resolver may have.
pub const VARIABLES: &[Variable] = &trust::VARIABLES;

/// A client for these resolvers and for name servers, which has at most as many queries under way as `--jobs` says.
///
/// # Errors
/// An option has no sensible value, or a resolver is to show its certificate and no CA is trusted.
pub fn client(args: &Args, resolvers: &[Resolver]) -> Result<Client, Usage> {
    let is_named = |one: &Resolver| matches!(one.host, Host::Name(..));
    let finders = match resolvers.iter().any(is_named) {
        true => system_resolvers(),
        false => Vec::new(),
    };
    let network = Network {
        family: family(args)?,
        tls: tls(args, resolvers)?,
        finders,
    };
    Ok(Client::over(network, args.count(&JOBS)?.unwrap_or(1)))
}

/// The resolvers that `--resolver` names, or the system's.
///
/// # Errors
/// One of them is none.
pub fn resolvers(args: &Args) -> Result<Vec<Resolver>, Usage> {
    let named = args.list(&RESOLVER)?;
    if named.is_empty() && args.is_given(&RESOLVER) {
        return Err(Usage::new("--resolver names no resolver"));
    }
    if named.is_empty() {
        return Ok(system_resolvers().into_iter().map(Resolver::from).collect());
    }
    let parse = |text: &String| {
        let option = args.name_given(&RESOLVER);
        Resolver::parse(text).map_err(|error| Usage::new(format!("{option} `{text}` {error}")))
    };
    named.iter().map(parse).collect()
}

/// Whether resolvers are named, on the command line or by the variable: else they are the system's.
///
/// # Errors
/// What names them is not UTF-8.
pub fn names_resolvers(args: &Args) -> Result<bool, Usage> {
    Ok(!args.list(&RESOLVER)?.is_empty())
}

fn family(args: &Args) -> Result<Family, Usage> {
    let is_wanted = |option: &Opt| Ok::<_, Usage>(args.takes(option) && args.flag(option)?);
    match (is_wanted(&IPV4)?, is_wanted(&IPV6)?) {
        (true, true) => Err(Usage::excluding("--ipv4", "--ipv6")),
        (true, false) => Ok(Family::V4),
        (false, true) => Ok(Family::V6),
        (false, false) => Ok(Family::Both),
    }
}

/// TLS, where a resolver needs it. Certificates of CAs are read now, before the right to read files is given up.
#[cfg(feature = "tls")]
fn tls(args: &Args, resolvers: &[Resolver]) -> Result<Option<Tls>, Usage> {
    let Some(resolver) = resolvers.iter().find(|one| one.protocol.is_encrypted()) else {
        return Ok(None);
    };
    let certificates = trust::trusted(args)?.all().map_err(|why| {
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let option = args.name_given(&RESOLVER);
        Usage::new(format!(
            "{option} `{resolver}` is to show its certificate, and the system has no CA certificates{why}"
        ))
    })?;
    Ok(Some(Tls::trusting(certificates)))
}

/// Without TLS no resolver that needs it is taken.
#[cfg(not(feature = "tls"))]
fn tls(_: &Args, _: &[Resolver]) -> Result<Option<Tls>, Usage> {
    Ok(None)
}
