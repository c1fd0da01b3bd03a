//! The options of `dns-zone`, read and checked.

use command::{Args, Usage};
use dns::check::TraceOptions;
use dns::transport::Client;
use dns::zone::Search;
use dns_zone::{ALLOW_TLD, FOLLOW_WILDCARD_CNAME, NO_CNAME, RECURSIVE_ONLY, TRACE};

/// What the command line asks for.
pub(crate) struct Options {
    /// Asks the servers.
    pub(crate) client: Client,
    /// How to look.
    pub(crate) search: Search,
    /// How to go from the root down, where that is wanted.
    pub(crate) trace: Option<TraceOptions>,
    /// Whether the resolvers are named, and not the system's.
    pub(crate) names_resolvers: bool,
    /// How many queries may be under way.
    pub(crate) jobs: usize,
}

impl Options {
    /// What a person is told who watches: what is not looked for.
    pub(crate) fn note(&self) -> Option<&'static str> {
        let is_alone = self.search.only_resolvers && self.search.follow_cnames;
        is_alone.then_some(
            "with --recursive-only nobody is asked about a record's own name: a CNAME there is not followed, and a zone of that \
             name is not seen",
        )
    }

    pub(crate) fn read(args: &Args) -> Result<Options, Usage> {
        let resolvers = dns_cli::resolvers(args)?;
        let client = dns_cli::client(args, &resolvers)?;
        let search = Search {
            resolvers,
            only_resolvers: args.flag(&RECURSIVE_ONLY)?,
            follow_cnames: !args.flag(&NO_CNAME)?,
            follow_wildcard_cnames: args.flag(&FOLLOW_WILDCARD_CNAME)?,
            allow_top_level: args.flag(&ALLOW_TLD)?,
        };
        let is_traced = args.flag(&TRACE)?;
        for (is_given, option) in [
            (search.only_resolvers, "--recursive-only"),
            (search.follow_wildcard_cnames, "--follow-wildcard-cname"),
        ] {
            if is_traced && is_given {
                return Err(Usage::excluding("--trace", option));
            }
        }
        let trace = TraceOptions {
            follow_cnames: search.follow_cnames,
            allow_top_level: search.allow_top_level,
        };
        Ok(Options {
            client,
            search,
            trace: is_traced.then_some(trace),
            names_resolvers: dns_cli::names_resolvers(args)?,
            jobs: args.count(&dns_cli::JOBS)?.unwrap_or(1),
        })
    }
}
