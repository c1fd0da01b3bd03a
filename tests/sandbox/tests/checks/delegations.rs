//! What the zone above says against what the zone itself has.

use sandbox::{Host, Kind, Layout, own_servers};

use super::{assert_found, checked, finding};

const SERVER: &str = "198.51.100.11";
const OTHER: &str = "198.51.100.12";

#[test]
fn a_name_that_nobody_has_registered_will_fail() {
    let topology = Layout::new().start();
    assert_found(
        &topology,
        "",
        &[
            ("nobodys.test", &["error NOT_REGISTERED"]),
            ("www.nobodys.test", &["error NOT_REGISTERED"]),
            ("example.nosuchtld", &["error NOT_REGISTERED"]),
        ],
    );
    let document = checked(&topology, "www.nobodys.test");
    assert_eq!(
        finding(&document, "NOT_REGISTERED")["name"],
        "nobodys.test."
    );
}

#[test]
fn servers_and_addresses_that_do_not_agree_are_found() {
    let own = own_servers(&[SERVER]);
    let with = |more: &str| format!("{own}{more}\n");
    let host = Host::new(Kind::Knot, SERVER)
        .zone("extra.test", &with("@ NS ns1.dead.test."))
        .zone("glue.test", &format!("@ NS ns1\nns1 A {OTHER}\n"))
        .zone("bare.test", &format!("ns1 A {SERVER}\n"))
        .zone(
            "alias.test",
            "@ NS ns1.alias.test.\nns1 CNAME ns1.extra.test.\n",
        )
        .zone("private.test", "@ NS ns1\nns1 A 10.9.9.9\n");
    let second =
        Host::new(Kind::Bind, OTHER).zone("glue.test", &format!("@ NS ns1\nns1 A {OTHER}\n"));
    let topology = Layout::new()
        .delegate("extra.test", &[SERVER])
        .delegate("glue.test", &[SERVER])
        .delegate("bare.test", &[SERVER])
        .delegate("alias.test", &[SERVER])
        .delegate("private.test", &["10.9.9.9"])
        .at_test("noglue NS ns1.noglue\nelsewhere NS ns.nobodys\nempty NS nothing.extra.test.")
        .host(host)
        .host(second)
        .start();
    assert_found(
        &topology,
        "",
        &[
            ("extra.test", &["warning SERVER_WITHOUT_ADDRESS"]),
            ("glue.test", &["warning GLUE_DIFFERS"]),
            ("bare.test", &["warning NO_NS"]),
            ("alias.test", &["warning SERVER_IS_ALIAS"]),
            ("private.test", &["error PRIVATE_ADDRESS"]),
            (
                "noglue.test",
                &["error NO_USABLE_SERVER", "warning SERVER_WITHOUT_ADDRESS"],
            ),
            (
                "elsewhere.test",
                &["error NO_USABLE_SERVER", "warning SERVER_WITHOUT_ADDRESS"],
            ),
            (
                "empty.test",
                &["error NO_USABLE_SERVER", "warning SERVER_WITHOUT_ADDRESS"],
            ),
        ],
    );
    let differ = checked(&topology, "extra.test");
    let differ = finding(&differ, "SERVERS_DIFFER");
    assert_eq!(differ["severity"], "notice");
    assert_eq!(
        differ["args"]["only_zone"],
        serde_json::json!(["ns1.dead.test."])
    );
}

#[test]
fn a_name_that_is_delegated_is_in_a_zone_of_its_own() {
    const HELPER: &str = "198.51.100.22";
    let lines = own_servers(&[SERVER]) + &format!("_acme-challenge NS helper\nhelper A {HELPER}\n");
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .address(HELPER)
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let expected = &["error NO_USABLE_SERVER", "warning SERVER_SILENT"];
    assert_found(&topology, "", &[("example.test", expected)]);
    let document = checked(&topology, "example.test");
    assert_eq!(
        finding(&document, "NO_USABLE_SERVER")["name"],
        "_acme-challenge.example.test."
    );
}
