//! Servers and networks that come and go while they are looked at.

use sandbox::{Host, Kind, Layout, own_servers};

use super::{assert_all_serve, located, states};

const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const BEHIND_FIRST: &str = "198.51.100.21";
const BEHIND_SECOND: &str = "198.51.100.22";
const NAME: &str = "_acme-challenge.example.test.";

#[test]
fn a_server_that_comes_and_goes_is_waited_for() {
    let lines = own_servers(&[FIRST, SECOND]);
    let with_value = lines.clone() + "_acme-challenge TXT value\n";
    let mut topology = Layout::new()
        .delegate("example.test", &[FIRST, SECOND])
        .host(Host::new(Kind::Knot, BEHIND_FIRST).zone("example.test", &with_value))
        .host(Host::new(Kind::Knot, BEHIND_SECOND).zone("example.test", &lines))
        .middlebox(FIRST, BEHIND_FIRST, "")
        .middlebox(SECOND, BEHIND_SECOND, "")
        .start();
    let documents = located(&topology, NAME);
    let waiting = topology.start("dns-wait-txt --timeout 60 --interval 1", &documents);
    for _ in 0..3 {
        topology.await_questions(SECOND, 1);
        topology.bend(SECOND, "closed");
        topology.bend(SECOND, "");
        topology.await_questions(SECOND, 1);
        topology.bend(SECOND, "refuse");
        topology.await_questions(SECOND, 2);
        topology.bend(SECOND, "");
    }
    topology.replace(BEHIND_SECOND, "example.test", &with_value);
    assert_all_serve(&waiting.wait());
}

#[test]
fn a_family_of_addresses_that_is_lost_in_the_middle_does_not_hold_the_other_up() {
    let both = "198.51.100.11 2001:db8::11";
    let lines = own_servers(&[both, SECOND]);
    let with_value = lines.clone() + "_acme-challenge TXT value\n";
    for lost in ["2001:db8::11", FIRST] {
        let mut topology = Layout::new()
            .delegate("example.test", &[both, SECOND])
            .host(Host::new(Kind::Knot, both).zone("example.test", &lines))
            .host(Host::new(Kind::Nsd, BEHIND_SECOND).zone("example.test", &lines))
            .middlebox(SECOND, BEHIND_SECOND, "")
            .start();
        let documents = located(&topology, NAME);
        let waiting = topology.start("dns-wait-txt --timeout 60 --interval 1", &documents);
        topology.await_questions(SECOND, 2);
        let bits = if lost.contains(':') { 128 } else { 32 };
        // The server is changed first, since the test asks it at its first address.
        topology.replace(FIRST, "example.test", &with_value);
        topology
            .sh(&format!("ip address del {lost}/{bits} dev lo"))
            .success();
        topology.replace(BEHIND_SECOND, "example.test", &with_value);
        let ended = waiting.wait().success();
        let states = states(&ended.document());
        let serving = states.values().filter(|state| *state == "serving").count();
        assert!(states.len() == 3 && serving >= 2, "{states:?}");
    }
}

#[test]
fn a_network_that_loses_three_of_ten_packets_loses_no_answer() {
    let lines = own_servers(&[FIRST, SECOND]);
    let record = |number: u32| format!("_acme-challenge.h{number} TXT value\n");
    let lines = lines + &(0..20).map(record).collect::<String>();
    let topology = Layout::new()
        .delegate("example.test", &[FIRST, SECOND])
        .host(Host::new(Kind::Knot, BEHIND_FIRST).zone("example.test", &lines))
        .host(Host::new(Kind::Bind, BEHIND_SECOND).zone("example.test", &lines))
        .middlebox(FIRST, BEHIND_FIRST, "loss=30")
        .middlebox(SECOND, BEHIND_SECOND, "loss=30")
        .resolver(sandbox::Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", "loss=30")
        .start();
    let names: Vec<String> = (0..20)
        .map(|number| format!("_acme-challenge.h{number}.example.test"))
        .collect();
    let documents = located(&topology, &names.join(" "));
    let ended = topology.sh_with("dns-wait-txt --timeout 40", &documents);
    assert_eq!(ended.documents().len(), 20);
    assert_all_serve(&ended);
}
