//! Servers, delegations, and what stands on the way.

use super::super::blame::Blame;
use super::super::pebble_says::{BY_CHANCE, NO_TXT, NXDOMAIN, SERVFAIL, TIMEOUT};
use super::super::way::{Kind, Unseen, Way, way};

pub(super) const WAYS: &[Way] = &[
    way(Kind::Servers, "no server listens", "www.dead.test")
        .code("NO_USABLE_SERVER")
        .says(&["nothing listens"])
        .blames(&[Blame::Down])
        .ca(TIMEOUT),
    way(Kind::Servers, "no server answers", "www.silent.test")
        .code("NO_USABLE_SERVER")
        .says(&["no answer"])
        .blames(&[Blame::Down])
        .ca(TIMEOUT),
    way(Kind::Servers, "the only server refuses", "www.lame.test")
        .code("NO_USABLE_SERVER")
        .says(&["REFUSED"])
        .blames(&[Blame::Lame])
        .ca(SERVFAIL),
    way(Kind::Servers, "the only server fails", "www.expires.test")
        .code("NO_USABLE_SERVER")
        .says(&["SERVFAIL"])
        .blames(&[Blame::Lame])
        .ca(SERVFAIL),
    way(
        Kind::Servers,
        "the server only refers to itself",
        "www.refers.test",
    )
    .code("NO_USABLE_SERVER")
    .says(&["not authoritative"])
    .blames(&[Blame::Lame])
    .ca(NO_TXT),
    way(
        Kind::Zone,
        "the challenge's own zone is dead",
        "helped.test",
    )
    .code("NO_USABLE_SERVER")
    .says(&["_acme-challenge.helped.test", "nothing listens"])
    .blames(&[Blame::Down])
    .ca(TIMEOUT),
    way(Kind::Zone, "no glue", "www.no-glue.test")
        .code("SERVER_WITHOUT_ADDRESS")
        .says(&["no address"])
        .blames(&[Blame::Addresses])
        .ca(SERVFAIL),
    way(
        Kind::Zone,
        "servers of a domain that does not exist",
        "www.no-server.test",
    )
    .code("SERVER_WITHOUT_ADDRESS")
    .says(&["ns.nobodys.test", "no address"])
    .blames(&[Blame::Addresses])
    .ca(SERVFAIL),
    way(
        Kind::Zone,
        "glue of servers that have moved",
        "www.old-glue.test",
    )
    .code("NO_USABLE_SERVER")
    .says(&["nothing listens"])
    .blames(&[Blame::Down])
    .ca(TIMEOUT),
    way(Kind::Network, "EDNS is dropped", "www.without-edns.test")
        .code("EDNS_UNANSWERED")
        .says(&["without EDNS"])
        .blames(&[Blame::Edns, Blame::Tcp, Blame::Firewall, Blame::Rate])
        .ca(TIMEOUT),
    way(
        Kind::Network,
        "answers do not fit, and TCP is closed",
        "www.without-tcp.test",
    )
    .code("TRUNCATED")
    .says(&["cut short (TC)", "TCP"])
    .blames(&[Blame::Tcp, Blame::Down])
    .ca(SERVFAIL),
    way(
        Kind::Network,
        "leftovers do not fit, and TCP is closed",
        "www.large.test",
    )
    .script("put 11 \"$2\" \"$3\"")
    .code("TRUNCATED")
    .says(&["cut short (TC)", "TCP"])
    .blames(&[Blame::Tcp, Blame::Down])
    .ca(SERVFAIL),
    way(
        Kind::Network,
        "servers with private addresses",
        "www.private.test",
    )
    .code("PRIVATE_ADDRESS")
    .says(&["private address"])
    .blames(&[Blame::Private])
    .ca(""),
    way(
        Kind::Network,
        "names are known in lower case only",
        "www.lower.test",
    )
    .code("CASE_CHANGED")
    .says(&["case"])
    .blames(&[Blame::Case])
    .ca(NXDOMAIN),
    // The CA's resolver compares what comes in another case, and what comes is not always the same.
    way(
        Kind::Network,
        "questions come back in capitals",
        "www.upper.test",
    )
    .code("CASE_CHANGED")
    .says(&["case"])
    .blames(&[Blame::Case])
    .ca(BY_CHANCE),
    way(
        Kind::Network,
        "two servers behind one address differ",
        "www.anycast.test",
    )
    .says(&["does not answer alike each time", "the value"])
    .blames(&[Blame::Anycast])
    .ca(BY_CHANCE),
    way(
        Kind::Network,
        "a firewall keeps the CA out",
        "www.walled.test",
    )
    .script("put 15 \"$2\" \"$3\"")
    .unseen(Unseen::OtherNetwork)
    .says(&["a firewall, a geo-block or a rate limit keeps it out"])
    .blames(&[Blame::Firewall, Blame::Rate, Blame::Edns, Blame::Tcp])
    .ca(TIMEOUT),
    way(
        Kind::Network,
        "the servers refuse the CA",
        "www.choosy.test",
    )
    .script("put 16 \"$2\" \"$3\"")
    .unseen(Unseen::OtherNetwork)
    .says(&[
        "answer this machine, but not the CA's resolver",
        "refuse its network",
    ])
    .blames(&[Blame::Firewall, Blame::Case, Blame::Edns])
    .ca(SERVFAIL),
];
