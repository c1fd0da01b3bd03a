//! PowerDNS whose records come by SQL, behind the back of its caches: a question about what is not there hides what comes,
//! for a minute and more.

use sandbox::{Host, Kind, Layout, Topology, own_servers};

use super::{assert_all_serve, located};

const SERVER: &str = "198.51.100.11";
const HOSTS: [&str; 3] = ["", "www.", "absent."];

/// With caches that last for seconds, where by default it is up to 80.
fn powerdns() -> Topology {
    let lines = own_servers(&[SERVER])
        + "www A 192.0.2.1\n_acme-challenge.alias CNAME x.alias\n_acme-challenge.child NS ns1\n";
    Layout::new()
        .delegate("example.test", &[SERVER])
        .host(
            Host::new(Kind::PowerDns, SERVER)
                .config("negquery-cache-ttl=8\nquery-cache-ttl=4\ncache-ttl=4\n")
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

#[test]
fn what_comes_by_sql_after_dns_zone_is_hidden_for_a_while_and_waited_for() {
    let topology = powerdns();
    let documents = located(&topology, &names().join(" "));
    for name in names() {
        topology.sql_add(SERVER, "example.test", &format!("{name} TXT \"value\""));
    }
    let shown = topology.sh(&format!("kdig +short @{SERVER} {} TXT", names()[0]));
    assert_eq!(shown.stdout, "", "the manual says that it is hidden");
    assert_all_serve(&topology.sh_with("dns-wait-txt --timeout 40", &documents));
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
