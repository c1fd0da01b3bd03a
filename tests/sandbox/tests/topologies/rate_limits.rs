//! Servers that limit how often they answer are asked more slowly, and never called dead.

use sandbox::{Host, Kind, Layout, own_servers};

use crate::{assert_all_serve, located};

const NSD: &str = "198.51.100.11";
const BIND: &str = "198.51.100.12";
const COUNT: usize = 600;

/// A server's zone with 600 records in it.
#[track_caller]
fn assert_all_are_answered(host: Host, address: &str) {
    let record = |number| format!("_acme-challenge.h{number} TXT value\n");
    let lines = own_servers(&[address]) + &(0..COUNT).map(record).collect::<String>();
    let topology = Layout::new()
        .delegate("example.test", &[address])
        .host(host.zone("example.test", &lines))
        .start();
    let names: Vec<String> = (0..COUNT)
        .map(|number| format!("_acme-challenge.h{number}.example.test"))
        .collect();
    let documents = located(&topology, &names.join(" "));
    assert_eq!(documents.lines().count(), COUNT);
    let ended = topology.sh_with("dns-wait-txt --timeout 60", &documents);
    assert_eq!(ended.documents().len(), COUNT);
    assert_all_serve(&ended);
}

#[test]
fn all_names_are_answered_by_an_nsd_that_limits_its_rate() {
    let host = Host::new(Kind::Nsd, NSD).config("  rrl-ratelimit: 200");
    assert_all_are_answered(host, NSD);
}

#[test]
fn all_names_are_answered_by_a_bind_that_limits_its_rate() {
    let host = Host::new(Kind::Bind, BIND).config("rate-limit { responses-per-second 5; };");
    assert_all_are_answered(host, BIND);
}
