//! The topologies keep their own promises.

use sandbox::{Denial, Fault, Host, Kind, Layout, Resolver, own_servers};

const KINDS: [(Kind, &str); 4] = [
    (Kind::Knot, "198.51.100.11"),
    (Kind::Bind, "198.51.100.12"),
    (Kind::Nsd, "198.51.100.13"),
    (Kind::PowerDns, "198.51.100.14"),
];

#[test]
fn each_kind_of_server_serves_stops_hangs_and_takes_other_content() {
    let servers = KINDS.map(|(_, address)| address);
    let lines = own_servers(&servers) + "www A 192.0.2.1\n";
    let mut layout = Layout::new().delegate("example.test", &servers);
    for (kind, address) in KINDS {
        layout = layout.host(Host::new(kind, address).zone("example.test", &lines));
    }
    let layout = layout.middlebox("198.51.100.31", "198.51.100.12", "delay=10");
    let mut topology = layout.start();
    let ask = |name: &str, kind: &str, address: &str| {
        format!("kdig +short +norec +timeout=1 +retry=0 @{address} {name} {kind}")
    };
    for (kind, address) in KINDS {
        let www = ask("www.example.test", "A", address);
        assert_eq!(topology.sh(&www).stdout, "192.0.2.1\n", "{kind:?}");
        topology.pause(address);
        topology.sh(&www).assert_status(1);
        topology.resume(address);
        topology.stop(address);
        topology.sh(&www).assert_status(1);
        topology.restart(address);
        let txt = "new.example.test TXT \"value\"";
        if kind == Kind::PowerDns {
            topology.sql_add(address, "example.test", txt);
        } else {
            topology.replace(address, "example.test", &format!("{lines}new TXT value\n"));
        }
        let new = ask("new.example.test", "TXT", address);
        assert_eq!(topology.sh(&new).stdout, "\"value\"\n", "{kind:?}");
    }
    let resolved = topology.sh("kdig +short www.example.test A").stdout;
    assert_eq!(resolved, "192.0.2.1\n");

    topology
        .sh(&ask("WWW.example.test", "A", "198.51.100.31"))
        .success();
    topology.bend("198.51.100.31", "closed");
    topology
        .sh(&ask("www.example.test", "A", "198.51.100.31"))
        .assert_status(1);
    let asked = topology.asked("198.51.100.31");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(
        (asked[0].name.as_str(), asked[0].kind),
        ("www.example.test.", 1)
    );
    assert!(asked[0].is_positive(), "{asked:?}");
}

#[test]
fn a_validating_resolver_takes_what_is_signed_well_and_nothing_else() {
    const SERVER: &str = "198.51.100.11";
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let broken = [
        ("expired.test", Fault::Expired),
        ("no-key.test", Fault::NoKey),
        ("bogus.test", Fault::Bogus),
        ("no-signatures.test", Fault::NoSignatures),
        ("other-digest.test", Fault::OtherDigest),
    ];
    let good = ["nsec.test", "nsec3.test", "unsigned.test"];
    // PowerDNS signs by itself.
    let of_powerdns = ["pdns-nsec.test", "pdns-nsec3.test", "pdns.test"];
    const POWERDNS: &str = "198.51.100.14";
    let own = own_servers(&[POWERDNS]) + "www A 192.0.2.1\n";
    let powerdns = Host::new(Kind::PowerDns, POWERDNS)
        .signed(of_powerdns[0], Denial::Nsec, &own)
        .signed(of_powerdns[1], Denial::Nsec3, &own)
        .zone(of_powerdns[2], &own)
        .broken("not-rectified.test", Fault::NotRectified, &own);
    let mut host = Host::new(Kind::Nsd, SERVER)
        .signed("nsec.test", Denial::Nsec, &lines)
        .signed("nsec3.test", Denial::Nsec3, &lines)
        .zone("unsigned.test", &lines)
        .broken("wrong-nsec.test", Fault::WrongNsec, &lines);
    for (zone, fault) in broken {
        host = host.broken(zone, fault, &lines);
    }
    let mut layout = Layout::new()
        .validating()
        .delegate("wrong-nsec.test", &[SERVER]);
    for zone in broken.map(|(zone, _)| zone).into_iter().chain(good) {
        layout = layout.delegate(zone, &[SERVER]);
    }
    for zone in of_powerdns.into_iter().chain(["not-rectified.test"]) {
        layout = layout.delegate(zone, &[POWERDNS]);
    }
    let topology = layout
        .host(host)
        .host(powerdns)
        .resolver(Resolver::unbound("127.0.0.1"))
        .resolver(Resolver::bind("127.0.0.2"))
        .start();
    for resolver in ["127.0.0.1", "127.0.0.2"] {
        let said = |name: &str, says: &str| {
            let line = format!("kdig @{resolver} {name} | grep -q 'status: {says};'");
            assert_eq!(topology.sh(&line).status, 0, "{resolver} {name} {says}");
        };
        for zone in good.into_iter().chain(of_powerdns) {
            said(&format!("www.{zone}"), "NOERROR");
            said(&format!("nothing.{zone}"), "NXDOMAIN");
        }
        for (zone, _) in broken {
            said(&format!("www.{zone}"), "SERVFAIL");
        }
        said("www.wrong-nsec.test", "NOERROR");
        said("nothing.wrong-nsec.test", "SERVFAIL");
        said("www.not-rectified.test", "NOERROR");
        said("www.not-rectified.test CAA", "SERVFAIL");
    }
}
