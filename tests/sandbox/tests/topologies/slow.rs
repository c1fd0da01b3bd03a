//! What answers late has answered.

use sandbox::{Host, Kind, Layout, Resolver, own_servers};

use crate::{assert_all_serve, located};

const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const SERVER: &str = "198.51.100.21";
const NAME: &str = "_acme-challenge.example.test.";

#[test]
fn servers_and_resolvers_that_take_seconds_are_heard() {
    let lines = own_servers(&[FIRST, SECOND]) + "_acme-challenge TXT value\n";
    let topology = Layout::new()
        .delegate("example.test", &[FIRST, SECOND])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox(FIRST, SERVER, "")
        .middlebox(SECOND, SERVER, "")
        .middlebox("127.0.0.1", "127.0.0.53", "delay=4000")
        .start();
    let slow_resolver = topology.sh(&format!("dns-zone {NAME}")).success();
    assert_eq!(slow_resolver.document()["zone"], "example.test.");

    topology.bend("127.0.0.1", "");
    topology.bend(FIRST, "delay=1500");
    topology.bend(SECOND, "delay=2500");
    let documents = located(&topology, NAME);
    for options in ["", "--strict"] {
        let line = format!("dns-wait-txt --timeout 30 {options}");
        assert_all_serve(&topology.sh_with(&line, &documents));
    }
}
