//! How often servers are asked: those that limit how often they answer are never called dead, and no server is asked much
//! while nothing changes.

use sandbox::{Host, Kind, Layout, own_servers};

use super::{assert_all_serve, located};

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

#[test]
fn while_nothing_changes_a_server_is_asked_ten_times_a_second_at_most() {
    const SERVER: &str = "198.51.100.21";
    const LIMIT: f64 = 10.0;
    // Where the machine is slow, some of the first looks come late, and count as changes for two seconds.
    const AFTER_CHANGES: f64 = 2.0 * LIMIT;
    // Four values at eight names each.
    const AT_OTHER_NAMES: f64 = 32.0;
    // CAA at fifty names, and a few questions about the zone itself.
    const BESIDE: f64 = 60.0;
    let lines = own_servers(&[NSD]);
    let topology = Layout::new()
        .delegate("example.test", &[NSD])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .middlebox(NSD, SERVER, "")
        .start();
    let names: Vec<String> = (0..100)
        .map(|number| format!("_acme-challenge.h{number}.example.test"))
        .collect();
    let documents = located(&topology, &names.join(" "));
    let before = topology.asked(NSD).len();
    let ended = topology.sh_with("dns-wait-txt --timeout 6 --interval 1", &documents);
    ended.assert_status(1);
    let asked = topology.asked(NSD).len() - before;
    // Each value is looked for at first, and once more at the end; a few are at other names, too.
    let most = 2.0 * 100.0 + AT_OTHER_NAMES + BESIDE;
    let most = most + AFTER_CHANGES + LIMIT * ended.elapsed.as_secs_f64();
    let asked = f64::from(u32::try_from(asked).unwrap());
    assert!(asked <= most, "{asked} questions of {most}");
}
