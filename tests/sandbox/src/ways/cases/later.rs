//! What changes between the last look and the CA's, what caches remember, and what the account does.

use super::super::blame::Blame;
use super::super::pebble_says::{NXDOMAIN, OTHER};
use super::super::way::{Kind, Unseen, Way, way};

/// What cannot be told apart from outside: the CA's resolver may remember, or somebody may have changed it.
const CHANGED: &[Blame] = &[Blame::Removed, Blame::Cache];

pub(super) const WAYS: &[Way] = &[
    way(
        Kind::Later,
        "removed before the CA looks",
        "removed.pair.test",
    )
    .script("put 11 \"$2\" \"$3\"; put 12 \"$2\" \"$3\"")
    .meanwhile("drop 11 _acme-challenge.removed.pair.test.; drop 12 _acme-challenge.removed.pair.test.")
    .unseen(Unseen::ChangesLater)
    .says(&["removed since"])
    .blames(CHANGED)
    .ca(NXDOMAIN),
    way(
        Kind::Later,
        "replaced before the CA looks",
        "replaced.ok.test",
    )
    .meanwhile("drop 11 _acme-challenge.replaced.ok.test.; put 11 _acme-challenge.replaced.ok.test. other")
    .unseen(Unseen::ChangesLater)
    .says(&["another one took its place"])
    .blames(CHANGED)
    .ca(OTHER),
    way(
        Kind::Later,
        "the CA's resolver remembers that there was nothing",
        "negative.ok.test",
    )
    .first("kdig @127.0.0.1 _acme-challenge.negative.ok.test. TXT")
    .unseen(Unseen::InCache)
    .says(&["remembers that there was nothing, for up to 60 s"])
    .blames(CHANGED)
    .ca(NXDOMAIN),
    way(
        Kind::Later,
        "the CA's resolver remembers the value of before",
        "positive.ok.test",
    )
    .first("put 11 _acme-challenge.positive.ok.test. old '' 60; kdig @127.0.0.1 _acme-challenge.positive.ok.test. TXT")
    .script("drop 11 \"$2\"; put 11 \"$2\" \"$3\"")
    .code("LEFTOVERS")
    .says(&["remembers the value of before"])
    .blames(CHANGED)
    .ca(OTHER),
    way(
        Kind::Later,
        "the name server's own cache hides the record",
        "www.powerdns.test",
    )
    .script("insert \"$2\" \"$3\" powerdns.test")
    .unseen(Unseen::InCache)
    // Nobody can tell a cache from a program that does nothing.
    .says(&["it is the server's cache"])
    .near(&["a cache hides that"])
    .blames(&[Blame::Idle, Blame::Cache])
    .ca(NXDOMAIN),
    way(
        Kind::Policy,
        "the validation has just failed",
        "again.nothing.test",
    )
    .first("acme-order -d again.nothing.test | acme-validate")
    .script(":")
    .unseen(Unseen::AtCa)
    .says(&["not ordered before", "has failed at", "unsuccessful response"])
    .blames(&[Blame::Limit])
    .ca(""),
];
