//! PowerDNS whose records come by SQL, behind the back of its caches: a question about what is not there hides what comes,
//! for a minute and more.

use sandbox::{Host, Kind, Layout, Topology, own_servers};

use crate::{assert_all_serve, located};

const SERVER: &str = "198.51.100.11";
const HOSTS: [&str; 3] = ["", "www.", "absent."];

fn powerdns() -> Topology {
    let lines = own_servers(&[SERVER])
        + "www A 192.0.2.1\n_acme-challenge.alias CNAME x.alias\n_acme-challenge.child NS ns1\n";
    Layout::new()
        .delegate("example.test", &[SERVER])
        .host(
            Host::new(Kind::PowerDns, SERVER)
                .zone("example.test", &lines)
                .zone(
                    "_acme-challenge.child.example.test",
                    "@ NS ns1.example.test.\n",
                ),
        )
        .start()
}

fn names() -> Vec<String> {
    let name = |host| format!("_acme-challenge.{host}example.test");
    HOSTS.map(name).into()
}

/// Inserts the record of each name by SQL; each is then seen at once.
#[track_caller]
fn assert_seen_at_once(topology: &Topology, documents: &str) {
    for name in names() {
        topology.sql_add(SERVER, "example.test", &format!("{name} TXT \"value\""));
    }
    for name in names() {
        let shown = topology.sh(&format!("kdig +short @{SERVER} {name} TXT"));
        assert_eq!(shown.stdout, "\"value\"\n", "{name}");
    }
    assert_all_serve(&topology.sh_with("dns-wait-txt --timeout 20", documents));
}

#[test]
fn what_comes_by_sql_is_seen_at_once_after_dns_zone_without_aliases() {
    let topology = powerdns();
    let names = format!("--no-cname {}", names().join(" "));
    let documents = located(&topology, &names);
    assert_seen_at_once(&topology, &documents);
}

#[test]
fn what_comes_by_sql_is_seen_at_once_after_dns_zone() {
    let topology = powerdns();
    let documents = located(&topology, &names().join(" "));
    assert_seen_at_once(&topology, &documents);
}

#[test]
fn aliases_and_delegations_at_the_name_are_found() {
    let topology = powerdns();
    for (host, name, zone) in [
        ("alias", "x.alias.example.test.", "example.test."),
        (
            "child",
            "_acme-challenge.child.example.test.",
            "_acme-challenge.child.example.test.",
        ),
    ] {
        let ended = topology.sh(&format!("dns-zone _acme-challenge.{host}.example.test"));
        let document = ended.success().document();
        assert_eq!(document["effective_fqdn"], name);
        assert_eq!(document["zone"], zone);
    }
}
