//! Signatures, and CAA records. Pebble asks for no CAA records: what only they meet it does not see.

use super::super::blame::Blame;
use super::super::pebble_says::SERVFAIL;
use super::super::way::{Kind, Way, way};

pub(super) const WAYS: &[Way] = &[
    way(Kind::Dnssec, "a DS without a key", "www.no-key.test")
        .code("DS_WITHOUT_KEY")
        .says(&["DS", "no DNSKEY"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(Kind::Dnssec, "a DS of another key", "other-ds.test")
        .code("DS_WITHOUT_KEY")
        .says(&["DS", "DNSKEY"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(Kind::Dnssec, "signatures have expired", "expired.test")
        .code("SIGNATURE_EXPIRED")
        .says(&["signature has expired"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(Kind::Dnssec, "signatures are not valid yet", "not-yet.test")
        .code("SIGNATURE_NOT_YET")
        .says(&["begins in the future"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(Kind::Dnssec, "signatures of other records", "bogus.test")
        .code("SIGNATURE_WRONG")
        .says(&["is not of these records"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(Kind::Dnssec, "no signatures", "no-signatures.test")
        .code("SIGNATURE_MISSING")
        .says(&["no signature"])
        .blames(&[Blame::Dnssec])
        .ca(SERVFAIL),
    way(
        Kind::Dnssec,
        "proofs of absence that are signed wrongly",
        "wrong-nsec.test",
    )
    .code("DENIAL_WRONG")
    .says(&["proof is not signed well"])
    .blames(&[Blame::Dnssec])
    .ca(""),
    way(
        Kind::Dnssec,
        "PowerDNS proves that another name is absent",
        "www.unrectified.test",
    )
    .code("DENIAL_INCOMPLETE")
    .says(&["there is no CAA at www.unrectified.test.", "nothing proves"])
    .blames(&[Blame::Dnssec])
    .ca(""),
    way(Kind::Caa, "CAA forbids", "forbid.caa.test")
        .code("CAA_FORBIDS")
        .says(&["CAA", "lets nobody issue"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "CAA forbids where a CNAME leads", "www.caa.test")
        .code("CAA_FORBIDS")
        .says(&["CAA", "lets nobody issue"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "CAA forbids above", "a.b.forbid.caa.test")
        .code("CAA_FORBIDS")
        .says(&["CAA at forbid.caa.test", "lets nobody issue"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "CAA forbids wildcards", "*.wild.caa.test")
        .code("CAA_FORBIDS")
        .says(&["CAA", "for a wildcard"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "a critical tag", "critical.caa.test")
        .code("CAA_CRITICAL")
        .says(&["critical tag"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "CAA allows other methods", "method.caa.test")
        .code("CAA_METHOD")
        .says(&["only by http-01"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "CAA allows another account", "account.caa.test")
        .code("CAA_LIMITS")
        .says(&["CAA", "issue only for https://ca.test/other"])
        .blames(&[Blame::Caa])
        .ca(""),
    way(Kind::Caa, "no answer about CAA", "www.without-caa.test")
        .code("CAA_UNANSWERED")
        .says(&["no answer about CAA"])
        .blames(&[Blame::Caa])
        .ca(""),
];
