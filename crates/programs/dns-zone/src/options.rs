//! The command line of `dns-zone`.

use dns::Name;
use dns::zone::Search;
use pipeline::{Args, Opt, Program, Stdin, Usage};

/// The program.
pub(crate) static PROGRAM: Program = Program {
    name: "dns-zone",
    stdin: Stdin::DocumentsOrOperands,
    about: "find the zone and the name servers that a challenge record belongs to",
    usage: &["[OPTIONS] < documents", "[OPTIONS] NAME..."],
    options: &[
        Opt {
            long_help: "With a port where that is not 53: 192.0.2.1:5353, [2001:db8::1]:5353. \
                        Where the system names no resolvers, Google's public ones are asked.",
            ..dns_cli::RESOLVER
        },
        Opt {
            variable: Some("LEGO_DISABLE_CNAME_SUPPORT"),
            long_help: "The record is to be written at its own name even if that is an alias.",
            ..Opt::new("no-cname", "do not follow CNAMEs")
        },
        Opt {
            long_help: "Without it, a name that is in no zone below a top-level domain is an error: \
                        it is not registered, or a local resolver hides where it is.",
            ..Opt::new(
                "allow-tld",
                "take a top-level domain or the root for a zone",
            )
        },
        dns_cli::JOBS,
    ],
    variables: &[],
};

/// What the command line asks for.
pub(crate) struct CommandLine {
    /// How many questions may be under way.
    pub(crate) jobs: usize,
    /// How to look for a zone.
    pub(crate) search: Search,
    /// The names to look for, in the place of documents.
    pub(crate) names: Vec<Name>,
}

impl CommandLine {
    pub(crate) fn read(args: &Args) -> Result<CommandLine, Usage> {
        let names = args.operands.iter().map(|name| dns_cli::operand(name));
        Ok(CommandLine {
            jobs: dns_cli::jobs(args)?,
            search: Search {
                resolvers: dns_cli::resolvers(args)?,
                follow_cnames: !args.flag("no-cname")?,
                allow_top_level: args.flag("allow-tld")?,
            },
            names: names.collect::<Result<_, _>>()?,
        })
    }
}
