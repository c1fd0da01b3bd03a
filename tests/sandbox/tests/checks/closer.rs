//! Values that stand where no CA looks for them, and addresses that do not answer alike each time.

use sandbox::{Host, Kind, Layout, Resolver, Topology, own_servers};
use serde_json::{Value, json};

use super::{assert_found, checked, finding, found};

const SERVER: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const THIRD: &str = "198.51.100.13";
/// In front of the servers.
const FRONT: &str = "198.51.100.31";
/// As long as a value is (RFC 8555 §8.4).
const VALUE: &str = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

/// A challenge whose record was written.
fn written(name: &str) -> Value {
    json!({
        "fqdn": format!("_acme-challenge.{name}."), "value": VALUE, "status": "pending",
        "present": {}, "identifier": {"type": "dns", "value": name},
    })
}

/// Checks a challenge: its document.
#[track_caller]
fn checked_challenge(topology: &Topology, challenge: &Value) -> Value {
    topology
        .sh_with("dns01-check", &challenge.to_string())
        .document()
}

#[test]
fn several_machines_behind_one_address_are_found_by_what_they_say_in_turn() {
    let with = own_servers(&[FRONT]) + &format!("_acme-challenge.new TXT {VALUE}\n");
    let old =
        "@ SOA ns1 hostmaster.test. 7 3600 600 86400 60\n".to_owned() + &own_servers(&[FRONT]);
    let topology = Layout::new()
        .delegate("any.test", &[FRONT])
        .host(
            Host::new(Kind::Knot, SERVER)
                .config("server:\n    nsid: \"new\"")
                .zone("any.test", &with),
        )
        .host(
            Host::new(Kind::Knot, SECOND)
                .config("server:\n    nsid: \"old\"")
                .zone("any.test", &old),
        )
        .middlebox(FRONT, SERVER, &format!("turns={SECOND}"))
        .start();
    let document = checked_challenge(&topology, &written("new.any.test"));
    let all = document["findings"].as_array().unwrap();
    let varying: Vec<&Value> = all
        .iter()
        .filter(|one| one["code"] == "ANSWERS_VARY")
        .collect();
    assert_eq!(varying.len(), 2, "{document:#}");
    let text = varying
        .iter()
        .find(|one| one["args"]["type"] == "TXT")
        .unwrap();
    let answers = text["args"]["answers"].as_array().unwrap();
    for says in ["the value", "NXDOMAIN"] {
        assert!(answers.contains(&json!(says)), "{text:#}");
    }
    assert_eq!(document["verdict"], "may-fail", "{document:#}");
    let machines = text["args"]["machines"].as_array().unwrap();
    assert!(
        machines.contains(&json!("new")) && machines.contains(&json!("old")),
        "{text:#}"
    );
    // The serial tells of it before the record is written.
    let before = checked(&topology, "any.test");
    assert_eq!(finding(&before, "ANSWERS_VARY")["args"]["type"], "SOA");
    assert_eq!(found(&before), ["warning ANSWERS_VARY"]);
}

#[test]
fn a_value_at_another_name_is_found_there() {
    let lines = own_servers(&[SERVER])
        + &format!(
            "_acme-challenge.twice.example.test TXT {VALUE}\n\
             acme-challenge.plain TXT {VALUE}\n\
             _acme_challenge.under TXT {VALUE}\n\
             bare TXT {VALUE}\n\
             _acme-challenge.*.star TXT {VALUE}\n\
             _acme-challenge.dot CNAME x.helper.test\n"
        );
    let helper = own_servers(&[SECOND]) + &format!("x TXT {VALUE}\n");
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .delegate("helper.test", &[SECOND])
        .host(Host::new(Kind::Bind, SERVER).zone("example.test", &lines))
        .host(Host::new(Kind::Nsd, SECOND).zone("helper.test", &helper))
        .start();
    for (name, at) in [
        ("twice", "_acme-challenge.twice.example.test.example.test."),
        ("plain", "acme-challenge.plain.example.test."),
        ("under", "_acme_challenge.under.example.test."),
        ("bare", "bare.example.test."),
        ("star", "_acme-challenge.*.star.example.test."),
        ("dot", "x.helper.test."),
    ] {
        let name = format!("{name}.example.test");
        let document = checked_challenge(&topology, &written(&name));
        let elsewhere = finding(&document, "VALUE_AT_OTHER_NAME");
        assert_eq!(elsewhere["severity"], "error", "{document:#}");
        assert_eq!(elsewhere["args"]["at"], at, "{document:#}");
        assert_eq!(
            document["findings"][0]["code"], "VALUE_AT_OTHER_NAME",
            "{document:#}"
        );
    }
    // Without a value it only looks like one.
    let before = checked(&topology, "plain.example.test");
    assert_eq!(finding(&before, "TXT_AT_OTHER_NAME")["severity"], "notice");
    assert_eq!(before["verdict"], "ok");
}

#[test]
fn a_value_at_a_server_that_nobody_delegates_to_is_no_propagation() {
    let lines = |serial: u32, servers: &str| {
        format!(
            "@ SOA hidden hostmaster.test. {serial} 3600 600 86400 60\nhidden A {THIRD}\n{servers}"
        )
    };
    let value = format!("_acme-challenge TXT {VALUE}\n");
    let both = own_servers(&[SERVER, SECOND]);
    let topology = Layout::new()
        .delegate("primary.test", &[SERVER, SECOND])
        .delegate("child.test", &[SERVER])
        .host(
            Host::new(Kind::Knot, SERVER)
                .zone("primary.test", &lines(14, &both))
                .zone("child.test", &both),
        )
        .host(
            Host::new(Kind::Nsd, SECOND)
                .zone("primary.test", &lines(14, &both))
                .zone("child.test", &(both.clone() + &value)),
        )
        .host(
            Host::new(Kind::Bind, THIRD).zone("primary.test", &lines(15, &(both.clone() + &value))),
        )
        .start();
    let document = checked_challenge(&topology, &written("primary.test"));
    let primary = finding(&document, "VALUE_AT_OTHER_SERVER");
    assert_eq!(primary["severity"], "error");
    assert_eq!(
        primary["servers"],
        json!([{"name": "hidden.primary.test.", "address": THIRD}])
    );
    assert!(
        primary["detail"]
            .as_str()
            .unwrap()
            .contains("with serial 15"),
        "{primary:#}"
    );
    assert_eq!(
        primary["args"]["lacking"],
        json!(["ns1.primary.test.", "ns2.primary.test."])
    );
    let document = checked_challenge(&topology, &written("child.test"));
    let child = finding(&document, "VALUE_AT_OTHER_SERVER");
    assert!(
        child["detail"]
            .as_str()
            .unwrap()
            .contains("only child.test. itself names"),
        "{child:#}"
    );
    assert_eq!(child["severity"], "warning");
}

#[test]
fn a_record_that_a_cname_a_dname_or_a_zone_cut_hides_is_said_to_be_hidden() {
    let lines = own_servers(&[SERVER])
        + "_acme-challenge.alias CNAME x.alias\nx.alias A 192.0.2.1\n\
           tree DNAME helper.test.\n\
           sub NS ns1.sub\n"
        + &format!("ns1.sub A {SECOND}\n_acme-challenge.sub TXT {VALUE}\n");
    let helper = own_servers(&[SECOND]);
    let mut topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .delegate("helper.test", &[SECOND])
        .host(Host::new(Kind::Bind, SERVER).zone("example.test", &lines))
        .host(
            Host::new(Kind::Knot, SECOND)
                .zone("sub.example.test", &own_servers(&[SECOND]))
                .zone("helper.test", &helper),
        )
        .start();
    let document = checked_challenge(&topology, &written("alias.example.test"));
    let beside = finding(&document, "TXT_BESIDE_CNAME");
    assert_eq!(
        beside["args"]["target"], "x.alias.example.test.",
        "{document:#}"
    );
    assert_eq!(document["findings"][0]["code"], "TXT_BESIDE_CNAME");

    let mut challenge = written("sub.example.test");
    challenge["zone"] = "example.test.".into();
    let document = checked_challenge(&topology, &challenge);
    let hidden = finding(&document, "OCCLUDED");
    assert_eq!(hidden["args"]["zone"], "sub.example.test.", "{document:#}");
    assert_eq!(hidden["severity"], "error");

    let document = checked(&topology, "www.tree.example.test");
    let dname = finding(&document, "ALIAS_BY_DNAME");
    assert_eq!(dname["args"]["target"], "helper.test.", "{document:#}");
    assert_eq!(document["verdict"], "ok", "{document:#}");
    let with = helper + &format!("_acme-challenge.www TXT {VALUE}\n");
    topology.replace(SECOND, "helper.test", &with);
    let document = checked_challenge(&topology, &written("www.tree.example.test"));
    assert_eq!(document["verdict"], "ok", "{document:#}");
}

#[test]
fn a_server_that_limits_its_rate_is_not_blamed_for_what_it_left_unanswered() {
    let topology = Layout::new()
        .delegate("limit.test", &[FRONT])
        .host(Host::new(Kind::Knot, SERVER).zone("limit.test", &own_servers(&[FRONT])))
        .middlebox(FRONT, SERVER, "limit=3")
        .start();
    let document = checked(&topology, "limit.test");
    let limited = finding(&document, "RATE_LIMITED");
    assert_eq!(limited["severity"], "notice");
    assert!(
        limited["args"]["truncated"].as_u64() > Some(0),
        "{limited:#}"
    );
    assert_found(&topology, "", &[("limit.test", &[])]);
}

#[test]
fn where_port_53_is_closed_for_all_but_the_resolver_that_is_believed() {
    const DEAD: &str = "198.51.100.99";
    let lines = own_servers(&[SERVER])
        + &format!("_acme-challenge TXT {VALUE}\nforbid CAA 0 issue \";\"\n");
    let topology = Layout::new()
        .validating()
        .delegate("example.test", &[SERVER])
        .delegate("expired.test", &[SERVER])
        .address(DEAD)
        .resolver(Resolver::unbound("127.0.0.1").config("server:\n    ede: yes"))
        .host(
            Host::new(Kind::Nsd, SERVER)
                .zone("example.test", &lines)
                .broken(
                    "expired.test",
                    sandbox::Fault::Expired,
                    &own_servers(&[SERVER]),
                ),
        )
        .start();
    // What clients hear of the root's server is an address where nobody is; the resolver itself has another.
    let conf = topology.server_dir("127.0.0.1").join("resolver.conf");
    let hides = format!(
        "unbound-control -c {} local_data a.root.test. A {DEAD}",
        conf.display()
    );
    topology.sh(&hides).success();
    let document = checked_challenge(&topology, &written("example.test"));
    let by = finding(&document, "JUDGED_BY_RESOLVER");
    assert_eq!(by["args"]["resolver"], "127.0.0.1", "{document:#}");
    assert_eq!(document["verdict"], "ok", "{document:#}");
    assert_found(
        &topology,
        "--ca ca.test",
        &[
            ("example.test", &[]),
            ("forbid.example.test", &["error CAA_FORBIDS"]),
            ("expired.test", &["error RESOLVER_FAILS"]),
            ("nobodys.test", &["error NOT_REGISTERED"]),
        ],
    );
}
