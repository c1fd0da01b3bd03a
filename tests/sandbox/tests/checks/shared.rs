//! What names have in common is asked once.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::{Host, Kind, Layout, own_servers};

/// Behind middleboxes, which see what is asked.
const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const SERVER: &str = "198.51.100.99";

const ZONES: usize = 4;
const NAMES: usize = 40;

/// The number of SOA, for which a server is asked a second time with the name in mixed case.
const SOA: u16 = 6;

#[test]
fn each_server_is_asked_each_question_once_however_many_names_have_it_in_common() {
    let lines = own_servers(&[FIRST, SECOND]);
    let mut layout = Layout::new()
        .middlebox(FIRST, SERVER, "")
        .middlebox(SECOND, SERVER, "");
    let mut host = Host::new(Kind::Knot, SERVER);
    for zone in 0..ZONES {
        let zone = format!("z{zone}.test");
        layout = layout.delegate(&zone, &[FIRST, SECOND]);
        host = host.zone(&zone, &lines);
    }
    let topology = layout.host(host).start();
    let names: Vec<String> = (0..NAMES)
        .map(|name| format!("h{}.z{}.test", name / ZONES, name % ZONES))
        .collect();
    let checked = topology.sh(&format!("dns01-check {}", names.join(" ")));
    let documents = checked.success().documents();
    assert_eq!(documents.len(), NAMES);
    for document in documents {
        assert_eq!(document["verdict"], "ok", "{document:#}");
    }
    for server in [FIRST, SECOND] {
        let mut ids: BTreeMap<_, BTreeSet<u16>> = BTreeMap::new();
        for asked in topology.asked(server) {
            let question = (asked.name, asked.kind, asked.edns, asked.tcp);
            // One that is sent again since no reply came has the same ID.
            ids.entry(question).or_default().insert(asked.id);
        }
        for (question, ids) in &ids {
            let (_, kind, edns, tcp) = question;
            let most = if (*kind, *edns, *tcp) == (SOA, true, false) {
                2
            } else {
                1
            };
            assert!(ids.len() <= most, "{server} {question:?}");
        }
        // For each name TXT and CAA, and whether there are zones on the way.
        assert!(ids.len() > 4 * NAMES, "{server}: {}", ids.len());
    }
}
