//! What names have in common is asked once.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::{Host, Kind, Layout, Resolver, own_servers};

/// Behind middleboxes, which see what is asked.
const FIRST: &str = "198.51.100.11";
const SECOND: &str = "198.51.100.12";
const SERVER: &str = "198.51.100.99";

const ZONES: usize = 4;
const NAMES: usize = 40;

/// The numbers of SOA, for which a server is asked in mixed case as well and twice again, and of TXT, for which it is asked again
/// at the first names of a domain.
const SOA: u16 = 6;
const TXT: u16 = 16;
/// So many names of a domain are looked at closely.
const CLOSELY: usize = 4;

#[test]
fn each_server_is_asked_each_question_once_however_many_names_have_it_in_common() {
    let lines = own_servers(&[FIRST, SECOND]);
    let mut layout = Layout::new()
        .middlebox(FIRST, SERVER, "")
        .middlebox(SECOND, SERVER, "");
    let mut host = Host::new(Kind::Knot, SERVER);
    // Of the resolver the servers hear nothing.
    let mut rules = "server:\n".to_owned();
    for zone in 0..ZONES {
        let zone = format!("z{zone}.test");
        rules += &format!("    local-zone: \"{zone}.\" refuse\n");
        layout = layout.delegate(&zone, &[FIRST, SECOND]);
        host = host.zone(&zone, &lines);
    }
    let resolver = Resolver::unbound("127.0.0.1").config(&rules);
    let topology = layout.host(host).resolver(resolver).start();
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
        let mut closely = 0;
        for (question, ids) in &ids {
            let (_, kind, edns, tcp) = question;
            let most = match (*kind, *edns, *tcp) {
                (SOA, true, false) => 4,
                (TXT, true, false) => 3,
                _ => 1,
            };
            assert!(ids.len() <= most, "{server} {question:?}");
            closely += usize::from(*kind == TXT && ids.len() > 1);
        }
        assert!(closely <= CLOSELY * ZONES, "{server}: {closely}");
        // For each name TXT and CAA, and whether there are zones on the way.
        assert!(ids.len() > 4 * NAMES, "{server}: {}", ids.len());
    }
}
