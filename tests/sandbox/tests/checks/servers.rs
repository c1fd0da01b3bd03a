//! Servers that do not answer, or not as a CA's resolver asks.

use sandbox::{Host, Kind, Layout, Topology, own_servers};

use super::{assert_found, checked, finding};

const SERVER: &str = "198.51.100.99";

/// What is bent on the way to the only server of a zone, and what is found.
const BENT: [(&str, &str, &[&str]); 12] = [
    ("plain", "", &[]),
    (
        "closed",
        "closed",
        &["error NO_USABLE_SERVER", "warning SERVER_SILENT"],
    ),
    (
        "silent",
        "silent",
        &["error NO_USABLE_SERVER", "warning SERVER_SILENT"],
    ),
    ("no-tcp", "no-tcp", &["warning TCP_SILENT"]),
    ("drop-edns", "drop-edns", &["error EDNS_UNANSWERED"]),
    ("formerr-edns", "formerr-edns", &[]),
    ("garbage-edns", "garbage-edns", &["error EDNS_UNANSWERED"]),
    (
        "refuse",
        "refuse",
        &["error NO_USABLE_SERVER", "warning SERVER_LAME"],
    ),
    (
        "servfail",
        "servfail",
        &["error NO_USABLE_SERVER", "warning SERVER_LAME"],
    ),
    ("no-aa", "no-aa", &["warning NOT_AUTHORITATIVE"]),
    ("truncate", "truncate", &[]),
    ("bad-opt", "bad-opt", &[]),
];

/// Each zone on one server, behind an address of its own.
fn bent(all: &[(&str, &str, &[&str])]) -> Topology {
    let mut layout = Layout::new();
    let mut host = Host::new(Kind::Knot, SERVER);
    for (index, (zone, rules, _)) in all.iter().enumerate() {
        let (zone, address) = (format!("{zone}.test"), format!("198.51.100.{}", 11 + index));
        host = host.zone(&zone, &own_servers(&[&address]));
        layout = layout
            .delegate(&zone, &[&address])
            .middlebox(&address, SERVER, rules);
    }
    layout.host(host).start()
}

#[test]
fn what_is_wrong_with_the_only_server_is_found() {
    let topology = bent(&BENT);
    let names: Vec<String> = BENT
        .iter()
        .map(|(zone, ..)| format!("{zone}.test"))
        .collect();
    let expected: Vec<(&str, &[&str])> = names
        .iter()
        .map(String::as_str)
        .zip(BENT.iter().map(|(.., codes)| *codes))
        .collect();
    assert_found(&topology, "", &expected);
    let document = checked(&topology, "formerr-edns.test");
    assert_eq!(finding(&document, "EDNS_REJECTED")["severity"], "notice");
    topology.sh("dns01-check closed.test").assert_status(1);
    topology.sh("dns01-check no-tcp.test").assert_status(0);
    topology
        .sh("dns01-check --fail-on warning no-tcp.test")
        .assert_status(1);
}

#[test]
fn one_of_two_servers_that_is_lame_dead_or_behind_is_a_warning() {
    const GOOD: &str = "198.51.100.11";
    const LAME: &str = "198.51.100.12";
    const DEAD: &str = "198.51.100.13";
    let zones = [("lame", LAME), ("dead", DEAD), ("behind", LAME)];
    let mut layout = Layout::new().address(DEAD);
    let (mut good, mut lame) = (Host::new(Kind::Knot, GOOD), Host::new(Kind::Bind, LAME));
    for (name, second) in zones {
        let zone = format!("{name}.test");
        let lines = own_servers(&[GOOD, second]);
        layout = layout.delegate(&zone, &[GOOD, second]);
        good = good.zone(&zone, &lines);
        if name == "behind" {
            let soa = "@ SOA ns1 hostmaster.test. 99 3600 600 86400 60\n";
            lame = lame.zone(&zone, &format!("{soa}{lines}_acme-challenge TXT old\n"));
        }
    }
    let topology = layout.host(good).host(lame).start();
    assert_found(
        &topology,
        "",
        &[
            ("lame.test", &["warning SERVER_LAME"]),
            ("dead.test", &["warning SERVER_SILENT"]),
            (
                "behind.test",
                &["warning ANSWERS_DIFFER", "warning SERIALS_DIFFER"],
            ),
        ],
    );
    let document = checked(&topology, "behind.test");
    assert_eq!(document["verdict"], "may-fail");
    let serials = &finding(&document, "SERIALS_DIFFER")["args"]["serials"];
    assert_eq!(*serials, serde_json::json!([1, 99]));
    let detail = finding(&checked(&topology, "lame.test"), "SERVER_LAME")["detail"].clone();
    assert_eq!(
        detail,
        "ns2.lame.test. (198.51.100.12) is named for lame.test. and does not serve it: REFUSED"
    );
}

#[test]
fn large_answers_need_tcp() {
    const CUT: &str = "198.51.100.11";
    let mut lines = own_servers(&[CUT]);
    for number in 0..40 {
        lines += &format!("_acme-challenge TXT leftover-of-a-run-long-ago-number-{number}\n");
    }
    let topology = Layout::new()
        .delegate("large.test", &[CUT])
        .middlebox(CUT, SERVER, "no-tcp")
        .host(Host::new(Kind::Knot, SERVER).zone("large.test", &lines))
        .start();
    let expected = &["error TRUNCATED", "warning TCP_SILENT"];
    assert_found(&topology, "", &[("large.test", expected)]);
    topology.bend(CUT, "");
    assert_found(&topology, "", &[("large.test", &["warning LEFTOVERS"])]);
    let document = checked(&topology, "large.test");
    assert_eq!(finding(&document, "LEFTOVERS")["args"]["count"], 40);
}
