//! The problem where a zone or its servers cannot be found.

use std::net::SocketAddr;

use dns::ResponseCode;
use dns::resolver::Resolver;
use dns::transport::{NetworkFault, ServerFault, is_internal};
use dns::zone::Error;
use pipeline::Problem;
use pipeline::types::{self, ProblemType};

/// The problem with which a search ended: its type, what was asked of whom, and what can be done.
#[must_use]
pub fn search_problem(error: &Error) -> Problem {
    problem(error, false)
}

/// The same where the search went from the root down, with `--trace`.
#[must_use]
pub fn trace_problem(error: &Error) -> Problem {
    problem(error, true)
}

fn problem(error: &Error, is_traced: bool) -> Problem {
    let problem = Problem::new(kind(error), error.to_string());
    match hint(error, is_traced) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn kind(error: &Error) -> &'static ProblemType {
    match error {
        Error::NoResolver { .. } | Error::NoZoneSeen(_) => &types::DNS_RESOLVER,
        Error::NotRegistered { .. } => &types::DNS_NO_ZONE,
        Error::CnameLoop(_) | Error::TooManyCnames { .. } => &types::DNS_CNAME_LOOP,
        Error::BadCname { .. } => &types::DNS_BAD_NAME,
        Error::NoNameServers(_)
        | Error::NoAddresses { .. }
        | Error::NoAuthority { .. }
        | Error::TooManyReferrals { .. }
        | Error::TooManyQuestions { .. }
        | Error::Timeout { .. } => &types::DNS_NO_USABLE_SERVER,
    }
}

fn hint(error: &Error, is_traced: bool) -> Option<&'static str> {
    Some(match error {
        Error::NoResolver { faults, .. } => {
            let any = |code| faults.iter().any(|(_, fault)| fault.is_code(code));
            let mut network = faults.iter().filter_map(|(resolver, fault)| match fault {
                ServerFault::Network(fault) => of_network(resolver, fault),
                ServerFault::Reply(_) => None,
            });
            if any(ResponseCode::ServFail) && is_traced {
                "Another resolver can be named with --resolver."
            } else if any(ResponseCode::ServFail) {
                "The name servers of this domain may be down or fail DNSSEC validation, or the resolver cannot reach \
                 them; dns-zone --trace shows which. Another resolver can be named with --resolver."
            } else if any(ResponseCode::Refused)
                || faults.iter().any(|(_, fault)| fault.is_no_recursion())
            {
                NO_RESOLVER
            } else {
                network.next().unwrap_or(
                    "Check the network, and the resolver's address: /etc/resolv.conf has it where --resolver names none. Where port \
                     53 is closed, --resolver names one over TLS: tls://ADDRESS or https://HOST/PATH.",
                )
            }
        }
        Error::NoZoneSeen(_) => {
            "The resolver gives no NS records for any name above it: check the spelling and the registration, or name another \
             with --resolver."
        }
        Error::NotRegistered { .. } => {
            "Check the spelling and the registration. Where a local resolver (split horizon, Pi-hole, VPN) answers for \
             this name, use --resolver with an outside one; where the top-level domain is your own zone, --allow-tld."
        }
        Error::CnameLoop(_) => "Let the last CNAME lead to a name that has none.",
        Error::TooManyCnames { .. } => {
            "Resolvers give up after about that many; let the first CNAME lead to the last name."
        }
        Error::NoNameServers(_) => {
            "The zone needs NS records at its apex, and the same ones in the zone above it."
        }
        Error::NoAddresses { .. } => {
            "Their names need A or AAAA records, and glue at the parent where they lie in the zone itself."
        }
        Error::NoAuthority { faults, .. } if is_traced && are_internal(faults) => {
            "The delegation itself has only internal addresses: no CA outside this network can ask there."
        }
        Error::NoAuthority { faults, .. } if are_internal(faults) => {
            "All of these addresses are internal: the resolver seems to have its own copy of the zone, or of the servers' \
             addresses (split horizon). A CA outside sees the zone that an outside resolver does: name one with --resolver."
        }
        Error::NoAuthority { faults, .. } if are_cut_short(faults) => OPEN_TCP,
        Error::NoAuthority { faults, .. }
            if faults.iter().any(|(_, fault)| fault.is_of_other_family()) =>
        {
            OTHER_FAMILY
        }
        Error::NoAuthority { faults, .. } if are_unroutable(faults) => NO_ROUTE,
        Error::NoAuthority { faults, .. } if do_answer(faults) => {
            "Until one of them does, no CA can validate: those that answer are up, and do not have the zone, or not for \
             everybody."
        }
        Error::NoAuthority { .. } => {
            "Until one of them does, no CA can validate: is the server up, port 53 open here? Where a firewall lets nobody but a \
             resolver out, --recursive-only asks that alone."
        }
        Error::TooManyQuestions { .. } => {
            "Very many servers are on the way to it, or servers whose names lead to each other."
        }
        Error::Timeout { .. } if is_traced => {
            "Too many of the servers on the way to it do not answer; the member `trace` says how far it leads."
        }
        Error::Timeout { .. } => {
            "Too many of the servers on the way to it do not answer; dns-zone --trace shows which."
        }
        Error::BadCname { .. } | Error::TooManyReferrals { .. } => return None,
    })
}

/// What can be done where a server does not answer as a resolver.
pub(crate) const NO_RESOLVER: &str = "It is not a recursive resolver but perhaps an authoritative server, or it does not serve this machine: name another with \
     --resolver.";

/// What can be done where answers are cut short, and TCP is closed.
pub(crate) const OPEN_TCP: &str = "Open TCP port 53 (RFC 7766): an answer that does not fit into a datagram cannot be had otherwise. Where old values make it \
     large, remove them.";

/// Whether one of them says something, if only that it does not have the zone.
fn do_answer(faults: &[(SocketAddr, ServerFault)]) -> bool {
    let mut faults = faults.iter();
    faults.any(|(_, fault)| matches!(fault, ServerFault::Reply(_)))
}

/// Whether there are servers, and the answer of each is cut short.
fn are_cut_short(faults: &[(SocketAddr, ServerFault)]) -> bool {
    let is_it =
        |fault: &ServerFault| matches!(fault, ServerFault::Network(NetworkFault::CutShort(_)));
    !faults.is_empty() && faults.iter().all(|(_, fault)| is_it(fault))
}

/// What can be done where servers are left out for their version of IP.
pub(crate) const OTHER_FAMILY: &str = "Without --ipv4 or --ipv6 servers are asked over both.";

/// What can be done where this machine has no way to any of the servers.
pub(crate) const NO_ROUTE: &str = "This machine has no route to any of them; a CA may have one. Look from a machine that has both versions of IP, or let \
     --recursive-only ask a resolver alone.";

/// Whether there are servers, and this machine has no route to any.
fn are_unroutable(faults: &[(SocketAddr, ServerFault)]) -> bool {
    let is_it = |fault: &ServerFault| *fault == NetworkFault::Unroutable.into();
    !faults.is_empty() && faults.iter().all(|(_, fault)| is_it(fault))
}

/// What can be done where there is no reply from a resolver, for this reason.
fn of_network(resolver: &Resolver, fault: &NetworkFault) -> Option<&'static str> {
    let is_encrypted = resolver.protocol.is_encrypted();
    Some(match fault {
        NetworkFault::Certificate(_) => {
            "A resolver over TLS has to show a certificate for the name or address by which it is called; another name \
             stands behind `#`: tls://192.0.2.1#dns.example. CAs that the system does not trust are in LEGO_CA_CERTIFICATES; \
             with it, LEGO_CA_SYSTEM_CERT_POOL=true keeps those that it does."
        }
        NetworkFault::Tls(_) | NetworkFault::Closed { .. } => OF_PORT,
        NetworkFault::Refused | NetworkFault::NoAnswerOver(_) if is_encrypted => OF_PORT,
        NetworkFault::Https(_) => {
            "Check the URL, with its path; the resolver has to take questions by POST over HTTP/2 (RFC 8484)."
        }
        NetworkFault::NoAddress(_) => {
            "The system's resolvers are asked for the resolver's address; give that, and the name behind `#`: \
             tls://192.0.2.1#dns.example."
        }
        _ => return None,
    })
}

/// What can be done where something else than what is spoken may be at a port.
const OF_PORT: &str = "Check the address, and the port, which is 853 for tls://, 443 for https:// and 53 for all else unless another is named.";

/// Whether there are servers, and none at an address that the world can reach.
fn are_internal(faults: &[(SocketAddr, ServerFault)]) -> bool {
    !faults.is_empty() && faults.iter().all(|(server, _)| is_internal(server))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dns::name::parse;
    use dns::transport::{ExtendedErrors, ReplyFault};
    use dns::{Name, RecordType};

    use super::*;

    #[test]
    fn each_cause_has_its_type_and_its_hint() {
        let name = || parse("a.test").unwrap();
        let server: SocketAddr = ([192, 0, 2, 1], 53).into();
        let resolver = Resolver::from(server);
        let timed_out = ServerFault::Network(NetworkFault::Timeout);
        let silent = vec![(server, timed_out.clone())];
        let of_code = |code| {
            let fault = ReplyFault::ResponseCode(code, ExtendedErrors::default());
            (resolver.clone(), ServerFault::Reply(fault))
        };
        let of_network = |fault| vec![(resolver.clone(), ServerFault::Network(fault))];
        let no_resolver = |faults| Error::NoResolver {
            name: name(),
            record_type: RecordType::SOA,
            faults,
        };
        let (refused, failed) = (
            of_code(ResponseCode::Refused),
            of_code(ResponseCode::ServFail),
        );
        for (error, kind, hint) in [
            (
                no_resolver(of_network(NetworkFault::Timeout)),
                "resolver",
                "/etc/resolv.conf has it where",
            ),
            (
                no_resolver(of_network(NetworkFault::Certificate("x".into()))),
                "resolver",
                "LEGO_CA_SYSTEM_CERT_POOL",
            ),
            (
                no_resolver(of_network(NetworkFault::Tls("x".into()))),
                "resolver",
                "853 for tls://",
            ),
            (
                no_resolver(of_network(NetworkFault::Closed { amid_answer: false })),
                "resolver",
                "853 for tls://",
            ),
            (
                no_resolver(vec![(
                    Resolver::parse("tls://192.0.2.1").unwrap(),
                    NetworkFault::Refused.into(),
                )]),
                "resolver",
                "853 for tls://",
            ),
            (
                no_resolver(vec![(resolver.clone(), ReplyFault::NoRecursion.into())]),
                "resolver",
                "is not a recursive resolver",
            ),
            (
                no_resolver(of_network(NetworkFault::Https("x".into()))),
                "resolver",
                "over HTTP/2",
            ),
            (
                no_resolver(of_network(NetworkFault::NoAddress("x".into()))),
                "resolver",
                "The system's resolvers are asked",
            ),
            (
                no_resolver(vec![refused.clone()]),
                "resolver",
                "does not serve this machine",
            ),
            (
                no_resolver(vec![refused, failed]),
                "resolver",
                "fail DNSSEC validation",
            ),
            (Error::NoZoneSeen(name()), "resolver", "check the spelling"),
            (
                Error::NotRegistered {
                    name: name(),
                    top_level: Name::root(),
                    exists: true,
                    errors: ExtendedErrors::default(),
                },
                "no-zone",
                "--allow-tld",
            ),
            (Error::CnameLoop(vec![name()]), "cname-loop", "Let the last"),
            (
                Error::TooManyCnames {
                    chain: vec![name()],
                    most: 11,
                },
                "cname-loop",
                "Resolvers give up",
            ),
            (
                Error::BadCname {
                    name: name(),
                    target: "a b.".into(),
                },
                "bad-name",
                "",
            ),
            (
                Error::NoNameServers(name()),
                "no-usable-server",
                "NS records",
            ),
            (
                Error::NoAddresses {
                    zone: name(),
                    servers: vec![name()],
                },
                "no-usable-server",
                "A or AAAA",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: silent,
                },
                "no-usable-server",
                "port 53",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: vec![(([10, 0, 0, 1], 53).into(), timed_out.clone())],
                },
                "no-usable-server",
                "split horizon",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: vec![(
                        server,
                        ServerFault::Network(NetworkFault::CutShort(Box::new(
                            NetworkFault::Refused,
                        ))),
                    )],
                },
                "no-usable-server",
                "Open TCP port 53",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: vec![(server, NetworkFault::OtherFamily.into())],
                },
                "no-usable-server",
                "Without --ipv4 or --ipv6",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: vec![
                        (server, NetworkFault::OtherFamily.into()),
                        (server, timed_out.clone()),
                    ],
                },
                "no-usable-server",
                "Without --ipv4 or --ipv6",
            ),
            (
                Error::NoAuthority {
                    zone: name(),
                    faults: vec![(server, NetworkFault::Unroutable.into())],
                },
                "no-usable-server",
                "a CA may have one",
            ),
            (
                Error::TooManyQuestions {
                    name: name(),
                    most: 4096,
                },
                "no-usable-server",
                "lead to each other",
            ),
            (
                Error::TooManyReferrals {
                    name: name(),
                    zone: name(),
                    most: 8,
                },
                "no-usable-server",
                "",
            ),
            (
                Error::Timeout {
                    name: name(),
                    limit: Duration::from_secs(90),
                },
                "no-usable-server",
                "Too many",
            ),
        ] {
            let problem = search_problem(&error);
            assert_eq!(problem.kind, format!("acmepipe:dns:{kind}"), "{error}");
            assert_eq!(problem.detail, error.to_string());
            assert_eq!(problem.hint.is_none(), hint.is_empty(), "{error}");
            let said = problem.hint.unwrap_or_default();
            assert!(said.contains(hint), "{error}: {said}");
            // Whoever does that need not be told to.
            let said = trace_problem(&error).hint.unwrap_or_default();
            assert!(!said.contains("--trace"), "{error}: {said}");
        }
    }
}
