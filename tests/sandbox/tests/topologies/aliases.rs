//! Chains of aliases, loops of them, and those that a wildcard makes.

use sandbox::{Host, Kind, Layout, Topology, own_servers};
use serde_json::Value;

use super::said;

const BIND: &str = "198.51.100.11";
const POWERDNS: &str = "198.51.100.12";
const KNOT: &str = "198.51.100.13";

/// So many aliases in a row, from `_acme-challenge.cCOUNT` on.
fn chain(count: usize) -> String {
    let link = |index: usize| match index {
        0 => format!("_acme-challenge.c{count}"),
        index => format!("link{index}.c{count}"),
    };
    let links = 0..count;
    links
        .map(|index| format!("{} CNAME {}\n", link(index), link(index + 1)))
        .collect()
}

/// BIND says SERVFAIL with the aliases in its answer. PowerDNS says it without: it tells each where its type is asked for.
#[test]
fn loops_and_long_chains_are_read_from_servers_that_call_them_their_failure() {
    let records = "_acme-challenge.loop CNAME a.loop\na.loop CNAME _acme-challenge.loop\n"
        .to_owned()
        + "_acme-challenge.self CNAME _acme-challenge.self\n"
        + &chain(9)
        + &chain(20);
    let mut layout = Layout::new();
    let servers = [
        (Kind::Bind, BIND, "bind.test"),
        (Kind::PowerDns, POWERDNS, "powerdns.test"),
        (Kind::Knot, KNOT, "knot.test"),
    ];
    for (kind, address, zone) in servers {
        let lines = own_servers(&[address]) + &records;
        layout = layout
            .delegate(zone, &[address])
            .host(Host::new(kind, address).zone(zone, &lines));
    }
    let topology = layout.start();
    let mut wrong = Vec::new();
    for (_, _, zone) in servers {
        for (name, error, effective) in [
            ("loop", "acmepipe:dns:cname-loop", String::new()),
            ("self", "acmepipe:dns:cname-loop", String::new()),
            ("c20", "acmepipe:dns:cname-loop", String::new()),
            ("c9", "", format!("link9.c9.{zone}.")),
        ] {
            let ended = topology.sh(&format!("dns-zone _acme-challenge.{name}.{zone}"));
            let document = ended.document();
            let kind = document["error"]["type"].as_str().unwrap_or_default();
            if (kind, self::effective(&document)) != (error, effective) {
                wrong.push(format!("{name}.{zone}: {}", ended.stdout));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// A zone in which wildcards make aliases, alone and beside others.
fn wildcards() -> Topology {
    let lines = own_servers(&[KNOT])
        + "*.alone CNAME t.other.test.\n"
        + "_acme-challenge.later CNAME x.later\n*.later CNAME t.other.test.\n"
        + "_acme-challenge.below CNAME t.other.test.\n*._acme-challenge.below CNAME t.other.test.\n"
        + "_acme-challenge.beside CNAME t.other.test.\n*.beside CNAME t.other.test.\n";
    Layout::new()
        .delegate("wild.test", &[KNOT])
        .delegate("other.test", &[KNOT])
        .host(
            Host::new(Kind::Knot, KNOT)
                .zone("wild.test", &lines)
                .zone("other.test", &own_servers(&[KNOT])),
        )
        .start()
}

fn effective(document: &Value) -> String {
    document["effective_fqdn"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Hosts of `wild.test`: where the record of each goes, and where it goes if aliases of wildcards are followed.
const WILD: [(&str, &str, &str); 4] = [
    ("alone", "_acme-challenge.alone.wild.test.", "t.other.test."),
    ("later", "x.later.wild.test.", "t.other.test."),
    ("below", "t.other.test.", "t.other.test."),
    ("beside", "t.other.test.", "t.other.test."),
];

#[test]
fn an_alias_that_only_a_wildcard_makes_is_followed_nowhere_in_a_chain() {
    let topology = wildcards();
    let mut wrong = Vec::new();
    for (host, goes, followed) in WILD {
        let name = format!("_acme-challenge.{host}.wild.test");
        let ended = topology.sh(&format!("dns-zone {name}")).success();
        let is_said = ended.stderr.contains("wildcard");
        if effective(&ended.document()) != goes || is_said != (goes != followed) {
            wrong.push(format!("{host}: {} {}", ended.stdout, ended.stderr));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn an_alias_that_only_a_wildcard_makes_is_followed_where_that_is_wanted() {
    let topology = wildcards();
    for (host, _, followed) in WILD {
        let name = format!("_acme-challenge.{host}.wild.test");
        let ended = topology.sh(&format!("dns-zone --follow-wildcard-cname {name}"));
        assert_eq!(effective(&ended.success().document()), followed, "{host}");
    }
}

#[test]
fn what_dns_wait_txt_says_of_a_wildcards_alias_is_what_dns_zone_did() {
    let topology = wildcards();
    let name = "_acme-challenge.alone.wild.test.";
    let documents = super::located(&topology, name);
    let ended = topology.sh_with("dns-wait-txt --timeout 1", &documents);
    ended.assert_status(1);
    let said = said(&ended.document());
    assert!(!said.contains("where the CNAME leads"), "{said}");
    assert!(said.contains("wildcard"), "{said}");
}
