//! What the program writes, and where.

use super::super::blame::Blame;
use super::super::pebble_says::{BY_CHANCE, NXDOMAIN, OTHER};
use super::super::way::{Kind, Way, way};

pub(super) const WAYS: &[Way] = &[
    way(Kind::Value, "quotes around the value", "quotes.ok.test")
        .script("put 11 \"$2\" \"\\\\\\\"$3\\\\\\\"\"")
        .says(&["literal quote characters"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(Kind::Value, "a blank after the value", "blank.ok.test")
        .script("put 11 \"$2\" \"$3 \"")
        .says(&["blanks around it"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(Kind::Value, "padding", "padding.ok.test")
        .script("put 11 \"$2\" \"$3=\"")
        .says(&["padding"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(Kind::Value, "capital letters", "capitals.ok.test")
        .script("put 11 \"$2\" \"$(printf %s \"$3\" | tr a-z A-Z)\"")
        .says(&["another case"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(Kind::Value, "another value", "another.ok.test")
        .script("put 11 \"$2\" LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE")
        .says(&["The name is right, and its value is not"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(Kind::Value, "half of the value", "half.ok.test")
        .script("put 11 \"$2\" \"${3%????????????????????}\"")
        .says(&["The name is right, and its value is not"])
        .blames(&[Blame::Value])
        .ca(OTHER),
    way(
        Kind::Value,
        "the second value replaces the first",
        "two.ok.test *.two.ok.test",
    )
    .script("drop 11 \"$2\"; put 11 \"$2\" \"$3\"")
    .says(&["replaces the record set"])
    .blames(&[Blame::Replaces])
    .ca(OTHER),
    way(
        Kind::Value,
        "only values of earlier runs",
        "left.nothing.test",
    )
    .script(":")
    .code("LEFTOVERS")
    .says(&["without changing the zone"])
    .blames(&[Blame::Idle])
    .ca(OTHER),
    way(Kind::Script, "the program fails", "fails.ok.test")
        .script("echo 'update failed: NOTAUTH(BADSIG)' >&2; exit 2")
        .says(&["not this secret"])
        .blames(&[Blame::Failed])
        .ca(NXDOMAIN),
    way(
        Kind::Script,
        "the program does not know the zone",
        "notzone.ok.test",
    )
    .script("echo 'update failed: NOTZONE' >&2; exit 2")
    .says(&["NOTZONE", "zone"])
    .blames(&[Blame::Failed])
    .ca(NXDOMAIN),
    way(
        Kind::Script,
        "the program cannot be found by its interpreter",
        "broken.ok.test",
    )
    .script("no-such-tool \"$2\" \"$3\"")
    .says(&["no-such-tool", "not found"])
    .blames(&[Blame::Failed])
    .ca(NXDOMAIN),
    way(Kind::Script, "the program does nothing", "www.nothing.test")
        .script(":")
        .says(&["without changing the zone"])
        .blames(&[Blame::Idle])
        .ca(NXDOMAIN),
    way(
        Kind::Script,
        "the program fails and exits 0",
        "www.hides.test",
    )
    .script("echo 'update failed: REFUSED'")
    .says(&["update failed: REFUSED"])
    .blames(&[Blame::Idle, Blame::Failed])
    .ca(NXDOMAIN),
    way(Kind::Zone, "one server of two lacks it", "late.two.test")
        .says(&["has not transferred"])
        .blames(&[Blame::Transfer])
        .ca(BY_CHANCE),
    way(
        Kind::Zone,
        "written to a server that nothing delegates to",
        "www.moved.test",
    )
    .says(&["zone's primary but none of its name servers"])
    .blames(&[Blame::Transfer, Blame::OtherServers])
    .ca(NXDOMAIN),
    way(Kind::Zone, "written above a zone cut", "sub.cut.test")
        .script("put 11 \"$2\" \"$3\" cut.test")
        .says(&["without changing the zone, or changed it elsewhere"])
        .blames(&[Blame::Idle])
        .ca(NXDOMAIN),
];
