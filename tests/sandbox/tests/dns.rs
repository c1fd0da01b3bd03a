//! The record goes where it belongs, and the CA is told when it can see it.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::{Certificate, Config, Hosts, Sandbox, Server, Zone};
use serde_json::Value;

#[test]
fn a_cname_leads_to_another_zone_where_the_record_is_made() {
    let zones = [
        Zone::new("example.test").record("_acme-challenge CNAME step.auth.test."),
        Zone::new("auth.test").record("step CNAME d420c923"),
    ];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    sandbox
        .sh(&format!(
            "acme-order -d example.test | {} >present.json",
            Sandbox::PREPARE
        ))
        .success();
    assert_eq!(sandbox.txt_records("example.test"), [""; 0]);
    assert_eq!(sandbox.txt_records("auth.test").len(), 3);

    let order = sandbox
        .sh(&format!("cat present.json | {}", Sandbox::FINISH))
        .success()
        .document();
    let challenge = &order["challenges"][0];
    assert_eq!(challenge["fqdn"], "_acme-challenge.example.test.");
    assert_eq!(challenge["effective_fqdn"], "d420c923.auth.test.");
    assert_eq!(
        challenge["cnames"],
        serde_json::json!(["step.auth.test.", "d420c923.auth.test."])
    );
    assert_eq!(challenge["zone"], "auth.test.");
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn a_cname_loop_is_an_error_and_no_wait() {
    let zone = Zone::new("example.test")
        .record("_acme-challenge CNAME a")
        .record("a CNAME _acme-challenge");
    let sandbox = Sandbox::with(Config::default().zones([zone]));
    let output = sandbox.issue("-d example.test");
    output.assert_status(1);
    assert_eq!(
        output.document()["challenges"][0]["error"]["type"],
        "acmepipe:dns:cname-loop"
    );
}

#[test]
fn a_name_or_a_cname_that_is_the_root_is_an_error_and_no_endless_search() {
    let zone = Zone::new("example.test").record("_acme-challenge CNAME .");
    let sandbox = Sandbox::with(Config::default().zones([zone]));
    let root = "timeout -s KILL 20 dns-zone .";
    sandbox.sh(root).assert_status(2);
    for (command, kind) in [
        (
            "echo '{\"fqdn\": \".\"}' | timeout -s KILL 20 dns-zone",
            "acmepipe:document",
        ),
        (
            "timeout -s KILL 20 dns-zone _acme-challenge.example.test.",
            "acmepipe:dns:bad-name",
        ),
    ] {
        let output = sandbox.sh(command);
        output.assert_status(1);
        assert_eq!(output.document()["error"]["type"], kind, "{output:?}");
    }
    // Beside the CNAME others are looked for as ever.
    let names = "_acme-challenge.example.test. www.example.test.";
    let output = sandbox.sh(&format!("timeout -s KILL 20 dns-zone --no-cname {names}"));
    assert_eq!(output.success().documents().len(), 2);
}

#[test]
fn a_challenge_name_delegated_by_ns_is_a_zone_of_its_own() {
    let zones = [
        Zone::new("example.test"),
        Zone::new("_acme-challenge.www.example.test").on(Hosts::Ns4),
    ];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let order = sandbox.issue("-d www.example.test").success().document();
    assert_eq!(
        order["challenges"][0]["zone"],
        "_acme-challenge.www.example.test."
    );
    assert_eq!(order["challenges"][0]["primary"], "ns4.test.");
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn a_resolver_that_remembers_for_an_hour_what_was_not_there_is_never_asked_for_it() {
    let zones = [
        Zone::new("example.test")
            .minimum(3600)
            .record("_acme-challenge.alias CNAME d420c923.auth.test."),
        Zone::new("auth.test").minimum(3600),
    ];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let names = "-d example.test,www.example.test,deep.down.example.test,alias.example.test";
    let order = sandbox.issue(names).success().document();
    assert_eq!(Certificate::of(&sandbox, &order).names.len(), 4);
    // Once more, now that the resolver may well know that the records are gone: those names are new.
    let order = sandbox
        .issue("-d another.example.test")
        .success()
        .document();
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn the_resolver_knows_neither_challenge_names_nor_their_aliases_afterwards() {
    let zones = [
        Zone::new("example.test")
            .record("_acme-challenge.a CNAME a.auth.test.")
            .record("_acme-challenge.www.a CNAME www.a.auth.test.")
            .record("_acme-challenge.b CNAME c")
            .record("_acme-challenge.d CNAME below.c"),
        Zone::new("auth.test"),
    ];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let names = "-d a.example.test,www.a.example.test,b.example.test,d.example.test,e.example.test";
    let prepare = format!("acme-order {names} | dns-zone | dns01-exec present | dns-wait-txt");
    sandbox.sh(&prepare).success();
    let control = format!(
        "unbound-control -c {}/resolver/unbound.conf",
        sandbox.dir().display()
    );
    let dump = sandbox
        .sh(&format!("{control} dump_cache"))
        .success()
        .stdout;
    let asked: Vec<&str> = dump
        .lines()
        .filter_map(|line| line.strip_prefix("msg ")?.split_whitespace().next())
        .collect();
    assert!(asked.contains(&"auth.test."), "{asked:?}");
    for name in asked {
        assert!(
            !(name.starts_with('_')
                || name.ends_with("a.auth.test.")
                || name.ends_with("c.example.test.")),
            "the resolver was asked about {name}"
        );
    }
}

#[test]
fn servers_that_cannot_be_used_are_reported_and_hold_nothing_up() {
    let zone = Zone::new("example.test")
        .also_ns("lame.test")
        .also_ns("dead.test")
        .also_ns("silent.test")
        .also_ns("far.test");
    // The CA's resolver would else believe the lame server by chance, and find nothing.
    let sandbox = Sandbox::with(Config {
        scrubs_ns: false,
        ..Config::default().zones([zone])
    });
    let order = sandbox.issue("-d example.test").success().document();
    let states = states(&order["challenges"][0]["propagated"]);
    assert_eq!(states["198.51.100.11"], "serving");
    assert_eq!(states["2001:db8::12"], "serving");
    assert_eq!(states["198.51.100.31"], "lame");
    assert_eq!(states["198.51.100.32"], "unreachable");
    assert_eq!(states["203.0.113.1"], "unreachable");
    assert_eq!(states["2001:db8:ffff::1"], "unroutable");
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn a_resolver_that_believes_a_lame_server_is_not_believed() {
    let zone = Zone::new("example.test")
        .also_ns("lame.test")
        .also_ns("inside.example.test")
        .record("inside A 198.51.100.12");
    let sandbox = Sandbox::with(Config::default().zones([zone]));
    let control = format!(
        "unbound-control -q -c {}/resolver/unbound.conf",
        sandbox.dir().display()
    );
    // It asks one of five servers, by chance, again in each round.
    let line = format!(
        "for round in $(seq 40); do {control} flush_zone example.test && dns-zone www.example.test || exit; done"
    );
    for document in sandbox.sh(&line).success().documents() {
        assert_eq!(document["zone"], "example.test.");
        let servers = document["nameservers"].as_array().unwrap();
        assert_eq!(servers.len(), 5);
        let has_address = |server: &Value| !server["addresses"].as_array().unwrap().is_empty();
        assert!(servers.iter().all(has_address), "{servers:#?}");
    }
}

#[test]
fn strict_wants_every_server() {
    let sandbox =
        Sandbox::with(Config::default().zones([Zone::new("example.test").also_ns("lame.test")]));
    let wait = "dns-wait-txt --strict --timeout 2 --interval 1";
    let output = sandbox.sh(&format!(
        "acme-order -d example.test | dns-zone | dns01-exec present | {wait} | dns01-exec cleanup"
    ));
    output.assert_status(1);
    let challenge = &output.document()["challenges"][0];
    assert!(
        challenge["error"]["type"]
            .as_str()
            .unwrap()
            .starts_with("acmepipe:dns:"),
        "{challenge:#}"
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_secondary_that_is_not_told_holds_the_ca_up_until_it_has_asked() {
    let sandbox = Sandbox::with(Config {
        notify_ns3: false,
        ..Config::default()
    });
    sandbox
        .sh(&format!(
            "acme-order -d example.test | {} >present.json",
            Sandbox::PREPARE
        ))
        .success();
    assert_eq!(
        sandbox.txt_records("example.test").len(),
        3,
        "done before all servers had it"
    );
    let order = sandbox
        .sh(&format!("cat present.json | {}", Sandbox::FINISH))
        .success()
        .document();
    Certificate::of(&sandbox, &order);
}

#[test]
fn a_server_that_lacks_the_value_is_named_when_the_time_is_over() {
    let sandbox = Sandbox::start();
    sandbox
        .sh("\"$EXEC_PATH\" present _acme-challenge.example.test. other-value")
        .success();
    let output = sandbox.sh("dns-wait-txt --timeout 1 -- _acme-challenge.example.test. value");
    output.assert_status(1);
    let error = &output.document()["error"];
    let kind = error["type"].as_str().unwrap();
    assert!(
        ["acmepipe:dns:not-propagated", "acmepipe:dns:wrong-value"].contains(&kind),
        "{error:#}"
    );
    assert!(
        error["detail"].as_str().unwrap().contains("198.51.100.1"),
        "{error:#}"
    );
}

#[test]
fn a_server_that_hangs_does_not_hold_the_others_up() {
    let sandbox = Sandbox::start();
    sandbox.pause(Server::Ns2);
    let began = Instant::now();
    let order = sandbox.issue("-d example.test").success().document();
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    let states = states(&order["challenges"][0]["propagated"]);
    assert_eq!(states["198.51.100.12"], "unreachable");
    assert_eq!(states["198.51.100.13"], "serving");
    sandbox.resume(Server::Ns2);
    sandbox.assert_nothing_left();
}

#[test]
fn thousands_of_names_in_many_documents_are_all_found() {
    let zones = [Zone::new("example.test"), Zone::new("other.test")];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let mut documents = String::new();
    for document in 0..70 {
        let zone = ["example.test", "other.test"][document % 2];
        let challenge =
            |n: i32| format!("{{\"fqdn\":\"_acme-challenge.n{n}.d{document}.{zone}.\"}}");
        let challenges: Vec<String> = (0..100).map(challenge).collect();
        documents += &format!("{{\"challenges\":[{}]}}\n", challenges.join(","));
    }
    let found = sandbox.sh_with("dns-zone", &documents).success();
    let zones: usize = found
        .documents()
        .iter()
        .flat_map(|document| document["challenges"].as_array().unwrap())
        .filter(|challenge| challenge["zone"].as_str().is_some())
        .count();
    assert_eq!(zones, 7000);
}

/// State by address.
fn states(propagated: &Value) -> BTreeMap<&str, &str> {
    let servers = propagated["servers"]
        .as_array()
        .unwrap_or_else(|| panic!("no servers: {propagated:#}"));
    servers
        .iter()
        .map(|server| {
            (
                server["address"].as_str().unwrap(),
                server["state"].as_str().unwrap(),
            )
        })
        .collect()
}
