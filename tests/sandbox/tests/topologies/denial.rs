//! No cache learns of a record before it is there, not even by what a signed zone says of the names around it.

use sandbox::{Denial, Host, Kind, Layout, Resolver, own_servers};

const SERVER: &str = "198.51.100.11";

/// Hosts that exist and that do not, at the ends of the zone and between its names, and one that is a name server without an
/// AAAA record.
const HOSTS: [&str; 7] = [
    "",
    "www.",
    "absent.",
    "opaque.",
    "a.b.absent.",
    "zzz.",
    "ns1.",
];

/// Where the resolvers are, and where they are asked through.
const RESOLVERS: [(&str, &str); 3] = [
    ("127.0.0.53", "127.0.0.1"),
    ("127.0.0.54", "127.0.0.2"),
    ("127.0.0.55", "127.0.0.3"),
];

/// Nothing is below what is not there (RFC 8020), and nothing else is concluded from proofs.
const BELOW_NXDOMAIN: &str = "server:\n    harden-below-nxdomain: yes\n    aggressive-nsec: no\n";

fn names(zone: &str) -> Vec<String> {
    let name = |host: &&str| format!("_acme-challenge.{host}{zone}");
    HOSTS.iter().map(name).collect()
}

fn records() -> String {
    let record = |host: &&str| {
        format!("_acme-challenge.{host}")
            .trim_end_matches('.')
            .to_owned()
    };
    let lines = HOSTS.iter().map(record);
    lines.map(|name| name + " TXT value\n").collect()
}

#[test]
fn a_validating_resolver_finds_the_record_that_dns_zone_made_room_for() {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let zones = [("nsec.test", Denial::Nsec), ("nsec3.test", Denial::Nsec3)];
    let mut host = Host::new(Kind::Nsd, SERVER);
    let mut layout = Layout::new().validating();
    for (zone, denial) in zones {
        host = host.signed(zone, denial, &lines);
        layout = layout.delegate(zone, &[SERVER]);
    }
    layout = layout
        .host(host)
        .resolver(Resolver::unbound(RESOLVERS[0].0))
        .resolver(Resolver::bind(RESOLVERS[1].0))
        .resolver(Resolver::unbound(RESOLVERS[2].0).config(BELOW_NXDOMAIN));
    for (resolver, front) in RESOLVERS {
        layout = layout.middlebox(front, resolver, "");
    }
    let mut topology = layout.start();
    let all: Vec<String> = zones.iter().flat_map(|(zone, _)| names(zone)).collect();
    for (_, front) in RESOLVERS {
        let line = format!("dns-zone --resolver {front} {}", all.join(" "));
        for document in topology.sh(&line).success().documents() {
            let zone = document["zone"]
                .as_str()
                .unwrap()
                .trim_end_matches('.')
                .to_owned();
            assert!(
                document["fqdn"].as_str().unwrap().contains(&zone),
                "{document:#}"
            );
        }
    }
    for (zone, _) in zones {
        topology.replace(SERVER, zone, &(lines.clone() + &records()));
    }
    let mut hidden = Vec::new();
    for (resolver, _) in RESOLVERS {
        for name in &all {
            let ask = format!("kdig +short @{resolver} {name} TXT");
            if topology.sh(&ask).stdout != "\"value\"\n" {
                hidden.push(format!("{resolver} {name}"));
            }
        }
    }
    assert_eq!(hidden, [""; 0], "what resolvers do not see");
}

#[test]
fn a_resolver_is_asked_only_what_is_there() {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", "")
        .start();
    // Servers that start look for the machine's own name.
    let before = topology.asked("127.0.0.1").len();
    let names = names("example.test").join(" ");
    topology.sh(&format!("dns-zone {names}")).success();
    // That one serves other zones, and may have addresses of both families as far as anybody knows.
    let is_address = |kind: u16, name: &str| [1, 28].contains(&kind) && name == "a.root.test.";
    let asked = topology.asked("127.0.0.1").split_off(before);
    let negative: Vec<_> = asked
        .iter()
        .filter(|it| !it.is_positive() && !is_address(it.kind, &it.name))
        .collect();
    assert!(!asked.is_empty() && negative.is_empty(), "{negative:#?}");
}
