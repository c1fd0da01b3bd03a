//! The servers of all set-ups, side by side.

use crate::{Fault, Host, Kind, Layout, Resolver, own_servers};

/// The server that takes the updates of most zones.
const FIRST: &str = "198.51.100.11";
/// Another one that does.
const SECOND: &str = "198.51.100.12";
/// One that limits how often it answers.
const LIMITED: &str = "198.51.100.13";
/// One with zones that are signed, or that BIND does not load.
const OTHER: &str = "198.51.100.14";
/// One that has only the root zone.
const ROOT: &str = "198.51.100.15";
/// Nothing listens there.
const CLOSED: &str = "198.51.100.44";
const PRIVATE: &str = "10.9.9.9";
/// Middleboxes in front of the first, beside which it stands itself.
const REFUSES: &str = "198.51.100.31";
const FAILS: &str = "198.51.100.32";
const SILENT: &str = "198.51.100.33";
const SILENT_SIX: &str = "2001:db8::33";
/// No network here has it.
const NO_ROUTE: &str = "2001:db9::1";
/// Zones on the first alone, behind a middlebox each, with its address and its rules.
const BENT: [(&str, &str, &str); 7] = [
    ("formerr.test", "198.51.100.51", "formerr-edns"),
    ("cut.test", "198.51.100.52", "truncate"),
    ("no-aa.test", "198.51.100.53", "no-aa"),
    ("lower.test", "198.51.100.54", "lower-case"),
    ("bad-opt.test", "198.51.100.55", "bad-opt"),
    ("additional.test", "198.51.100.56", "odd-additional"),
    ("slow.test", "198.51.100.57", "delay=150"),
];

/// The servers of all set-ups, a CA that asks through a validating resolver, and a local resolver that is another one.
pub fn layout() -> Layout {
    let own = own_servers(&[FIRST]);
    let dead_six = format!("{FIRST} {SILENT_SIX}");
    let no_route = format!("{FIRST} {NO_ROUTE}");
    let mut row = String::from("_acme-challenge CNAME a1\n");
    for number in 1..9 {
        row += &format!("a{number} CNAME a{}\n", number + 1);
    }
    let mut left = String::new();
    for number in 0..5 {
        left += &format!("_acme-challenge TXT leftover-of-a-run-long-ago-number-{number}\n");
    }
    // Each with the servers of its delegation, where these are the zone's own, and with more lines.
    let zones: [(&str, &[&str], &str); 15] = [
        ("refuses.test", &[FIRST, REFUSES], ""),
        ("fails.test", &[FIRST, FAILS], ""),
        ("silent.test", &[FIRST, SILENT], ""),
        ("closed.test", &[FIRST, CLOSED], ""),
        ("dead-six.test", &[&dead_six], ""),
        ("no-route.test", &[&no_route], ""),
        ("refers-up.test", &[FIRST, ROOT], ""),
        ("private-too.test", &[FIRST, PRIVATE], ""),
        ("wild-cname.test", &[FIRST], "* CNAME lb.helper.test.\n"),
        ("wild-txt.test", &[FIRST], "* TXT \"v=spf1 -all\"\n"),
        ("long.test", &[FIRST], &row),
        ("dname.test", &[FIRST], "www DNAME www.helper.test.\n"),
        ("large.test", &[FIRST], &left),
        ("helper.test", &[FIRST], ""),
        ("old-ds.test", &[FIRST], ""),
    ];
    let mut first = Host::new(Kind::Bind, FIRST)
        .zone_config("allow-update { any; };")
        .zone("child-only.test", &own_servers(&[FIRST, CLOSED]))
        .zone("parent-only.test", &own);
    let mut layout = Layout::new().with_ca().validating();
    for (zone, servers, lines) in zones {
        first = first.zone(zone, &(own_servers(servers) + lines));
        layout = layout.delegate(zone, servers);
    }
    for zone in ["split.test", "remembers.test", "recursive.test"] {
        first = first.zone(zone, &own);
        layout = layout.delegate(zone, &[FIRST]);
    }
    for (zone, address, rules) in BENT {
        first = first.zone(zone, &own_servers(&[address]));
        layout = layout
            .delegate(zone, &[address])
            .middlebox(address, FIRST, rules);
    }
    let both = own_servers(&[FIRST, SECOND]);
    let soa = |serial: u32| format!("@ SOA ns1 hostmaster.test. {serial} 3600 600 86400 60\n");
    first = first.zone("serials.test", &(soa(1) + &both));
    let second = Host::new(Kind::Bind, SECOND)
        .zone_config("allow-update { any; };")
        .zone("serials.test", &(soa(99) + &both));
    let limited = Host::new(Kind::Bind, LIMITED)
        .config("rate-limit { responses-per-second 2; };")
        .zone_config("allow-update { any; };")
        .zone("limited.test", &own_servers(&[LIMITED]));
    let alias = |name: &str| format!("_acme-challenge CNAME {name}.helper.test.\n");
    let other = Host::new(Kind::Knot, OTHER)
        .zone("bare.test", &(format!("ns1 A {OTHER}\n") + &alias("bare")))
        .zone(
            "ns-alias.test",
            &("@ NS ns1\nns1 CNAME ns1.other.test.\n".to_owned() + &alias("ns-alias")),
        )
        .zone("other.test", &own_servers(&[OTHER]))
        .broken(
            "iterations.test",
            Fault::Iterations,
            &(own_servers(&[OTHER]) + &alias("iterations")),
        );
    let root = Host::new(Kind::Knot, ROOT).zone(
        "",
        "@ NS a.root.test.\na.root.test. A 198.51.100.1\ntest. NS a.root.test.\n",
    );
    let split = "server:\n    local-zone: \"split.test.\" static\n    local-data: \"split.test. 60 IN A 10.0.0.5\"\n";
    layout
        .delegate("child-only.test", &[FIRST])
        .delegate("parent-only.test", &[FIRST, CLOSED])
        .delegate("ns-alias.test", &[OTHER])
        .delegate("other.test", &[OTHER])
        .delegate("serials.test", &[FIRST, SECOND])
        .delegate("limited.test", &[LIMITED])
        .delegate("bare.test", &[OTHER])
        .delegate("iterations.test", &[OTHER])
        .at_test("old-ds DS 12345 3 1 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE")
        .host(first)
        .host(second)
        .host(limited)
        .host(other)
        .host(root)
        .middlebox(REFUSES, FIRST, "refuse")
        .middlebox(FAILS, FIRST, "servfail")
        .middlebox(SILENT, FIRST, "silent")
        .middlebox(SILENT_SIX, FIRST, "silent")
        .address(CLOSED)
        .address(PRIVATE)
        .resolver(
            Resolver::unbound("127.0.0.1")
                .config("server:\n    use-caps-for-id: yes\n    unknown-server-time-limit: 200\n"),
        )
        .resolver(Resolver::unbound("127.0.0.3").config(split))
        .resolv_conf("nameserver 127.0.0.3\n")
}
