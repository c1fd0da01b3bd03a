//! Resolvers beside the zone's servers, after them, and in their place.

use sandbox::{Fault, Host, Kind, Layout, Resolver, Topology, own_servers};

use super::{TXT, said, states};

const SERVER: &str = "198.51.100.11";
/// Where the zone is delegated to and nobody answers from here.
const CLOSED: &str = "198.51.100.31";
const NAME: &str = "_acme-challenge.example.test.";
/// What makes a challenge of a location: a value, and the name that is to be in the certificate.
const FOR_DOMAIN: &str =
    r#"jq -c '.value = "value" | .identifier = {type: "dns", value: "example.test"}'"#;
/// The number of the type CAA.
const CAA: u16 = 257;

/// A zone with these lines at [`SERVER`], and a resolver whose questions are seen.
fn with_resolver(lines: &str) -> Topology {
    let lines = own_servers(&[SERVER]) + lines;
    Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", "")
        .start()
}

/// A zone at [`CLOSED`], behind a middlebox with this rule; only the resolver knows another address.
fn hidden(rule: &str) -> Topology {
    let lines = own_servers(&[CLOSED]) + "_acme-challenge TXT value\n";
    let stub = format!("stub-zone:\n    name: \"example.test\"\n    stub-addr: {SERVER}\n");
    Layout::new()
        .delegate("example.test", &[CLOSED])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .middlebox(CLOSED, SERVER, rule)
        .resolver(Resolver::unbound("127.0.0.1").config(&stub))
        .start()
}

#[test]
fn resolvers_are_asked_for_the_value_after_the_servers_and_never_before() {
    let mut topology = with_resolver("");
    let wait = format!("dns-wait-txt --recursive --timeout 0 -- {NAME} value");
    topology.sh(&wait).assert_status(1);
    let asked = topology.asked("127.0.0.1");
    assert!(asked.iter().all(|one| one.kind != TXT), "{asked:#?}");

    let lines = own_servers(&[SERVER]) + "_acme-challenge TXT value\n";
    topology.replace(SERVER, "example.test", &lines);
    let document = topology.sh(&wait).success().document();
    let asked = topology.asked("127.0.0.1");
    assert!(asked.iter().any(|one| one.kind == TXT && one.is_positive()));
    assert_eq!(states(&document)[SERVER], "serving");
    let resolvers = &document["propagated"]["resolvers"];
    assert_eq!(resolvers[0]["resolver"], "127.0.0.1", "{document:#}");
    assert_eq!(resolvers[0]["state"], "serving");
}

#[test]
fn a_resolver_that_remembers_that_there_was_nothing_says_for_how_long() {
    let mut topology = with_resolver("");
    topology
        .sh(&format!("kdig @127.0.0.1 {NAME} TXT | grep NXDOMAIN"))
        .success();
    let lines = own_servers(&[SERVER]) + "_acme-challenge TXT value\n";
    topology.replace(SERVER, "example.test", &lines);
    let ended = topology.sh(&format!(
        "dns-wait-txt --recursive --timeout 0 -- {NAME} value"
    ));
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:dns:not-propagated", "{error:#}");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("127.0.0.1 says NXDOMAIN"), "{detail}");
    assert!(error["resolvers"][0]["ttl"].as_u64() > Some(0), "{error:#}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("goes on saying what it remembers"), "{hint}");
}

#[test]
fn where_nobody_but_the_resolver_gets_out_it_alone_is_asked() {
    let topology = hidden("closed");
    let ended = topology.sh(&format!("dns-zone {NAME}"));
    ended.assert_status(1);
    assert!(said(&ended.document()).contains("--recursive-only"));

    let before = topology.asked(CLOSED).len();
    let located = topology.sh(&format!("dns-zone --recursive-only {NAME}"));
    let located = located.success();
    assert_eq!(located.stderr, "");
    let document = located.document();
    assert_eq!(document["zone"], "example.test.");
    assert_eq!(document["nameservers"][0]["addresses"][0], CLOSED);
    assert!(document["serial"].is_u64(), "{document:#}");
    let wait =
        "jq -c '.value = \"value\"' | dns-wait-txt --dns.propagation.disable-ans --timeout 5";
    let waited = topology.sh_with(wait, &located.stdout).success();
    assert_eq!(waited.stderr, "");
    let propagated = &waited.document()["propagated"];
    assert_eq!(propagated["resolvers"][0]["state"], "serving");
    assert_eq!(propagated["servers"], serde_json::json!([]));
    assert_eq!(topology.asked(CLOSED).len(), before);

    // What is said where it is not there says nothing of what a CA sees.
    let other = format!("dns-wait-txt --recursive-only --timeout 0 -- {NAME} other");
    let ended = topology.sh(&other);
    ended.assert_status(1);
    let said = said(&ended.document());
    assert!(said.contains("127.0.0.1 has \"value\" instead"), "{said}");
    assert!(!said.contains("no CA"), "{said}");
}

#[test]
fn with_the_resolvers_alone_nothing_is_looked_at_beside_the_value() {
    let topology = hidden("");
    let challenge = topology.sh(&format!("dns-zone --recursive-only {NAME} | {FOR_DOMAIN}"));
    let challenge = challenge.success().stdout;
    let caa = || {
        let asked = topology.asked(CLOSED);
        asked.iter().filter(|one| one.kind == CAA).count()
    };
    let wait = |options: &str| {
        let waited = topology.sh_with(&format!("dns-wait-txt {options}"), &challenge);
        waited.success().document()["propagated"].clone()
    };
    assert!(wait("--recursive-only").get("negative_ttl").is_none());
    assert_eq!(topology.asked(CLOSED).len(), 0);
    let propagated = wait("--recursive");
    assert!(propagated["negative_ttl"].is_u64(), "{propagated:#}");
    assert_eq!(propagated["resolvers"][0]["state"], "serving");
    assert!(caa() > 0);
}

#[test]
fn a_resolver_says_why_it_fails() {
    let lines = own_servers(&[SERVER]);
    let topology = Layout::new()
        .validating()
        .delegate("expired.test", &[SERVER])
        .host(Host::new(Kind::Nsd, SERVER).broken("expired.test", Fault::Expired, &lines))
        .resolver(Resolver::unbound("127.0.0.1").config("server:\n    ede: yes\n"))
        .start();
    let ended = topology.sh("dns-zone --recursive-only _acme-challenge.expired.test");
    ended.assert_status(1);
    let document = ended.document();
    let detail = document["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("127.0.0.1: SERVFAIL (EDE "), "{detail}");
    // The servers themselves answer.
    let ended = topology
        .sh("dns-zone _acme-challenge.expired.test")
        .success();
    assert!(ended.stderr.contains("SERVFAIL (EDE "), "{}", ended.stderr);
}

#[test]
fn with_resolvers_alone_it_is_said_whether_the_name_the_record_or_the_resolver_is_wrong() {
    let topology = with_resolver("_acme-challenge.www CNAME www.other.test.\n");
    for (command, says) in [
        // A name that is not registered, as it is or below it.
        (
            "dns-zone --recursive-only exmaple.test",
            "Check the spelling and the registration",
        ),
        (
            "dns-zone --recursive-only _acme-challenge.exmaple.test",
            "Check the spelling and the registration",
        ),
        // An authoritative server in place of a resolver.
        (
            "dns-zone --resolver 198.51.100.11 _acme-challenge.www.other.test",
            "It is not a recursive resolver",
        ),
        // A record beside a CNAME.
        (
            "dns-wait-txt --recursive-only --timeout 0 -- _acme-challenge.www.example.test value",
            "The CNAME at _acme-challenge.www.example.test. leads to www.other.test.",
        ),
    ] {
        let ended = topology.sh(command);
        ended.assert_status(1);
        let said = said(&ended.document());
        assert!(said.contains(says), "{command}: {said}");
    }
    topology
        .sh("dns-zone --recursive-only example.test")
        .success();
}

#[test]
fn one_version_of_ip_is_enough_and_the_other_is_not_asked() {
    const SIX: &str = "2001:db8::11";
    let lines = own_servers(&[SERVER, SIX]) + "_acme-challenge TXT value\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER, SIX])
        .host(Host::new(Kind::Knot, &format!("{SERVER} {SIX}")).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.1"))
        .start();
    let located = topology.sh(&format!("dns-zone -4 {NAME} | jq -c '.value = \"value\"'"));
    let located = located.success();
    for (option, asked, other) in [("-4", SERVER, SIX), ("--ipv6only", SIX, SERVER)] {
        let waited = topology.sh_with(&format!("dns-wait-txt {option}"), &located.stdout);
        let waited = waited.success();
        let states = states(&waited.document());
        assert_eq!(states[asked], "serving", "{option}: {states:?}");
        assert_eq!(states[other], "unroutable", "{option}: {states:?}");
        // Who asks for that need not be told.
        assert!(!waited.stderr.contains(other), "{}", waited.stderr);
    }
    let ended = topology.sh(&format!("dns-zone -4 -6 {NAME}"));
    ended.assert_status(2);
    assert!(
        ended.stderr.contains("exclude each other"),
        "{}",
        ended.stderr
    );
}

#[test]
fn one_server_with_addresses_of_both_versions_of_ip_is_found_over_either() {
    const SIX: &str = "2001:db8::11";
    let both = format!("{SERVER} {SIX}");
    let lines = own_servers(&[&both]) + "_acme-challenge TXT value\n";
    let topology = Layout::new()
        .delegate("example.test", &[&both])
        .host(Host::new(Kind::Knot, &both).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.1"))
        .start();
    for (option, asked) in [("-4", SERVER), ("-6", SIX)] {
        let waited = topology.sh(&format!(
            "dns-zone {option} {NAME} | {FOR_DOMAIN} | dns-wait-txt {option}"
        ));
        let states = states(&waited.success().document());
        assert_eq!(states[asked], "serving", "{option}: {states:?}");
    }
}

#[test]
fn caa_is_asked_for_over_the_version_of_ip_that_is_used() {
    const OTHER: &str = "198.51.100.12";
    const SIX: &str = "2001:db8::11";
    let servers = [SERVER, OTHER, SIX];
    let lines = own_servers(&servers) + "_acme-challenge TXT value\n@ CAA 0 issue \";\"\n";
    let topology = Layout::new()
        .delegate("example.test", &servers)
        .host(Host::new(Kind::Knot, &servers.join(" ")).zone("example.test", &lines))
        .resolver(Resolver::unbound("127.0.0.1"))
        .start();
    for wait in [
        format!("dns-zone -4 {NAME} | {FOR_DOMAIN} | dns-wait-txt -4"),
        format!("dns-zone -6 {NAME} | {FOR_DOMAIN} | dns-wait-txt -6"),
        // The record's own name says for which name it is.
        format!("dns-zone {NAME} | jq -c '.value = \"value\"' | dns-wait-txt"),
        format!("dns-wait-txt -- {NAME} value"),
    ] {
        let waited = topology.sh(&wait);
        let propagated = &waited.success().document()["propagated"];
        let findings = propagated["findings"].as_array();
        let codes: Vec<_> = findings
            .into_iter()
            .flatten()
            .map(|one| &one["code"])
            .collect();
        assert_eq!(codes, ["CAA_FORBIDS"], "{wait}: {propagated:#}");
    }
}

#[test]
fn as_many_servers_serve_it_as_are_asked_for() {
    let topology = with_resolver("_acme-challenge TXT value\n");
    let wait = |options: &str| topology.sh(&format!("dns-wait-txt {options} -- {NAME} value"));
    wait("--at-least 1 --settle 0.3").success();
    let ended = wait("--at-least 2");
    ended.assert_status(1);
    let said = said(&ended.document());
    assert!(
        said.contains("1 name server addresses serve the value"),
        "{said}"
    );
    assert!(said.contains("and 2 are to"), "{said}");
    assert!(said.contains("--at-least"), "{said}");
    for options in [
        "--at-least 2 --gone",
        "--settle 1 --gone",
        "--recursive --gone",
        "--settle 1 --recursive-only",
        "--settle 2 --timeout 1",
        "--at-least 1 --strict",
    ] {
        wait(options).assert_status(2);
    }
}

#[test]
fn where_so_many_are_enough_one_that_lags_is_not_waited_for() {
    const LAGS: &str = "198.51.100.12";
    let servers = own_servers(&[SERVER, LAGS]);
    let lines = servers.clone() + "_acme-challenge TXT value\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER, LAGS])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .host(Host::new(Kind::Nsd, LAGS).zone("example.test", &servers))
        .start();
    let wait = |options: &str| {
        topology.sh(&format!(
            "dns-wait-txt --timeout 1 {options} -- {NAME} value"
        ))
    };
    for options in ["", "--at-least 2"] {
        wait(options).assert_status(1);
    }
    let ended = wait("--at-least 1 --settle 0.3").success();
    let states = states(&ended.document());
    assert_eq!(states[LAGS], "waiting", "{states:?}");
    let says = format!("({LAGS}) says NXDOMAIN");
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
}

#[test]
fn on_a_terminal_each_address_has_its_line() {
    let topology = with_resolver("");
    let wait = format!("dns-wait-txt --timeout 0 -- {NAME} value");
    let ended = topology.sh(&format!(
        "TERM=dumb script -qec '{wait}' /dev/null </dev/null"
    ));
    let row = format!("({SERVER})  waiting  serial ");
    assert!(ended.stdout.contains(&row), "{ended:?}");
    // Nothing of it elsewhere.
    let ended = topology.sh(&wait);
    assert!(!ended.stderr.contains("since"), "{ended:?}");
}
