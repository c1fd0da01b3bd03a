//! The ways, each with what is to be said of it.

use super::way::{Kind, Way};

/// The program does what it should.
const PUT: &str = "put 11 \"$2\" \"$3\"";
/// The same on both servers of a zone.
const PUT_BOTH: &str = "put 11 \"$2\" \"$3\"; put 12 \"$2\" \"$3\"";
/// It asks one server or the other.
const BY_CHANCE: &str = "?";
/// What Pebble says of NXDOMAIN, SERVFAIL, no answer, a name without the record, and another value.
const NXDOMAIN: &str = "\\x03";
const SERVFAIL: &str = "\\x02";
const TIMEOUT: &str = "i/o timeout";
const NO_TXT: &str = "No TXT records found";
const OTHER: &str = "Correct value not found";

/// A way with the program as it should be.
const fn way(what: &'static str, kind: Kind, names: &'static str) -> Way {
    Way {
        what,
        kind,
        names,
        script: PUT,
        meanwhile: "",
        code: "",
        says: &[],
        near: &[],
        ca: "",
    }
}

/// One that a look beforehand finds.
const fn seen(
    what: &'static str,
    kind: Kind,
    names: &'static str,
    code: &'static str,
    says: &'static [&'static str],
    ca: &'static str,
) -> Way {
    Way {
        code,
        says,
        ca,
        ..way(what, kind, names)
    }
}

/// One that the program makes.
const fn made(
    what: &'static str,
    kind: Kind,
    names: &'static str,
    script: &'static str,
    says: &'static [&'static str],
    ca: &'static str,
) -> Way {
    Way {
        script,
        says,
        ca,
        ..way(what, kind, names)
    }
}

/// All of them.
pub const ALL: &[Way] = &[
    seen(
        "no such domain",
        Kind::Registration,
        "www.nobodys.test",
        "NOT_REGISTERED",
        &["nobodys.test", "does not exist"],
        NXDOMAIN,
    ),
    seen(
        "no such top-level domain",
        Kind::Registration,
        "nas.lan",
        "NOT_REGISTERED",
        &["lan"],
        NXDOMAIN,
    ),
    made(
        "quotes around the value",
        Kind::Value,
        "quotes.ok.test",
        "put 11 \"$2\" \"\\\\\\\"$3\\\\\\\"\"",
        &["literal quote characters"],
        OTHER,
    ),
    made(
        "a blank after the value",
        Kind::Value,
        "blank.ok.test",
        "put 11 \"$2\" \"$3 \"",
        &["blanks around it"],
        OTHER,
    ),
    made(
        "padding",
        Kind::Value,
        "padding.ok.test",
        "put 11 \"$2\" \"$3=\"",
        &["padding"],
        OTHER,
    ),
    made(
        "capital letters",
        Kind::Value,
        "capitals.ok.test",
        "put 11 \"$2\" \"$(printf %s \"$3\" | tr a-z A-Z)\"",
        &["another case"],
        OTHER,
    ),
    made(
        "another value",
        Kind::Value,
        "another.ok.test",
        "put 11 \"$2\" LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        &["The name is right, and its value is not"],
        OTHER,
    ),
    made(
        "the second value replaces the first",
        Kind::Value,
        "two.ok.test *.two.ok.test",
        "drop 11 \"$2\"; put 11 \"$2\" \"$3\"",
        &["replaces the record set"],
        OTHER,
    ),
    seen(
        "no server listens",
        Kind::Servers,
        "www.dead.test",
        "NO_USABLE_SERVER",
        &["nothing listens"],
        TIMEOUT,
    ),
    seen(
        "the only server refuses",
        Kind::Servers,
        "www.lame.test",
        "NO_USABLE_SERVER",
        &["REFUSED"],
        SERVFAIL,
    ),
    seen(
        "the server only refers to itself",
        Kind::Servers,
        "www.refers.test",
        "NO_USABLE_SERVER",
        &["not authoritative"],
        NO_TXT,
    ),
    made(
        "the program fails",
        Kind::Script,
        "fails.ok.test",
        "echo 'update failed: NOTAUTH(BADSIG)' >&2; exit 2",
        &["not this secret"],
        NXDOMAIN,
    ),
    made(
        "the program does nothing",
        Kind::Script,
        "www.nothing.test",
        ":",
        &["without changing the zone"],
        NXDOMAIN,
    ),
    made(
        "the program fails and exits 0",
        Kind::Script,
        "www.hides.test",
        "echo 'update failed: REFUSED'",
        &["update failed: REFUSED"],
        NXDOMAIN,
    ),
    made(
        "one server of two lacks it",
        Kind::Zone,
        "late.two.test",
        PUT,
        &["has not transferred"],
        BY_CHANCE,
    ),
    made(
        "written to a server that nothing delegates to",
        Kind::Zone,
        "www.moved.test",
        PUT,
        &["zone's primary but none of its name servers"],
        NXDOMAIN,
    ),
    made(
        "written above a zone cut",
        Kind::Zone,
        "sub.cut.test",
        "put 11 \"$2\" \"$3\" cut.test",
        &["without changing the zone, or changed it elsewhere"],
        NXDOMAIN,
    ),
    seen(
        "the challenge's own zone is dead",
        Kind::Zone,
        "helped.test",
        "NO_USABLE_SERVER",
        &["_acme-challenge.helped.test", "nothing listens"],
        TIMEOUT,
    ),
    seen(
        "no glue",
        Kind::Zone,
        "www.no-glue.test",
        "SERVER_WITHOUT_ADDRESS",
        &["no address"],
        SERVFAIL,
    ),
    Way {
        code: "ALIAS_LACKS_DOT",
        ..made(
            "a CNAME's target lacks its final dot",
            Kind::Alias,
            "dot.alias.test",
            "put 11 dot.helper.test. \"$3\"",
            &["final dot is missing in the target"],
            NXDOMAIN,
        )
    },
    seen(
        "CNAMEs lead back to themselves",
        Kind::Alias,
        "loop.alias.test",
        "ALIAS_LOOP",
        &["loop"],
        SERVFAIL,
    ),
    seen(
        "a CNAME leads to a domain that does not exist",
        Kind::Alias,
        "gone.alias.test",
        "NOT_REGISTERED",
        &["nobodys.test", "does not exist"],
        NXDOMAIN,
    ),
    seen(
        "a CNAME leads to the root",
        Kind::Alias,
        "root.alias.test",
        "ALIAS_BAD_NAME",
        &["root"],
        NO_TXT,
    ),
    seen(
        "too many CNAMEs in a row",
        Kind::Alias,
        "long.alias.test",
        "ALIAS_TOO_LONG",
        &["in a row"],
        SERVFAIL,
    ),
    made(
        "written beside a CNAME",
        Kind::Alias,
        "beside.alias.test",
        "put 11 _acme-challenge.beside.alias.test. \"$3\"",
        &[
            "A TXT record at _acme-challenge.beside.alias.test. itself",
            "is ignored",
        ],
        NXDOMAIN,
    ),
    made(
        "only a wildcard answers",
        Kind::Alias,
        "www.wild-txt.test",
        ":",
        &["without changing the zone"],
        OTHER,
    ),
    made(
        "the zone's name twice",
        Kind::Name,
        "twice.ok.test",
        "put 11 \"$2ok.test.\" \"$3\"",
        &["the zone's name stands there twice"],
        NXDOMAIN,
    ),
    made(
        "no underscore",
        Kind::Name,
        "plain.ok.test",
        "put 11 \"${2#_}\" \"$3\"",
        &["the underscore is missing"],
        NXDOMAIN,
    ),
    made(
        "no label",
        Kind::Name,
        "label.ok.test",
        "put 11 \"${2#*.}\" \"$3\"",
        &["the first label is missing"],
        NXDOMAIN,
    ),
    made(
        "at the zone's apex",
        Kind::Name,
        "apex.ok.test",
        "put 11 _acme-challenge.ok.test. \"$3\"",
        &["a label is missing between"],
        NXDOMAIN,
    ),
    made(
        "with a star",
        Kind::Name,
        "*.star.ok.test",
        "put 11 '_acme-challenge.*.star.ok.test.' \"$3\"",
        &["`*` does not belong"],
        NO_TXT,
    ),
    seen(
        "a DS without a key",
        Kind::Dnssec,
        "www.no-key.test",
        "DS_WITHOUT_KEY",
        &["DS", "no DNSKEY"],
        SERVFAIL,
    ),
    seen(
        "signatures have expired",
        Kind::Dnssec,
        "expired.test",
        "SIGNATURE_EXPIRED",
        &["signature has expired"],
        SERVFAIL,
    ),
    seen(
        "signatures of other records",
        Kind::Dnssec,
        "bogus.test",
        "SIGNATURE_WRONG",
        &["is not of these records"],
        SERVFAIL,
    ),
    seen(
        "no signatures",
        Kind::Dnssec,
        "no-signatures.test",
        "SIGNATURE_MISSING",
        &["no signature"],
        SERVFAIL,
    ),
    // Pebble asks for no CAA records, which are those that are not there.
    seen(
        "proofs of absence that are signed wrongly",
        Kind::Dnssec,
        "wrong-nsec.test",
        "DENIAL_WRONG",
        &["proof is not signed well"],
        "",
    ),
    seen(
        "EDNS is dropped",
        Kind::Network,
        "www.without-edns.test",
        "EDNS_UNANSWERED",
        &["without EDNS"],
        TIMEOUT,
    ),
    seen(
        "answers do not fit, and TCP is closed",
        Kind::Network,
        "www.without-tcp.test",
        "NO_USABLE_SERVER",
        &["cut short (TC)", "TCP"],
        SERVFAIL,
    ),
    seen(
        "servers with private addresses",
        Kind::Network,
        "www.private.test",
        "PRIVATE_ADDRESS",
        &["private address"],
        "",
    ),
    Way {
        script: PUT_BOTH,
        meanwhile: "drop 11 _acme-challenge.removed.two.test.; drop 12 _acme-challenge.removed.two.test.",
        says: &["removed since"],
        ca: NXDOMAIN,
        ..way(
            "removed before the CA looks",
            Kind::Later,
            "removed.two.test",
        )
    },
    Way {
        meanwhile: "drop 11 _acme-challenge.replaced.ok.test.; put 11 _acme-challenge.replaced.ok.test. other",
        says: &["another one took its place"],
        ca: OTHER,
        ..way(
            "replaced before the CA looks",
            Kind::Later,
            "replaced.ok.test",
        )
    },
    seen(
        "CAA forbids",
        Kind::Caa,
        "forbid.caa.test",
        "CAA_FORBIDS",
        &["CAA", "lets nobody issue"],
        "",
    ),
    seen(
        "CAA forbids where a CNAME leads",
        Kind::Caa,
        "www.caa.test",
        "CAA_FORBIDS",
        &["CAA", "lets nobody issue"],
        "",
    ),
    seen(
        "CAA forbids wildcards",
        Kind::Caa,
        "*.wild.caa.test",
        "CAA_FORBIDS",
        &["CAA", "for a wildcard"],
        "",
    ),
    seen(
        "a critical tag",
        Kind::Caa,
        "critical.caa.test",
        "CAA_CRITICAL",
        &["critical tag"],
        "",
    ),
    seen(
        "CAA allows other methods",
        Kind::Caa,
        "method.caa.test",
        "CAA_METHOD",
        &["only by http-01"],
        "",
    ),
    seen(
        "no answer about CAA",
        Kind::Caa,
        "www.without-caa.test",
        "CAA_UNANSWERED",
        &["no answer about CAA"],
        "",
    ),
];
