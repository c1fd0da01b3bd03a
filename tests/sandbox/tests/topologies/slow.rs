//! What answers late has answered.

use sandbox::{Host, Kind, Layout, Resolver, Topology, own_servers};

use super::{assert_all_serve, located};

const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const SERVER: &str = "198.51.100.21";
const NAME: &str = "_acme-challenge.example.test.";

/// One server at two addresses, and a resolver, each behind a middlebox.
fn bent(servers: [&str; 2], resolver: &str) -> Topology {
    let lines = own_servers(&[FIRST, SECOND]) + "_acme-challenge TXT value\n";
    Layout::new()
        .delegate("example.test", &[FIRST, SECOND])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox(FIRST, SERVER, servers[0])
        .middlebox(SECOND, SERVER, servers[1])
        .middlebox("127.0.0.1", "127.0.0.53", resolver)
        .start()
}

#[test]
fn a_resolver_that_takes_four_seconds_is_heard() {
    let topology = bent(["", ""], "delay=4000");
    let ended = topology.sh(&format!("dns-zone {NAME}")).success();
    assert_eq!(ended.document()["zone"], "example.test.");
}

#[test]
fn servers_that_take_seconds_are_heard() {
    let topology = bent(["", ""], "");
    let documents = located(&topology, NAME);
    topology.bend(FIRST, "delay=1500");
    topology.bend(SECOND, "delay=2500");
    for options in ["", "--strict"] {
        let line = format!("timeout -s KILL 60 dns-wait-txt --timeout 30 {options}");
        assert_all_serve(&topology.sh_with(&line, &documents));
    }
}

#[test]
fn a_zone_whose_servers_take_seconds_is_found() {
    // A resolver waits as long: the zone's servers are known to it already.
    let topology = bent(["", ""], "");
    for question in [
        "example.test SOA",
        "example.test NS",
        "ns1.example.test A",
        "ns2.example.test A",
    ] {
        topology.sh(&format!("kdig +short {question}")).success();
    }
    topology.bend(FIRST, "delay=1500");
    topology.bend(SECOND, "delay=1500");
    let ended = topology.sh(&format!("dns-zone {NAME}")).success();
    assert_eq!(ended.document()["zone"], "example.test.");
}
