//! Where the two sides of a delegation differ, and aliases that not all servers have.

use sandbox::{Host, Kind, Layout, Topology, own_servers};
use serde_json::Value;

use super::{assert_all_serve, located};

const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
/// The server behind the second address.
const BEHIND: &str = "198.51.100.22";
const AUTH: &str = "198.51.100.14";
const NAME: &str = "_acme-challenge.example.test.";
const TXT: &str = "_acme-challenge TXT value\n";

fn server_names(document: &Value) -> Vec<&str> {
    let servers = document["nameservers"].as_array().unwrap();
    let mut names: Vec<&str> = servers
        .iter()
        .map(|server| server["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// `example.test`, which its parent delegates to some servers, and which names others itself.
fn differing(parent: &[&str], child: &[&str]) -> Topology {
    let lines = own_servers(child) + &format!("ns2 A {SECOND}\n");
    Layout::new()
        .delegate("example.test", parent)
        .host(Host::new(Kind::Knot, FIRST).zone("example.test", &(lines.clone() + TXT)))
        .host(Host::new(Kind::Nsd, BEHIND).zone("example.test", &lines))
        .middlebox(SECOND, BEHIND, "")
        .start()
}

/// A server that one side alone names is found, said, and waited for.
#[track_caller]
fn assert_both_sides_count(mut topology: Topology) {
    for _ in 0..5 {
        let ended = topology.sh(&format!("dns-zone {NAME}")).success();
        let both = ["ns1.example.test.", "ns2.example.test."];
        assert_eq!(server_names(&ended.document()), both);
        assert!(
            ended.stderr.contains("ns2.example.test"),
            "{}",
            ended.stderr
        );
    }
    let documents = located(&topology, NAME);
    let waiting = topology.start("dns-wait-txt --timeout 60 --interval 1", &documents);
    topology.await_questions(SECOND, 2);
    assert!(!waiting.has_ended());
    let lines = own_servers(&[FIRST, SECOND]) + TXT;
    topology.replace(BEHIND, "example.test", &lines);
    assert_all_serve(&waiting.wait());
}

#[test]
fn a_server_that_only_the_parent_names_is_waited_for() {
    assert_both_sides_count(differing(&[FIRST, SECOND], &[FIRST]));
}

#[test]
fn a_server_that_only_the_zone_names_is_waited_for() {
    assert_both_sides_count(differing(&[FIRST], &[FIRST, SECOND]));
}

/// `example.test` with the alias into `auth.test`.
fn alias() -> String {
    own_servers(&[FIRST, SECOND]) + "_acme-challenge CNAME x.auth.test.\n"
}

/// `example.test` on two servers, with these copies, of which one lacks the alias into `auth.test`.
fn with_alias_at_one(first: &str, second: &str) -> Topology {
    let auth = own_servers(&[AUTH]) + "x TXT value\n";
    Layout::new()
        .delegate("example.test", &[FIRST, SECOND])
        .delegate("auth.test", &[AUTH])
        .host(Host::new(Kind::Knot, FIRST).zone("example.test", first))
        .host(Host::new(Kind::Nsd, BEHIND).zone("example.test", second))
        .host(Host::new(Kind::Bind, AUTH).zone("auth.test", &auth))
        .middlebox(SECOND, BEHIND, "")
        .start()
}

#[test]
fn an_alias_that_one_server_does_not_have_yet_is_followed_each_time() {
    let lines = own_servers(&[FIRST, SECOND]);
    let mut topology = with_alias_at_one(&lines, &lines);
    // With a new serial, and the other server answers first.
    topology.replace(BEHIND, "example.test", &alias());
    topology.bend(SECOND, "delay=50");
    for _ in 0..8 {
        let document = topology
            .sh(&format!("dns-zone {NAME}"))
            .success()
            .document();
        assert_eq!(document["effective_fqdn"], "x.auth.test.");
        assert_eq!(document["zone"], "auth.test.");
    }
}

#[test]
fn an_alias_that_one_server_does_not_have_yet_is_waited_for() {
    for options in ["", "--strict"] {
        let lines = own_servers(&[FIRST, SECOND]);
        let mut topology = with_alias_at_one(&alias(), &lines);
        // Whoever located it had asked the server that has it.
        let documents = serde_json::json!({
            "fqdn": NAME, "value": "value",
            "effective_fqdn": "x.auth.test.", "cnames": ["x.auth.test."], "zone": "auth.test.",
            "nameservers": [{"name": "ns1.auth.test.", "addresses": [AUTH]}],
        })
        .to_string();
        let line = format!("dns-wait-txt --timeout 60 --interval 1 {options}");
        let waiting = topology.start(&line, &documents);
        topology.await_questions(SECOND, 2);
        topology.replace(BEHIND, "example.test", &alias());
        waiting.wait().success();
        for _ in 0..8 {
            let resolved = topology.sh(&format!("kdig +short {NAME} TXT")).stdout;
            assert!(resolved.contains("\"value\""), "{resolved}");
            let control = topology.server_dir("127.0.0.1").join("resolver.conf");
            topology
                .sh(&format!(
                    "unbound-control -q -c {} flush_zone test",
                    control.display()
                ))
                .success();
        }
    }
}
