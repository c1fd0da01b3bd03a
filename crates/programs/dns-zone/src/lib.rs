//! What `dns-zone` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--resolver`.
pub static RESOLVER: Opt = Opt {
    long_help: "An address, with a port where that is not 53: 192.0.2.1:5353, [2001:db8::1]:5353. A link-local address has its \
                interface: fe80::1%eth0, [fe80::1%eth0]:5353. It is asked over UDP, and over TCP where that is needed; \
                tcp://192.0.2.1 over TCP alone.\nOver TLS it is tls://192.0.2.1 or tls://dns.example, at port 853, and over \
                HTTPS https://dns.example/dns-query. Its certificate has to be for that name or address, or for the name behind \
                a\n.Ql # :\ntls://192.0.2.1#dns.example. A name in place of the address is looked up at the system's resolvers, \
                over port 53; give the address and the name where that is closed. The CAs that are trusted are those that are \
                trusted in an ACME server's certificate, too.\nWhere the system names no resolvers, Google's public ones \
                are asked, unless the programs were built without them.",
    ..dns_cli::RESOLVER
};
/// `--no-cname`.
pub static NO_CNAME: Opt = Opt {
    variable: Some("LEGO_DISABLE_CNAME_SUPPORT"),
    long_help: "The record is to be written at its own name even if that is an alias.",
    ..Opt::flag("no-cname", "do not follow CNAMEs")
};
/// `--follow-wildcard-cname`.
pub static FOLLOW_WILDCARD_CNAME: Opt = Opt {
    is_rare: true,
    long_help: "Without it, such a CNAME is said and not followed, since it does not apply any more once there is a record at \
                the name itself. It is for those who delegate all challenges by one wildcard on purpose.",
    ..Opt::flag(
        "follow-wildcard-cname",
        "follow CNAMEs that a wildcard makes, too",
    )
};
/// `--allow-tld`.
pub static ALLOW_TLD: Opt = Opt {
    is_rare: true,
    long_help: "Without it, a name that is in no zone below a top-level domain is an error: \
                it is not registered, or a local resolver hides where it is.",
    ..Opt::flag(
        "allow-tld",
        "take a top-level domain or the root for a zone",
    )
};

/// `--trace`.
pub static TRACE: Opt = Opt {
    long_help: "As a CA's own resolver goes: the servers of each zone are asked, from the root's on. Resolvers are asked for the \
                root's servers alone, and only where the well-known ones do not answer or\n.Fl -resolver\nis given. Each \
                delegation is said on standard error, and stands in the member\n.Va trace .\nCNAMEs that a wildcard makes are \
                not followed.",
    ..Opt::flag("trace", "go from the root down, and show each delegation")
};
/// `--recursive-only`.
pub static RECURSIVE_ONLY: Opt = dns_cli::RECURSIVE_ONLY;

/// `--ipv4`.
pub static IPV4: Opt = dns_cli::IPV4;
/// `--ipv6`.
pub static IPV6: Opt = dns_cli::IPV6;

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS_ZONE.name,
    about: programs::DNS_ZONE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] < documents", "[OPTIONS] NAME..."],
        stdin: Stdin::DocumentsOrOperands,
        options: &[
            &RESOLVER,
            &TRACE,
            &NO_CNAME,
            &FOLLOW_WILDCARD_CNAME,
            &ALLOW_TLD,
            &RECURSIVE_ONLY,
            &IPV4,
            &IPV6,
            &dns_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: dns_cli::VARIABLES,
    touches: &[Touch::Asks("resolvers and name servers")],
};
