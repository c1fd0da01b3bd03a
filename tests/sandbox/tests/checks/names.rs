//! The name of the record: what it is an alias of, and what is there already.

use sandbox::{Host, Kind, Layout, Resolver, own_servers};

use super::{assert_found, checked, finding};

const SERVER: &str = "198.51.100.11";

#[test]
fn aliases_are_followed_to_their_end() {
    let mut row = String::new();
    for number in 0..16 {
        row += &format!("a{number} CNAME a{}\n", number + 1);
    }
    let lines = own_servers(&[SERVER])
        + "_acme-challenge.good CNAME x.helper.test.\n\
           _acme-challenge.loop CNAME b.loop\nb.loop CNAME _acme-challenge.loop\n\
           _acme-challenge.long CNAME a0\n\
           _acme-challenge.dot CNAME x.helper.test\n\
           _acme-challenge.gone CNAME x.nobodys.test.\n\
           _acme-challenge.root CNAME .\n\
           *.wild CNAME elsewhere.helper.test.\n"
        + &row;
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .delegate("helper.test", &[SERVER])
        .host(
            Host::new(Kind::Knot, SERVER)
                .zone("example.test", &lines)
                .zone("helper.test", &own_servers(&[SERVER])),
        )
        .start();
    assert_found(
        &topology,
        "",
        &[
            ("good.example.test", &[]),
            ("loop.example.test", &["error ALIAS_LOOP"]),
            ("long.example.test", &["warning ALIAS_TOO_LONG"]),
            ("dot.example.test", &["warning ALIAS_LACKS_DOT"]),
            ("gone.example.test", &["error NOT_REGISTERED"]),
            ("root.example.test", &["error ALIAS_BAD_NAME"]),
            ("wild.example.test", &[]),
        ],
    );
    // A name that is none is said, and the others are judged.
    let ended = topology.sh("dns01-check under_score.test good.example.test '*'");
    ended.assert_status(1);
    assert_eq!(ended.document()["verdict"], "ok");
    for says in ["under_score.test", "`*`"] {
        assert!(ended.stderr.contains(says), "{says}: {ended:?}");
    }
    topology.sh("dns01-check under_score.test").assert_status(2);
    topology
        .sh("dns01-check --ca letsencript good.example.test")
        .assert_status(2);
    let meant = checked(&topology, "dot.example.test");
    assert_eq!(
        finding(&meant, "ALIAS_LACKS_DOT")["args"]["meant"],
        "x.helper.test."
    );
    let wild = checked(&topology, "wild.example.test");
    assert_eq!(finding(&wild, "ALIAS_BY_WILDCARD")["severity"], "notice");
    let good = checked(&topology, "good.example.test");
    assert_eq!(finding(&good, "ZONE")["name"], "helper.test.");
}

#[test]
fn what_is_there_already_is_told_and_what_a_wildcard_makes_is_none_of_it() {
    let lines = own_servers(&[SERVER])
        + "_acme-challenge.one TXT old\n_acme-challenge.two TXT old\n_acme-challenge.two TXT older\n\
           *.wild TXT \"v=spf1 -all\"\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Bind, SERVER).zone("example.test", &lines))
        .start();
    for (name, code, count) in [("one", "LEFTOVERS", 1), ("two", "LEFTOVERS", 2)] {
        let document = checked(&topology, &format!("{name}.example.test"));
        assert_eq!(finding(&document, code)["args"]["count"], count);
        assert_eq!(document["verdict"], "ok");
    }
    let document = checked(&topology, "wild.example.test");
    assert_eq!(
        finding(&document, "WILDCARD_TXT")["args"]["values"],
        serde_json::json!(["v=spf1 -all"])
    );
    assert!(!document.to_string().contains("LEFTOVERS"), "{document:#}");
}

#[test]
fn a_server_that_has_the_zone_of_the_target_as_well_does_not_differ() {
    const OTHER: &str = "198.51.100.12";
    let lines = own_servers(&[SERVER, OTHER]) + "_acme-challenge CNAME x.helper.test.\n";
    // NSD goes on in that, and sets NXDOMAIN for its end (RFC 6604).
    let both = Host::new(Kind::Nsd, OTHER)
        .zone("example.test", &lines)
        .zone("helper.test", &own_servers(&[OTHER]));
    let topology = Layout::new()
        .delegate("example.test", &[SERVER, OTHER])
        .delegate("helper.test", &[OTHER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .host(both)
        .start();
    assert_found(&topology, "", &[("example.test", &[])]);
}

#[test]
fn a_long_negative_ttl_is_told() {
    let lines =
        "@ SOA ns1 hostmaster.test. 1 3600 600 86400 86400\n".to_owned() + &own_servers(&[SERVER]);
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(
            Host::new(Kind::Knot, SERVER)
                .zone("example.test", &lines.replace("@ SOA", "@ 86400 SOA")),
        )
        .start();
    let document = checked(&topology, "example.test");
    assert_eq!(
        finding(&document, "NEGATIVE_TTL")["args"]["seconds"],
        10_800
    );
}

#[test]
fn a_zone_that_the_resolver_sees_otherwise_than_a_ca_is_told() {
    const INSIDE: &str = "10.0.0.11";
    let stub = |zone| format!("stub-zone:\n    name: \"{zone}\"\n    stub-addr: {INSIDE}\n");
    let soa = "@ SOA ns1 hostmaster.test. 9 3600 600 86400 60\n".to_owned();
    let same = own_servers(&[SERVER]);
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .delegate("same.test", &[SERVER])
        .host(
            Host::new(Kind::Knot, SERVER)
                .zone("example.test", &same)
                .zone("same.test", &same),
        )
        .host(
            Host::new(Kind::Bind, INSIDE)
                .zone("example.test", &(soa + &own_servers(&[INSIDE])))
                .zone("corp.test", &own_servers(&[INSIDE])),
        )
        .resolver(
            Resolver::unbound("127.0.0.1").config(&(stub("example.test") + &stub("corp.test"))),
        )
        // The first one is dead.
        .resolv_conf("nameserver 127.0.0.9\nnameserver 127.0.0.1\n")
        .start();
    assert_found(
        &topology,
        "",
        &[
            ("www.example.test", &["warning SPLIT_HORIZON"]),
            ("same.test", &[]),
            (
                "www.corp.test",
                &["error NOT_REGISTERED", "warning SPLIT_HORIZON"],
            ),
        ],
    );
    let split = checked(&topology, "www.example.test");
    let split = finding(&split, "SPLIT_HORIZON");
    assert_eq!(split["args"]["zone"], "example.test.");
    assert_eq!(split["args"]["resolver"], "127.0.0.1");
    // What it names to see that with shows it.
    let dig = split["reproduce"].as_str().unwrap_or_default();
    let shown = topology.sh(&dig.replacen("dig", "kdig", 1));
    assert!(shown.success().stdout.contains("hostmaster"), "{dig}");
    // The record itself is nobody's to remember.
    let cached = topology.sh("kdig +norec @127.0.0.1 _acme-challenge.www.example.test TXT");
    assert!(!cached.stdout.contains("NXDOMAIN"), "{cached:?}");
}
