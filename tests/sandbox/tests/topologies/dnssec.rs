//! Zones that a validating resolver refuses: their owner hears that it is DNSSEC.

use sandbox::{Fault, Host, Kind, Layout, own_servers};
use serde_json::json;

use super::{assert_all_serve, said};

const SERVER: &str = "198.51.100.11";

const BROKEN: [(&str, Fault); 5] = [
    ("expired.test", Fault::Expired),
    ("no-key.test", Fault::NoKey),
    ("bogus.test", Fault::Bogus),
    ("no-signatures.test", Fault::NoSignatures),
    ("wrong-nsec.test", Fault::WrongNsec),
];

#[test]
fn a_zone_that_resolvers_refuse_is_said_to_be_broken_in_dnssec_and_its_servers_are_heard() {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n_acme-challenge.www TXT value\n";
    let mut host = Host::new(Kind::Nsd, SERVER);
    let mut layout = Layout::new().validating();
    for (zone, fault) in BROKEN {
        host = host.broken(zone, fault, &lines);
        layout = layout.delegate(zone, &[SERVER]);
    }
    let topology = layout.host(host).start();
    let mut silent = Vec::new();
    for (zone, fault) in BROKEN {
        let ended = topology.sh(&format!("dns-zone _acme-challenge.www.{zone}"));
        let document = ended.document();
        // What is there is signed well where only the proofs of what is not there are wrong.
        let may_be_silent = fault == Fault::WrongNsec && ended.status == 0;
        let all = said(&document) + &ended.stderr;
        if !all.contains("DNSSEC") && !may_be_silent {
            silent.push(format!("{zone}: {all}"));
        }
        if ended.status == 0 {
            assert_eq!(document["zone"], format!("{zone}."));
        }
        let located = json!({
            "fqdn": format!("_acme-challenge.www.{zone}."), "value": "value", "zone": format!("{zone}."),
            "nameservers": [{"name": format!("ns1.{zone}."), "addresses": [SERVER]}],
        });
        let line = "dns-wait-txt --timeout 10";
        assert_all_serve(&topology.sh_with(line, &located.to_string()));
    }
    assert_eq!(silent, [""; 0]);
}
