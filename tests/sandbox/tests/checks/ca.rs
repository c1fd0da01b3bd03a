//! What `dns01-check` says before an order is placed, and what the CA then says.

use sandbox::{Config, Hosts, Sandbox, Zone};

use super::finding;

#[test]
fn what_is_said_to_fail_fails_at_the_ca() {
    let example = Zone::new("example.test")
        .record("_acme-challenge.loop CNAME b.loop")
        .record("b.loop CNAME _acme-challenge.loop")
        .record("_acme-challenge.gone CNAME x.nobodys.test.");
    let zones = [example, Zone::new("other.test").on(Hosts::Ns4)];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    for (name, code, says) in [
        ("loop.example.test", "ALIAS_LOOP", "\\x02"),
        ("gone.example.test", "NOT_REGISTERED", "\\x03"),
        ("nobodys.test", "NOT_REGISTERED", "\\x03"),
    ] {
        let checked = sandbox.sh(&format!("dns01-check {name}"));
        checked.assert_status(1);
        let document = checked.document();
        assert_eq!(document["verdict"], "will-fail");
        assert_eq!(finding(&document, code)["severity"], "error");
        let ordered = sandbox.sh(&format!("acme-order -d {name} | acme-validate"));
        let order = ordered.document();
        let error = &order["challenges"][0]["error"];
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(says), "{name}: {order:#}");
    }
    sandbox.sh("dns01-check example.test other.test").success();
}
