//! The way from the root down, without any resolver.

use sandbox::{Host, Kind, Layout, Resolver, own_servers};

use super::said;

const SERVER: &str = "198.51.100.11";
const OTHER: &str = "198.51.100.12";

#[test]
fn each_delegation_is_shown_and_no_resolver_is_asked_for_a_name() {
    let lines = own_servers(&[SERVER])
        + "_acme-challenge.www CNAME x.sub.example.test.\nsub NS ns1.sub\n"
        + &format!("ns1.sub A {OTHER}\n");
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .host(Host::new(Kind::Nsd, OTHER).zone("sub.example.test", &own_servers(&[OTHER])))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", "")
        .start();
    let name = "_acme-challenge.www.example.test.";
    let ended = topology.sh(&format!("dns-zone --trace {name}")).success();
    let document = ended.document();
    assert_eq!(document["zone"], "sub.example.test.");
    assert_eq!(document["effective_fqdn"], "x.sub.example.test.");
    let trace = document["trace"].as_array().unwrap();
    let zones: Vec<_> = trace
        .iter()
        .map(|one| one["zone"].as_str().unwrap())
        .collect();
    assert_eq!(
        zones,
        ["test.", "example.test.", "sub.example.test."],
        "{document:#}"
    );
    let last = &trace[2];
    assert_eq!(last["parent"], "example.test.");
    assert_eq!(last["referral"], true);
    assert_eq!(last["referred_by"][0]["address"], SERVER);
    assert!(last["referred_by"][0]["seconds"].is_number());
    assert_eq!(last["nameservers"][0]["name"], "ns1.sub.example.test.");
    assert_eq!(last["nameservers"][0]["glue"][0], OTHER);
    let line =
        format!("example.test. leads to sub.example.test.: says ns1.example.test. ({SERVER}) in ");
    assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    // Of a resolver nothing is wanted but the root's servers, since this network has a root of its own.
    let asked = topology.asked("127.0.0.1");
    assert!(
        asked.iter().all(|one| !one.name.contains("example")),
        "{asked:#?}"
    );

    // The same as without it.
    let found = topology
        .sh(&format!("dns-zone {name}"))
        .success()
        .document();
    for member in [
        "zone",
        "effective_fqdn",
        "cnames",
        "primary",
        "serial",
        "nameservers",
    ] {
        assert_eq!(found[member], document[member], "{member}");
    }
    for options in ["--recursive-only", "--follow-wildcard-cname"] {
        let ended = topology.sh(&format!("dns-zone --trace {options} {name}"));
        ended.assert_status(2);
    }
    let ended = topology.sh("dns-zone --trace _acme-challenge.none.test.");
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(
        document["error"]["type"], "acmepipe:dns:no-zone",
        "{document:#}"
    );
    assert_eq!(document["error"]["trace"][0]["zone"], "test.");
}

#[test]
fn a_server_whose_name_lies_in_the_top_level_domain_is_found() {
    let lines = own_servers(&[SERVER]) + "sub NS ns4.test.\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .at_test(&format!("ns4 A {OTHER}"))
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .host(Host::new(Kind::Nsd, OTHER).zone("sub.example.test", "@ NS ns4.test.\n"))
        .start();
    let ended = topology.sh("dns-zone --trace _acme-challenge.sub.example.test.");
    let document = ended.success().document();
    assert_eq!(document["zone"], "sub.example.test.");
    assert_eq!(document["nameservers"][0]["addresses"][0], OTHER);
}

#[test]
fn a_server_that_denies_empty_non_terminals_does_not_derail_it() {
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::PowerDns, SERVER).zone("example.test", &own_servers(&[SERVER])))
        .host(Host::new(Kind::Nsd, OTHER).zone("sub.b.c.example.test", &own_servers(&[OTHER])))
        .resolver(Resolver::unbound("127.0.0.1"))
        .start();
    // Written to the database without what says that there are names below.
    for record in [
        "sub.b.c.example.test NS ns1.sub.b.c.example.test",
        &format!("ns1.sub.b.c.example.test A {OTHER}"),
    ] {
        topology.sql_add(SERVER, "example.test", record);
    }
    let ended = topology.sh("dns-zone --trace _acme-challenge.sub.b.c.example.test.");
    let document = ended.success().document();
    assert_eq!(
        document["zone"],
        "sub.b.c.example.test.",
        "{}",
        said(&document)
    );
    topology
        .sh(&format!(
            "kdig @{SERVER} c.example.test NS | grep 'status: NXDOMAIN;'"
        ))
        .success();
}
