//! Name servers where no CA can ask them, and names that are addresses.

use sandbox::{Host, Kind, Layout, Resolver, own_servers};

use super::{TXT, said, states};

const SERVER: &str = "198.51.100.11";
const NAME: &str = "_acme-challenge.example.test.";

#[test]
fn a_private_or_loopback_address_is_asked_with_a_warning_and_the_unspecified_one_is_not_asked() {
    const PRIVATE: [&str; 3] = ["127.0.0.5", "10.1.2.3", "192.168.7.7"];
    let servers = [SERVER, PRIVATE[0], PRIVATE[1], PRIVATE[2], "0.0.0.0"];
    let lines = own_servers(&servers) + "_acme-challenge TXT value\n";
    let mut layout = Layout::new()
        .delegate("example.test", &servers)
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        // What is sent to 0.0.0.0 arrives here.
        .resolver(Resolver::unbound("127.0.0.53"))
        .middlebox("127.0.0.1", "127.0.0.53", "");
    for address in PRIVATE {
        layout = layout.middlebox(address, SERVER, "");
    }
    let topology = layout.start();
    // Which of the two programs says it is theirs.
    let wait = "jq -c '.value = \"value\"' | dns-wait-txt --timeout 20";
    let ended = topology.sh(&format!("dns-zone {NAME} | {wait}")).success();
    let states = states(&ended.document());
    for address in PRIVATE {
        assert_eq!(states[address], "serving", "{states:?}");
        assert!(topology.asked(address).iter().any(|it| it.kind == TXT));
        assert!(ended.stderr.contains(address), "{}", ended.stderr);
    }
    assert_ne!(states.get("0.0.0.0").map(String::as_str), Some("serving"));
    let at_own = topology.asked("127.0.0.1");
    assert!(at_own.iter().all(|it| it.kind != TXT), "{at_own:#?}");
}

#[test]
fn a_resolver_with_a_copy_of_its_own_is_told_of_as_a_split_horizon() {
    const INTERNAL: &str = "10.9.9.9";
    let data = [
        "example.test. SOA ns.example.test. hostmaster.example.test. 7 3600 600 86400 60"
            .to_owned(),
        "example.test. NS ns.example.test.".to_owned(),
        format!("ns.example.test. A {INTERNAL}"),
    ];
    let data: String = data
        .iter()
        .map(|record| format!("    local-data: \"{record}\"\n"))
        .collect();
    let config = format!("server:\n    local-zone: \"example.test.\" static\n{data}");
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &own_servers(&[SERVER])))
        .resolver(Resolver::unbound("127.0.0.1").config(&config))
        .resolver(Resolver::unbound("127.0.0.2"))
        .start();
    let ended = topology.sh(&format!("dns-zone {NAME}"));
    ended.assert_status(1);
    let said = said(&ended.document());
    assert!(
        said.contains("--resolver") && said.contains(INTERNAL),
        "{said}"
    );
    assert!(said.contains("split horizon"), "{said}");
    let outside = format!("dns-zone --resolver 127.0.0.2 {NAME}");
    assert_eq!(
        topology.sh(&outside).success().document()["zone"],
        "example.test."
    );
}

#[test]
fn an_address_in_the_place_of_a_name_is_said_to_be_one() {
    let topology = Layout::new().start();
    for address in ["192.0.2.1", "192.0.2.1.", "2001:db8::1"] {
        let ended = topology.sh(&format!("dns-zone {address}"));
        ended.assert_status(2);
        assert!(ended.stderr.contains("address"), "{}", ended.stderr);
    }
    let ended = topology.sh_with("dns-zone", "{\"fqdn\": \"192.0.2.1.\"}");
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:document");
    let said = said(&ended.document());
    assert!(said.contains("address"), "{said}");
}
