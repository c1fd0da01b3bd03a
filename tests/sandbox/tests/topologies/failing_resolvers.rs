//! Resolvers that fail at some questions, and servers of which only some are asked.

use sandbox::{Host, Kind, Layout, Resolver, Topology, own_servers};

use super::said;

const SERVER: &str = "198.51.100.11";
const NAME: &str = "_acme-challenge.example.test.";

/// A zone, and a resolver of whose answers this becomes.
fn with_rule(rule: &str) -> Topology {
    Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Nsd, SERVER).zone("example.test", &own_servers(&[SERVER])))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", rule)
        .start()
}

#[test]
fn a_resolver_that_fails_at_addresses_alone_is_named_with_what_it_says() {
    for (rule, says) in [
        ("refuse-addresses", "127.0.0.1: REFUSED"),
        ("servfail-addresses", "127.0.0.1: SERVFAIL"),
        ("silent-addresses", "127.0.0.1: no answer over UDP or TCP"),
    ] {
        let topology = with_rule(rule);
        // Bounded, whatever it is that it waits for.
        let ended = topology.sh(&format!("timeout 25 dns-zone {NAME}"));
        ended.assert_status(1);
        let document = ended.document();
        assert_eq!(document["error"]["type"], "acmepipe:dns:resolver", "{rule}");
        let said = said(&document);
        assert!(said.contains(says), "{rule}: {said}");
        assert!(
            said.contains(" at ns1.example.test., no resolver"),
            "{said}"
        );
        assert!(!said.contains("A or AAAA"), "{rule}: {said}");
        let traced = topology.sh(&format!(
            "timeout 25 dns-zone --trace --resolver 127.0.0.1 {NAME}"
        ));
        traced.assert_status(1);
        let document = traced.document();
        assert_eq!(document["error"]["type"], "acmepipe:dns:resolver", "{rule}");
        let said = super::said(&document);
        assert!(
            said.contains("asked for A at a.root.test."),
            "{rule}: {said}"
        );
        assert!(
            said.contains(says) && !said.contains("--trace"),
            "{rule}: {said}"
        );
    }
}

#[test]
fn a_trace_with_a_dead_resolver_names_it_and_what_is_wrong() {
    let topology = with_rule("");
    for (resolver, says) in [
        ("127.0.0.99", "127.0.0.99: nothing listens on its port"),
        (
            "tcp://127.0.0.99",
            "tcp://127.0.0.99: nothing listens on its port",
        ),
        (
            "tcp://none.test",
            "tcp://none.test: its address is not to be found",
        ),
    ] {
        let ended = topology.sh(&format!("dns-zone --trace --resolver {resolver} {NAME}"));
        ended.assert_status(1);
        let document = ended.document();
        assert_eq!(document["error"]["type"], "acmepipe:dns:resolver");
        let said = said(&document);
        assert!(said.contains(says), "{resolver}: {said}");
        assert!(!said.contains("--trace"), "{said}");
    }
    topology
        .sh(&format!(
            "dns-zone --trace --resolver 127.0.0.99 --resolver 127.0.0.1 {NAME}"
        ))
        .success();
}

#[test]
fn servers_of_the_other_version_of_ip_are_said_to_be_left_out() {
    let topology = with_rule("");
    for options in ["-6", "--trace -6"] {
        let ended = topology.sh(&format!("dns-zone {options} {NAME}"));
        ended.assert_status(1);
        let said = said(&ended.document());
        assert!(said.contains("a version of IP that is not used"), "{said}");
        assert!(said.contains("--ipv4 or --ipv6"), "{said}");
        assert!(!said.contains("no answer"), "{said}");
    }
}

#[test]
fn cnames_at_servers_of_the_other_version_of_ip_are_said_not_to_be_looked_at() {
    const SIX: &str = "2001:db8::11";
    let lines = own_servers(&[SERVER]) + "_acme-challenge CNAME _acme-challenge.other.test.\n";
    let other = own_servers(&[SIX]) + "_acme-challenge TXT value\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .delegate("other.test", &[SIX])
        .host(Host::new(Kind::Nsd, SERVER).zone("example.test", &lines))
        .host(Host::new(Kind::Nsd, SIX).zone("other.test", &other))
        .start();
    let waited = topology.sh(&format!(
        "dns-zone {NAME} | jq -c '.value = \"value\"' | dns-wait-txt -6 --timeout 3"
    ));
    let waited = waited.success();
    let said = &waited.stderr;
    let begin = "is not looked at: all name servers of";
    let end = "are at addresses of a version of IP that is not used: ";
    assert!(said.contains(begin) && said.contains(end), "{said}");
}
