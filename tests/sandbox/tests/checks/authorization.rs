//! CAA records, and servers that do not answer for them.

use sandbox::{Host, Kind, Layout, own_servers};

use super::{assert_found, checked, finding};

const SERVER: &str = "198.51.100.11";

#[test]
fn records_that_forbid_are_found_where_a_ca_finds_them() {
    let lines = own_servers(&[SERVER])
        + "other CAA 0 issue \"other.test\"\n\
           ours CAA 0 issue \"ca.test\"\n\
           nobody CAA 0 issue \";\"\n\
           nowild CAA 0 issue \"ca.test\"\nnowild CAA 0 issuewild \";\"\n\
           case CAA 0 issue \"CA.test\"\n\
           critical CAA 128 tbs \"x\"\n\
           method CAA 0 issue \"ca.test; validationmethods=http-01\"\n\
           alias CNAME other\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    assert_found(
        &topology,
        "--ca ca.test",
        &[
            ("example.test", &[]),
            ("ours.example.test", &[]),
            ("below.ours.example.test", &[]),
            ("other.example.test", &["error CAA_FORBIDS"]),
            ("a.b.other.example.test", &["error CAA_FORBIDS"]),
            ("alias.example.test", &["error CAA_FORBIDS"]),
            ("nobody.example.test", &["error CAA_FORBIDS"]),
            ("nowild.example.test", &[]),
            ("*.nowild.example.test", &["error CAA_FORBIDS"]),
            ("case.example.test", &["error CAA_FORBIDS"]),
            ("critical.example.test", &["error CAA_CRITICAL"]),
            ("method.example.test", &["error CAA_METHOD"]),
        ],
    );
    let document = checked(&topology, "a.b.other.example.test");
    let limits = finding(&document, "CAA_LIMITS");
    assert_eq!(limits["name"], "other.example.test.");
    assert_eq!(limits["args"]["allowed"], serde_json::json!(["other.test"]));
    // Where nobody names a CA, the pipeline takes the usual one.
    assert_eq!(limits["severity"], "warning");
    assert_eq!(document["verdict"], "may-fail");
    let named = "LEGO_SERVER=https://unknown.test/directory dns01-check other.example.test";
    let document = topology.sh(named).success().document();
    assert_eq!(finding(&document, "CAA_LIMITS")["severity"], "notice");
    assert_eq!(document["verdict"], "ok");
}

#[test]
fn the_ca_and_the_account_are_those_of_the_order() {
    let account = "https://acme-v02.api.letsencrypt.org/acme/acct/1";
    let lines = own_servers(&[SERVER])
        + &format!(
            "mine CAA 0 issue \"letsencrypt.org; accounturi={account}\"\n\
             theirs CAA 0 issue \"letsencrypt.org; accounturi={account}2\"\n\
             third CAA 0 issue \"third.test\"\n"
        );
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Nsd, SERVER).zone("example.test", &lines))
        .start();
    for (name, code) in [("mine", "CAA_ALLOWS"), ("theirs", "CAA_ACCOUNT")] {
        let order = serde_json::json!({
            "version": 1, "directory": "https://acme-v02.api.letsencrypt.org/directory", "account": {"url": account},
            "challenges": [{
                "fqdn": format!("_acme-challenge.{name}.example.test."),
                "identifier": {"type": "dns", "value": format!("{name}.example.test")},
            }],
        });
        let ended = topology.sh_with("dns01-check", &order.to_string());
        finding(&ended.document()["challenges"][0], code);
        ended.assert_status(i32::from(code == "CAA_ACCOUNT"));
        // A name says neither: the command line and the environment do.
        for line in [
            format!("dns01-check --ca letsencrypt --account {account}"),
            format!("LEGO_SERVER=letsencrypt dns01-check --account {account}"),
        ] {
            let named = topology.sh(&format!("{line} {name}.example.test"));
            finding(&named.document(), code);
        }
    }
    // The document's CA is one that is not known, whatever the environment says.
    let order = serde_json::json!({
        "directory": "https://ca.test/directory",
        "challenges": [{
            "fqdn": "_acme-challenge.third.example.test.",
            "identifier": {"type": "dns", "value": "third.example.test"},
        }],
    });
    let check = "LEGO_SERVER=letsencrypt dns01-check";
    topology.sh_with(check, &order.to_string()).success();
    topology
        .sh(&format!("{check} third.example.test"))
        .assert_status(1);
    // One that is known by no name.
    let line = "LEGO_SERVER=https://ca.test/directory dns01-check theirs.example.test";
    topology.sh(line).success();
}

/// BIND refuses what its access list forbids, per zone; the middlebox cannot tell types apart.
#[test]
fn a_record_is_judged_by_its_name_and_by_the_type_of_its_challenge() {
    let lines = own_servers(&[SERVER])
        + "nobody CAA 0 issue \";\"\n\
           old CAA 0 issue \"ca.test; validationmethods=dns-01\"\n\
           new CAA 0 issue \"ca.test; validationmethods=dns-account-01\"\n\
           torn CAA 0 issue \"ca.test; validationmethods\"\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let judged = |line: &str| topology.sh(line).document();
    let piped = judged("dns-zone _acme-challenge.nobody.example.test | dns01-check");
    assert_eq!(
        finding(&piped, "CAA_FORBIDS")["name"],
        "nobody.example.test."
    );
    for (name, verdict, with_account) in [
        ("old", "ok", "will-fail"),
        ("new", "will-fail", "ok"),
        ("torn", "will-fail", "will-fail"),
    ] {
        let check = |record: &str| {
            judged(&format!(
                "dns01-check --ca ca.test {record}.{name}.example.test"
            ))["verdict"]
                .clone()
        };
        assert_eq!(check("_acme-challenge"), verdict, "{name}");
        assert_eq!(check("_abcd._acme-challenge"), with_account, "{name}");
    }
    let torn = judged("dns01-check --ca other.test torn.example.test");
    let torn = finding(&torn, "CAA_FORBIDS");
    assert_eq!(torn["args"]["malformed"], "ca.test; validationmethods");
    let hint = torn["hint"].as_str().unwrap();
    assert!(hint.contains("issue \"other.test\""), "{hint}");
}

#[test]
fn a_signed_zone_above_that_is_broken_is_met_by_the_climb() {
    use sandbox::Fault;
    let lines = own_servers(&[SERVER]);
    let topology = Layout::new()
        .validating()
        .delegate("broken.test", &[SERVER])
        .host(Host::new(Kind::Nsd, SERVER).broken(
            "broken.test",
            Fault::WrongNsec,
            &(lines + "_acme-challenge TXT there\n"),
        ))
        .start();
    let document = checked(&topology, "broken.test");
    let denial = finding(&document, "DENIAL_WRONG");
    assert_eq!(
        (&denial["severity"], &denial["args"]["type"]),
        (&"error".into(), &"CAA".into())
    );
}
