//! What `dns-wait-txt` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    variable: Some("EXEC_PROPAGATION_TIMEOUT"),
    otherwise: Some("the document's, or 60"),
    long_help: "With 0, each server is looked at once.",
    ..Opt::seconds("timeout", None, "give up after this long")
};
/// `--interval`.
pub static INTERVAL: Opt = Opt {
    variable: Some("EXEC_POLLING_INTERVAL"),
    otherwise: Some("the document's, or 2"),
    long_help: "Where the servers have many values to look for it is less often, as long as nothing changes there.",
    ..Opt::seconds("interval", None, "look at least this often")
};
/// `--strict`.
pub static STRICT: Opt = Opt {
    long_help: "Without it, a server that is unreachable, unroutable or lame is reported \
                and not waited for, since a CA gets along with it too.",
    ..Opt::flag("strict", "wait for unusable servers too")
};
/// `--gone`.
pub static GONE: Opt = Opt {
    long_help: "It is for what is removed: challenges that were cleaned up, and open ones. A server that is unreachable, \
                unroutable or lame is not waited for, as long as another answers.",
    ..Opt::flag("gone", "wait until no server has the value any more")
};
/// `--after-failure`.
pub static AFTER_FAILURE: Opt = Opt {
    long_help: "The CA's resolver may remember what it saw then.\nAfter a value has propagated,\n.Nm\ngoes on waiting \
                until the TTL of its record and the zone's negative TTL (RFC 2308) have passed since, 5 minutes at most.",
    ..Opt::seconds("after-failure", None, "the CA looked in vain this long ago")
};
/// `--resolver`.
pub static RESOLVER: Opt = Opt {
    help: "find name servers through this recursive resolver",
    long_help: "Used only for documents that have not been through\n.Xr dns-zone 1 ,\nand for the zones of CNAMEs.\nHow a resolver is written is said in\n.Xr dns-zone 1 .",
    ..dns_cli::RESOLVER
};

/// `--recursive`.
pub static RECURSIVE: Opt = Opt {
    aliases: &["dns.propagation-rns"],
    long_help: "Each resolver of\n.Fl -resolver\nis asked once all name servers serve the value, never before: it would remember \
                that there is nothing. One that does not answer is not waited for, as long as another has the value.",
    ..Opt::flag("recursive", "wait for the resolvers afterwards, too")
};
/// `--recursive-only`.
pub static RECURSIVE_ONLY: Opt = dns_cli::RECURSIVE_ONLY;
/// `--at-least`.
pub static AT_LEAST: Opt = Opt {
    is_rare: true,
    long_help: "It is for zones with many servers, some of which lag: without it, all addresses that answer with authority have to \
                serve the value; with it, a CA that asks one of the others may find nothing. A zone with fewer than N addresses is \
                an error.",
    otherwise: Some("all that answer"),
    ..Opt::count(
        "at-least",
        128,
        None,
        "wait until N addresses or more serve the value",
    )
};
/// `--settle`.
pub static SETTLE: Opt = Opt {
    is_rare: true,
    long_help: "For addresses that stand for many servers (anycast), of which each answer comes from another. They are looked at \
                meanwhile and once more at the end, and the time begins anew where one lacks the value. It counts in\n.Fl -timeout ,\n\
                and comes on top of a document's timeout. The resolvers of\n.Fl -recursive\nare asked after that.",
    ..Opt::seconds(
        "settle",
        Some(0),
        "wait until all have served it for SECONDS",
    )
};

/// `--ipv4`.
pub static IPV4: Opt = dns_cli::IPV4;
/// `--ipv6`.
pub static IPV6: Opt = dns_cli::IPV6;

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS_WAIT_TXT.name,
    about: programs::DNS_WAIT_TXT.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] < documents", "[OPTIONS] -- FQDN VALUE"],
        stdin: Stdin::DocumentsOrOperands,
        options: &[
            &TIMEOUT,
            &INTERVAL,
            &STRICT,
            &GONE,
            &AFTER_FAILURE,
            &RESOLVER,
            &RECURSIVE,
            &RECURSIVE_ONLY,
            &AT_LEAST,
            &SETTLE,
            &IPV4,
            &IPV6,
            &dns_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: dns_cli::VARIABLES,
    touches: &[Touch::Asks("name servers and resolvers")],
};
