//! The command line of `dns-zone`.

use pipeline::{Opt, Program, Stdin};

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
