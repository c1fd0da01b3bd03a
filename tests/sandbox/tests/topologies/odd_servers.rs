//! Servers and boxes on the way that do what they should not, and that CAs get along with.

use sandbox::{Host, Kind, Layout, Resolver, Topology, own_servers};

use serde_json::json;

use super::{located, said, states};

const SERVER: &str = "198.51.100.99";
const TXT: &str = "_acme-challenge TXT value\n";

/// What is bent, by the name of the zone behind it.
const GOT_ALONG_WITH: [(&str, &str); 8] = [
    ("plain", ""),
    ("formerr-edns", "formerr-edns"),
    ("garbage-edns", "garbage-edns"),
    ("truncate", "truncate"),
    ("bad-opt", "bad-opt"),
    ("odd-additional", "odd-additional"),
    ("cut-additional", "cut-additional"),
    ("no-aa", "no-aa"),
];

/// Each zone on one server, behind an address of its own.
fn bent(all: &[(&str, &str)]) -> Topology {
    let mut layout = Layout::new();
    let mut host = Host::new(Kind::Knot, SERVER);
    for (index, (zone, rules)) in all.iter().enumerate() {
        let (zone, address) = (format!("{zone}.test"), format!("198.51.100.{}", 11 + index));
        host = host.zone(&zone, &(own_servers(&[&address]) + TXT));
        layout = layout
            .delegate(&zone, &[&address])
            .middlebox(&address, SERVER, rules);
    }
    layout.host(host).start()
}

#[test]
fn what_resolvers_get_along_with_is_got_along_with() {
    let topology = bent(&GOT_ALONG_WITH);
    let mut failed = Vec::new();
    for (zone, _) in GOT_ALONG_WITH {
        let name = format!("_acme-challenge.{zone}.test");
        let wait = "jq -c '.value = \"value\"' | dns-wait-txt --timeout 8";
        let ended = topology.sh(&format!("dns-zone {name} | {wait}"));
        if ended.status != 0 {
            failed.push(format!("{zone}: {}", said(&ended.document())));
        }
    }
    assert_eq!(failed, [""; 0]);
}

#[test]
fn an_answer_without_authority_is_taken_with_a_warning() {
    let topology = bent(&[("no-aa", "no-aa")]);
    let ended = topology.sh("dns-zone _acme-challenge.no-aa.test").success();
    assert!(ended.stderr.contains("authority"), "{}", ended.stderr);
}

/// Unbound gets no answer from the one that drops what has EDNS, so that no resolver is asked here.
#[test]
fn a_server_that_answers_only_without_edns_is_told_of_to_who_wants_to_know() {
    const DROPS: [(&str, &str); 3] = [
        ("drop-edns", "drop-edns"),
        ("formerr-edns", "formerr-edns"),
        ("garbage-edns", "garbage-edns"),
    ];
    let topology = bent(&DROPS);
    for (index, (zone, _)) in DROPS.iter().enumerate() {
        let address = format!("198.51.100.{}", 11 + index);
        let document = json!({
            "fqdn": format!("_acme-challenge.{zone}.test."), "value": "value", "zone": format!("{zone}.test."),
            "nameservers": [{"name": format!("ns1.{zone}.test."), "addresses": [address]}],
        });
        // One question that is lost says nothing yet.
        let documents = format!("{document}\n{document}\n");
        let line = "dns-wait-txt -v --timeout 10";
        let ended = topology.sh_with(line, &documents).success();
        assert!(ended.stderr.contains("EDNS"), "{zone}: {}", ended.stderr);
    }
}

#[test]
fn a_cut_answer_without_tcp_is_not_taken_for_a_closed_port() {
    let topology = bent(&[("cut", "truncate no-tcp")]);
    let ended = topology.sh("dns-zone _acme-challenge.cut.test");
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(document["error"]["type"], "acmepipe:dns:no-usable-server");
    let said = said(&document);
    assert!(said.contains("TCP"), "{said}");
}

#[test]
fn a_zone_without_ns_records_at_its_apex_has_the_servers_of_its_delegation() {
    let lines = "_acme-challenge TXT value\nns1 A 198.51.100.11\n";
    let mut failed = Vec::new();
    for kind in [Kind::Knot, Kind::PowerDns] {
        let topology = Layout::new()
            .delegate("bare.test", &["198.51.100.11"])
            .host(Host::new(kind, "198.51.100.11").zone("bare.test", lines))
            .start();
        let wait = "jq -c '.value = \"value\"' | dns-wait-txt --timeout 8";
        let ended = topology.sh(&format!("dns-zone _acme-challenge.bare.test | {wait}"));
        if ended.status != 0 {
            failed.push(format!("{kind:?}: {}", said(&ended.document())));
        }
    }
    assert_eq!(failed, [""; 0]);
}

#[test]
fn a_server_whose_address_the_resolver_denies_is_found_through_the_zone_above() {
    const WITH_PARENT: &str = "198.51.100.12";
    let servers = ["198.51.100.11", WITH_PARENT];
    let lines = own_servers(&servers) + TXT;
    // A resolver has such an answer from a server that has only the zone above: there, the name does not exist.
    let denies = "server:\n    local-zone: \"ns1.example.test.\" always_nxdomain\n";
    let topology = Layout::new()
        .delegate("example.test", &servers)
        .host(Host::new(Kind::Knot, servers[0]).zone("example.test", &lines))
        .host(
            Host::new(Kind::Nsd, WITH_PARENT).zone("test", "@ NS a.root\na.root A 198.51.100.1\n"),
        )
        .resolver(Resolver::unbound("127.0.0.1").config(denies))
        .start();
    let documents = located(&topology, "_acme-challenge.example.test");
    let ended = topology.sh_with("dns-wait-txt --timeout 20", &documents);
    let states = states(&ended.success().document());
    assert_eq!(
        [&*states[servers[0]], &*states[WITH_PARENT]],
        ["serving", "lame"]
    );
}

#[test]
fn a_server_that_has_only_the_zone_above_is_lame_and_not_waited_for() {
    const WITH_PARENT: &str = "198.51.100.12";
    let servers = ["198.51.100.11", WITH_PARENT];
    let lines = own_servers(&servers) + TXT;
    let topology = Layout::new()
        .delegate("example.test", &servers)
        .host(Host::new(Kind::Knot, servers[0]).zone("example.test", &lines))
        .host(
            Host::new(Kind::Nsd, WITH_PARENT).zone("test", "@ NS a.root\na.root A 198.51.100.1\n"),
        )
        .start();
    for _ in 0..4 {
        let documents = located(&topology, "_acme-challenge.example.test");
        let ended = topology.sh_with("dns-wait-txt --timeout 20", &documents);
        let states = states(&ended.success().document());
        assert_eq!(states[WITH_PARENT], "lame", "{states:?}");
    }
}

#[test]
fn a_server_whose_address_is_slow_to_find_is_asked_where_the_others_are_lame() {
    const LAME: &str = "198.51.100.12";
    const OF_SLOW: &str = "198.51.100.13";
    let topology = Layout::new()
        .at_test(&format!(
            "example NS lame\nexample NS ns.slow\nlame A {LAME}"
        ))
        .delegate("slow.test", &[OF_SLOW])
        .host(Host::new(Kind::Nsd, LAME).zone("test", "@ NS a.root\na.root A 198.51.100.1\n"))
        .host(Host::new(Kind::Knot, "198.51.100.11").zone(
            "example.test",
            &format!("@ NS lame.test.\n@ NS ns.slow.test.\n{TXT}"),
        ))
        .host(Host::new(Kind::Knot, "198.51.100.21").zone(
            "slow.test",
            &(own_servers(&[OF_SLOW]) + "ns 0 A 198.51.100.11\n"),
        ))
        .middlebox(OF_SLOW, "198.51.100.21", "delay=900")
        .start();
    // The resolver knows the one at once, and asks for the other each time.
    topology.sh("kdig ns.slow.test A").success();
    let ended = topology.sh("dns-zone _acme-challenge.example.test");
    assert_eq!(ended.success().document()["zone"], "example.test.");
}

#[test]
fn a_server_that_refuses_is_lame_beside_another_and_alone_no_server_at_all() {
    const REFUSES: &str = "198.51.100.12";
    let servers = ["198.51.100.11", REFUSES];
    let lines = own_servers(&servers) + TXT;
    let topology = Layout::new()
        .delegate("example.test", &servers)
        .delegate("refused.test", &[REFUSES])
        .host(Host::new(Kind::Knot, servers[0]).zone("example.test", &lines))
        .middlebox(REFUSES, servers[0], "refuse")
        .start();
    let documents = located(&topology, "_acme-challenge.example.test");
    let ended = topology.sh_with("dns-wait-txt --timeout 20", &documents);
    assert_eq!(states(&ended.success().document())[REFUSES], "lame");
    let ended = topology.sh("dns-zone _acme-challenge.refused.test");
    ended.assert_status(1);
    let kind = ended.document()["error"]["type"].clone();
    let kinds = ["acmepipe:dns:no-usable-server", "acmepipe:dns:resolver"];
    assert!(kinds.contains(&kind.as_str().unwrap()), "{kind}");
}
