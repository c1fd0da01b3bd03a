//! The set-ups.

use super::run::Odd;

/// One whose record goes to the first server.
const fn odd(what: &'static str, name: &'static str) -> Odd {
    Odd {
        what,
        name,
        first: "",
        has_dead_server: false,
        script: "put 11 \"$2\" \"$3\"",
        wait: "",
    }
}

/// One with a server that does not answer.
const fn dead(what: &'static str, name: &'static str) -> Odd {
    Odd {
        has_dead_server: true,
        ..odd(what, name)
    }
}

/// All of them.
pub fn all() -> Vec<Odd> {
    ODD.to_vec()
}

const ODD: &[Odd] = &[
    odd("one of two servers refuses", "refuses.test"),
    odd("one of two servers fails", "fails.test"),
    dead("one of two servers never answers", "silent.test"),
    dead("nothing listens at one of two servers", "closed.test"),
    dead("a server's IPv6 address never answers", "dead-six.test"),
    dead("no route to a server's IPv6 address", "no-route.test"),
    dead("only the zone names a dead server", "child-only.test"),
    dead(
        "only the zone above names a dead server",
        "parent-only.test",
    ),
    odd(
        "one of two servers refers to the zone above",
        "refers-up.test",
    ),
    dead(
        "one of two servers has a private address",
        "private-too.test",
    ),
    odd("a server's name is an alias", "ns-alias.test"),
    odd("no NS records at the apex", "bare.test"),
    Odd {
        script: "put 11 \"$2\" \"$3\"; put 12 \"$2\" \"$3\"",
        ..odd("two servers with different serials", "serials.test")
    },
    odd("EDNS is answered with FORMERR", "formerr.test"),
    odd("datagrams are always cut short", "cut.test"),
    odd("answers without authority", "no-aa.test"),
    odd("questions come back in lower case", "lower.test"),
    odd("a broken OPT record", "bad-opt.test"),
    odd(
        "records of unknown types beside the answer",
        "additional.test",
    ),
    odd("a server that takes its time", "slow.test"),
    Odd {
        script: "put 13 \"$2\" \"$3\"",
        ..odd("a server that limits its rate", "limited.test")
    },
    odd(
        "a wildcard CNAME, and a record in its place",
        "wild-cname.test",
    ),
    odd("a wildcard TXT, and a record in its place", "wild-txt.test"),
    odd("nine CNAMEs in a row", "long.test"),
    odd("a DNAME above", "www.dname.test"),
    odd("values of earlier runs", "large.test"),
    odd("a DS of an algorithm that nobody supports", "old-ds.test"),
    odd("NSEC3 with iterations", "iterations.test"),
    odd("the local resolver has an answer of its own", "split.test"),
    Odd {
        first: "kdig @127.0.0.3 _acme-challenge.remembers.test TXT",
        ..odd(
            "the local resolver remembers that there was nothing",
            "remembers.test",
        )
    },
    Odd {
        wait: "--recursive",
        ..odd(
            "the local resolver refuses what is not recursive",
            "recursive.test",
        )
    },
];
