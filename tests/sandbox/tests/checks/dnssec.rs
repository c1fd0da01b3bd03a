//! Signed zones that a validating resolver, and so a CA, does not take.

use sandbox::{Denial, Fault, Host, Kind, Layout, own_servers};

use super::{assert_found, checked, finding};

const SERVER: &str = "198.51.100.11";

const BROKEN: [(&str, Fault, &[&str]); 6] = [
    ("expired.test", Fault::Expired, &["error SIGNATURE_EXPIRED"]),
    ("no-key.test", Fault::NoKey, &["error DS_WITHOUT_KEY"]),
    (
        "bogus.test",
        Fault::Bogus,
        &["error SIGNATURE_WRONG", "error DENIAL_WRONG"],
    ),
    (
        "no-signatures.test",
        Fault::NoSignatures,
        &["error SIGNATURE_MISSING", "error DENIAL_WRONG"],
    ),
    ("wrong-nsec.test", Fault::WrongNsec, &["error DENIAL_WRONG"]),
    (
        "by-other.test",
        Fault::KeysByOther,
        &["error SIGNATURE_WRONG"],
    ),
];

#[test]
fn each_way_of_being_broken_in_dnssec_has_its_code_and_a_validating_resolver_fails() {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let mut host = Host::new(Kind::Nsd, SERVER);
    let mut layout = Layout::new().validating();
    for (zone, fault, _) in BROKEN {
        host = host.broken(zone, fault, &lines);
        layout = layout.delegate(zone, &[SERVER]);
    }
    let topology = layout.host(host).start();
    let expected: Vec<(&str, &[&str])> = BROKEN
        .iter()
        .map(|(zone, _, codes)| (*zone, *codes))
        .collect();
    assert_found(&topology, "", &expected);
    for (zone, ..) in BROKEN {
        // What a CA's resolver says of the CAA records that are not there.
        let line = format!("kdig {zone} CAA | grep -q 'status: SERVFAIL;'");
        assert_eq!(topology.sh(&line).status, 0, "{zone}");
    }
    let document = checked(&topology, "expired.test");
    let time = &finding(&document, "SIGNATURE_EXPIRED")["args"]["time"];
    assert_eq!(*time, "2024-02-01T00:00:00Z");
    // One cause is told of once, and when it was.
    let all = document["findings"].as_array().unwrap();
    let expired: Vec<_> = all
        .iter()
        .filter(|one| one["code"] == "SIGNATURE_EXPIRED")
        .collect();
    assert_eq!(expired.len(), 1, "{document:#}");
    let detail = expired[0]["detail"].as_str().unwrap();
    assert!(detail.contains("NSEC") && detail.contains("DNSKEY expired.test."));
    assert!(detail.ends_with("signature has expired, on 2024-02-01T00:00:00Z"));
}

#[test]
fn one_of_two_servers_with_an_unsigned_copy_is_a_warning_that_says_so() {
    const OTHER: &str = "198.51.100.12";
    let lines = own_servers(&[SERVER, OTHER]);
    let value = "_acme-challenge TXT old\n";
    let topology = Layout::new()
        .validating()
        .delegate("half.test", &[SERVER, OTHER])
        .host(Host::new(Kind::Nsd, SERVER).signed(
            "half.test",
            Denial::Nsec,
            &(lines.clone() + value),
        ))
        .host(Host::new(Kind::Knot, OTHER).zone("half.test", &lines))
        .start();
    let expected = &["warning ANSWERS_DIFFER", "warning DS_WITHOUT_KEY"];
    assert_found(&topology, "", &[("half.test", expected)]);
    let document = checked(&topology, "half.test");
    let found = finding(&document, "DS_WITHOUT_KEY");
    let says = |member: &str| found[member].as_str().unwrap().to_owned();
    assert!(says("detail").contains("ns2.half.test. (198.51.100.12)"));
    assert!(says("detail").contains("an unsigned copy"), "{found:#}");
    assert!(says("hint").contains("The DS is right"), "{found:#}");
}

#[test]
fn one_of_two_servers_with_broken_signatures_is_a_warning() {
    const OTHER: &str = "198.51.100.12";
    let lines = own_servers(&[SERVER, OTHER]);
    let topology = Layout::new()
        .validating()
        .delegate("half.test", &[SERVER, OTHER])
        .host(Host::new(Kind::Nsd, SERVER).signed("half.test", Denial::Nsec, &lines))
        .host(Host::new(Kind::Knot, OTHER).broken("half.test", Fault::Expired, &lines))
        .start();
    let expected = &["warning SIGNATURE_EXPIRED"];
    assert_found(&topology, "", &[("half.test", expected)]);
}

#[test]
fn signatures_near_their_end_or_before_their_begin_many_iterations_and_outdated_algorithms_have_their_codes()
 {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let zones = [
        "soon.test",
        "not-yet.test",
        "iterations.test",
        "old.test",
        "sha1.test",
    ];
    let mut layout = Layout::new()
        .validating()
        .at_test("old DS 12345 3 1 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE");
    for zone in zones {
        layout = layout.delegate(zone, &[SERVER]);
    }
    let topology = layout
        .host(
            Host::new(Kind::Nsd, SERVER)
                .broken("soon.test", Fault::ExpiresSoon, &lines)
                .broken("not-yet.test", Fault::NotYet, &lines)
                .broken("iterations.test", Fault::Iterations, &lines)
                .broken("sha1.test", Fault::Sha1Digest, &lines)
                .zone("old.test", &lines),
        )
        .start();
    let (soon, not_yet): (&[&str], &[&str]) = (
        &["warning SIGNATURE_EXPIRES_SOON"],
        &["error SIGNATURE_NOT_YET"],
    );
    let expected = [
        ("soon.test", soon),
        ("not-yet.test", not_yet),
        ("iterations.test", &[]),
        ("old.test", &[]),
        ("sha1.test", &[]),
    ];
    assert_found(&topology, "", &expected);
    let document = checked(&topology, "iterations.test");
    let found = finding(&document, "NSEC3_ITERATIONS");
    assert_eq!(found["args"]["iterations"], 10);
    assert_eq!(found["severity"], "notice");
    for zone in ["old.test", "sha1.test"] {
        let document = checked(&topology, zone);
        let outdated = finding(&document, "ALGORITHM_OUTDATED");
        assert_eq!(outdated["severity"], "notice", "{zone}");
    }
    let document = checked(&topology, "soon.test");
    let signed = finding(&document, "SIGNED");
    assert_eq!(signed["args"]["algorithm"], 13, "{signed}");
    for (zone, says) in zones
        .into_iter()
        .zip(["NOERROR", "SERVFAIL", "NOERROR", "NOERROR", "NOERROR"])
    {
        let line = format!("kdig www.{zone} A | grep -q 'status: {says};'");
        assert_eq!(topology.sh(&line).status, 0, "{zone} {says}");
    }
}

#[test]
fn what_each_server_proves_of_wildcards_empty_names_and_delegations_is_enough() {
    const KINDS: [(Kind, &str, &str); 3] = [
        (Kind::Knot, "knot", "198.51.100.11"),
        (Kind::Bind, "bind", "198.51.100.12"),
        (Kind::Nsd, "nsd", "198.51.100.13"),
    ];
    let denials = [
        ("nsec", Denial::Nsec),
        ("nsec3", Denial::Nsec3),
        ("out", Denial::OptOut),
    ];
    let mut layout = Layout::new().validating();
    let mut names = Vec::new();
    for (kind, server, address) in KINDS {
        let own = own_servers(&[address]);
        let lines = own.clone()
            + "*.wild A 192.0.2.1\n*.txt TXT x\n*.alias CNAME www\nwww A 192.0.2.1\na.b.deep A 192.0.2.1\n\
               tree DNAME wild\nsub NS ns1.sub\n"
            + &format!("ns1.sub A {address}\n");
        let mut host = Host::new(kind, address);
        for (denial, how) in denials {
            let zone = format!("{server}-{denial}.test");
            layout = layout.delegate(&zone, &[address]);
            host = host
                .signed(&zone, how, &lines)
                .zone(&format!("sub.{zone}"), &own);
            let below = [
                "x.wild", "x.txt", "x.alias", "b.deep", "x.tree", "none", "x.none", "sub", "x.sub",
            ];
            names.extend(below.map(|name| format!("{name}.{zone}")));
        }
        layout = layout.host(host);
    }
    let topology = layout.start();
    let expected: Vec<(&str, &[&str])> = names
        .iter()
        .map(|name| (name.as_str(), [].as_slice()))
        .collect();
    assert_found(&topology, "", &expected);
}

#[test]
fn a_proof_that_lacks_the_wildcard_is_none_to_a_validating_resolver() {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\n";
    let topology = Layout::new()
        .validating()
        .delegate("gap.test", &[SERVER])
        .host(Host::new(Kind::Nsd, SERVER).broken("gap.test", Fault::NoApexNsec, &lines))
        .start();
    let document = checked(&topology, "xx.gap.test");
    let lacks = finding(&document, "DENIAL_INCOMPLETE");
    assert_eq!(lacks["severity"], "error", "{document:#}");
    let detail = lacks["detail"].as_str().unwrap();
    assert!(
        detail.contains("the wildcard *.gap.test. does not exist"),
        "{detail}"
    );
    let line = "kdig xx.gap.test CAA | grep -q 'status: SERVFAIL;'";
    assert_eq!(topology.sh(line).status, 0);
}

#[test]
fn a_server_that_does_not_answer_for_the_chain_of_trust_is_found() {
    const FRONT: &str = "198.51.100.21";
    let servers = own_servers(&[FRONT]);
    let above = servers.clone() + "sub NS ns.sub\nns.sub A 198.51.100.11\n";
    let below = "@ NS ns\nns A 198.51.100.11\n";
    let topology = Layout::new()
        .validating()
        .delegate("up.test", &[FRONT])
        .host(
            Host::new(Kind::Nsd, SERVER)
                .signed("up.test", Denial::Nsec, &above)
                .signed("sub.up.test", Denial::Nsec, below),
        )
        .middlebox(FRONT, SERVER, "")
        .start();
    let well = [("up.test", &[] as &[&str]), ("sub.up.test", &[])];
    assert_found(&topology, "", &well);
    for (rule, name, record_type) in [
        ("servfail-dnskey", "up.test", "DNSKEY"),
        ("servfail-ds", "sub.up.test", "DS"),
    ] {
        topology.bend(FRONT, rule);
        assert_found(&topology, "", &[(name, &["error DNSSEC_UNANSWERED"])]);
        let document = checked(&topology, name);
        let found = finding(&document, "DNSSEC_UNANSWERED");
        assert_eq!(found["args"]["type"], record_type);
    }
}

#[test]
fn what_a_signed_zone_leads_to_is_proved_by_its_own_zone() {
    // NSD goes on in the other zone, and adds what that proves.
    let lines = own_servers(&[SERVER]);
    let topology = Layout::new()
        .validating()
        .delegate("wild.test", &[SERVER])
        .delegate("target.test", &[SERVER])
        .host(
            Host::new(Kind::Nsd, SERVER)
                .signed(
                    "wild.test",
                    Denial::Nsec3,
                    &(lines.clone() + "* CNAME target.test.\n"),
                )
                .signed("target.test", Denial::Nsec, &lines),
        )
        .start();
    assert_found(&topology, "", &[("www.wild.test", &[])]);
    let line = "kdig _acme-challenge.www.wild.test TXT | grep -q 'status: NOERROR;'";
    topology.sh(line).success();
}
