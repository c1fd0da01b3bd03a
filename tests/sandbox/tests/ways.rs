//! Ways in which dns-01 fails, on real servers: the code that `dns01-check` gives before an order is placed, what the pipeline
//! names as the cause, and what the CA then says, side by side.

use sandbox::ways::{self, Kind, Points, points, run_all};
use sandbox::{Ended, Topology};
use serde_json::Value;

/// What a CA says by chance.
const BY_CHANCE: &str = "?";

/// What is said of each name, in an order that does not depend on which was done first.
fn sorted(ended: &Ended) -> Vec<String> {
    let documents = ended.documents();
    let mut texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

#[test]
fn each_way_has_its_code_and_its_cause_and_the_ca_says_what_follows_from_it() {
    let topology = ways::layout().start();
    let told = run_all(&topology, ways::ALL);
    let mut wrong = Vec::new();
    for one in &told {
        let (way, points) = (&one.way, points(one));
        let has_code = one.codes.iter().any(|found| found.ends_with(way.code));
        if !way.code.is_empty() && !has_code {
            wrong.push(format!("{}: no {}", way.what, way.code));
        }
        let says_it = match way.ca {
            BY_CHANCE => true,
            "" => one.ca.is_empty(),
            words => one.ca.contains(words),
        };
        if !says_it {
            wrong.push(format!("{}: the CA says {:?}", way.what, one.ca));
        }
        // What changes after the last look can only be named after the CA has failed.
        let least = match way.kind {
            Kind::Later => Points::MOST / 2,
            _ => Points::MOST,
        };
        if points.alone < least {
            wrong.push(format!("{}: {points:?} {one:#?}", way.what));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{}",
        wrong.join("\n"),
        ways::table(&told)
    );
    a_capture_judges_the_same(&topology);
    what_is_well_is_called_so(&topology);
}

fn a_capture_judges_the_same(topology: &Topology) {
    let names = ways::ALL
        .iter()
        .flat_map(|way| way.names.split_whitespace());
    let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    let live = topology.sh(&format!("dns01-check --save capture {}", names.join(" ")));
    let again = topology.sh("dns01-check --resolver 127.0.0.9 --from capture");
    assert_eq!(sorted(&live).len(), names.len());
    assert_eq!(sorted(&live), sorted(&again));
}

fn what_is_well_is_called_so(topology: &Topology) {
    topology
        .sh("dns01-check --fail-on warning signed.test healthy.ok.test")
        .success();
    let line = "acme-order -d signed.test -d healthy.ok.test | dns-zone | dns01-exec present --exec ./write-well | \
                dns-wait-txt | acme-validate";
    let script = format!(
        "{}\n{}",
        ways::TOOLS,
        "case $1 in present) put 11 \"$2\" \"$3\" ;; esac"
    );
    sandbox::write_script(&topology.work().join("write-well"), &script)
        .unwrap_or_else(|error| panic!("{error}"));
    let ended = topology.sh(line).success();
    for challenge in ended.document()["challenges"]
        .as_array()
        .into_iter()
        .flatten()
    {
        assert_eq!(challenge["status"], "valid", "{challenge:#}");
        assert!(
            challenge["propagated"].get("findings").is_none(),
            "{challenge:#}"
        );
    }
}
