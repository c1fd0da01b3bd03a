//! The command line of `dns-wait-txt`.

use std::time::Duration;

use pipeline::{Args, Opt, Program, Stdin, Usage};

/// How many questions are under way at once, where `-j` says nothing.
pub(crate) const JOBS: usize = 64;
/// Each of them holds a socket.
pub(crate) const MOST_JOBS: usize = 512;

/// The program.
pub(crate) static PROGRAM: Program = Program {
    name: "dns-wait-txt",
    stdin: Stdin::DocumentsOrOperands,
    about: "wait until every authoritative name server serves a TXT value",
    usage: &["[OPTIONS] < documents", "[OPTIONS] -- FQDN VALUE"],
    options: &[
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_PROPAGATION_TIMEOUT"),
            default: Some("the document's, or 60"),
            long_help: "With 0, each server is looked at once.",
            ..Opt::new("timeout", "give up after so long")
        },
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_POLLING_INTERVAL"),
            default: Some("the document's, or 2"),
            long_help: "The first looks follow each other faster.",
            ..Opt::new("interval", "let at most so long pass between two looks")
        },
        Opt {
            long_help: "Without it, a server that is dead, lame or out of reach from here is reported \
                        and not waited for, since a CA gets along with it too.",
            ..Opt::new("strict", "wait for unusable servers too")
        },
        Opt {
            value: Some("ADDRESS"),
            variable: Some("LEGO_DNS_RESOLVERS"),
            default: Some("the system's"),
            list: true,
            long_help: "Only for what has not been through\n.Xr dns-zone 1 .",
            ..Opt::new(
                "resolver",
                "find name servers through this recursive resolver",
            )
        },
        Opt {
            short: Some('j'),
            value: Some("N"),
            default: Some("64"),
            long_help: "512 at most.",
            ..Opt::new("jobs", "have at most N questions under way")
        },
    ],
    variables: &[],
};

/// How patient to be, where the command line or the environment says.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) timeout: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) strict: bool,
}

impl Patience {
    pub(crate) fn from_args(args: &Args) -> Result<Patience, Usage> {
        Ok(Patience {
            timeout: args.seconds("timeout")?,
            interval: args.seconds("interval")?,
            strict: args.flag("strict")?,
        })
    }
}
