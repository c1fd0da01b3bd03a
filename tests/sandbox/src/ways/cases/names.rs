//! Names that do not exist, and those that lead elsewhere.

use super::super::blame::Blame;
use super::super::pebble_says::{NO_TXT, NXDOMAIN, OTHER, SERVFAIL};
use super::super::way::{Kind, Unseen, Way, way};

pub(super) const WAYS: &[Way] = &[
    way(Kind::Registration, "no such domain", "www.nobodys.test")
        .code("NOT_REGISTERED")
        .says(&["nobodys.test", "does not exist"])
        .blames(&[Blame::Registration])
        .ca(NXDOMAIN),
    way(Kind::Registration, "no such top-level domain", "nas.lan")
        .code("NOT_REGISTERED")
        .says(&["lan"])
        .blames(&[Blame::Registration])
        .ca(NXDOMAIN),
    way(
        Kind::Alias,
        "a CNAME's target lacks its final dot",
        "dot.alias.test",
    )
    .script("put 11 dot.helper.test. \"$3\"")
    .code("ALIAS_LACKS_DOT")
    .says(&["final dot is missing in the target"])
    .blames(&[Blame::Name, Blame::Alias])
    .ca(NXDOMAIN),
    way(
        Kind::Alias,
        "CNAMEs lead back to themselves",
        "loop.alias.test",
    )
    .code("ALIAS_LOOP")
    .says(&["loop"])
    .blames(&[Blame::Alias])
    .ca(SERVFAIL),
    way(
        Kind::Alias,
        "a CNAME leads to a domain that does not exist",
        "gone.alias.test",
    )
    .code("NOT_REGISTERED")
    .says(&["nobodys.test", "does not exist"])
    .blames(&[Blame::Registration])
    .ca(NXDOMAIN),
    way(
        Kind::Alias,
        "a DNAME leads to a domain that does not exist",
        "www.dname.alias.test",
    )
    .code("NOT_REGISTERED")
    .says(&["nobodys.test", "does not exist"])
    .blames(&[Blame::Registration])
    .ca(NXDOMAIN),
    way(Kind::Alias, "a CNAME leads to the root", "root.alias.test")
        .code("ALIAS_BAD_NAME")
        .says(&["root"])
        .blames(&[Blame::Alias])
        .ca(NO_TXT),
    way(Kind::Alias, "too many CNAMEs in a row", "long.alias.test")
        .code("ALIAS_TOO_LONG")
        .says(&["in a row"])
        .blames(&[Blame::Alias])
        .ca(SERVFAIL),
    way(Kind::Alias, "written beside a CNAME", "beside.alias.test")
        .script("put 11 _acme-challenge.beside.alias.test. \"$3\"")
        .says(&[
            "A TXT record at _acme-challenge.beside.alias.test. itself",
            "is ignored",
        ])
        .blames(&[Blame::Alias])
        .ca(NXDOMAIN),
    way(
        Kind::Alias,
        "written beside a CNAME at PowerDNS, which keeps both",
        "beside.powerdns.test",
    )
    .script("put 17 _acme-challenge.beside.powerdns.test. \"$3\"")
    .says(&[
        "A TXT record at _acme-challenge.beside.powerdns.test. itself",
        "is ignored",
    ])
    .blames(&[Blame::Alias])
    .ca(NXDOMAIN),
    way(Kind::Alias, "only a wildcard answers", "www.wild-txt.test")
        .script(":")
        .says(&["without changing the zone"])
        .blames(&[Blame::Idle, Blame::Wildcard])
        .ca(OTHER),
    way(Kind::Name, "the zone's name twice", "twice.ok.test")
        .script("put 11 \"$2ok.test.\" \"$3\"")
        .says(&["the zone's name stands there twice"])
        .blames(&[Blame::Name])
        .ca(NXDOMAIN),
    way(Kind::Name, "no underscore", "plain.ok.test")
        .script("put 11 \"${2#_}\" \"$3\"")
        .says(&["the underscore is missing"])
        .blames(&[Blame::Name])
        .ca(NXDOMAIN),
    way(Kind::Name, "an underscore for the hyphen", "hyphen.ok.test")
        .script("put 11 \"_acme_${2#_acme-}\" \"$3\"")
        .says(&["an underscore stands in place of the hyphen"])
        .blames(&[Blame::Name])
        .ca(NXDOMAIN),
    way(Kind::Name, "no label", "label.ok.test")
        .script("put 11 \"${2#*.}\" \"$3\"")
        .says(&["the first label is missing"])
        .blames(&[Blame::Name])
        .ca(NXDOMAIN),
    way(Kind::Name, "at the zone's apex", "apex.ok.test")
        .script("put 11 _acme-challenge.ok.test. \"$3\"")
        .says(&["a label is missing between"])
        .blames(&[Blame::Name])
        .ca(NXDOMAIN),
    way(Kind::Name, "with a star", "*.star.ok.test")
        .script("put 11 '_acme-challenge.*.star.ok.test.' \"$3\"")
        .says(&["`*` does not belong"])
        .blames(&[Blame::Name])
        .ca(NO_TXT),
    way(
        Kind::Policy,
        "a name that the CA does not issue for",
        "www.blocked.test",
    )
    .unseen(Unseen::AtCa)
    .says(&["does not issue for this name"])
    .blames(&[Blame::Policy])
    .ca(""),
];
