//! Ways in which dns-01 fails, on real servers: the code that `dns01-check` gives before an order is placed, what the pipeline
//! names as the cause, and what the CA then says, side by side. And set-ups that look wrong and that the CA accepts.

use sandbox::ways::{self, BY_CHANCE, Kind, Points, Told, Unseen, Way, points, run_all};
use sandbox::{Ended, Topology};
use serde_json::Value;

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
    let all = ways::all();
    let told = run_all(&topology, &all);
    let wrong: Vec<String> = told.iter().flat_map(faults).collect();
    assert!(
        wrong.is_empty(),
        "{}\n{}",
        wrong.join("\n"),
        ways::table(&told, &[])
    );
    a_capture_judges_the_same(&topology, &all);
    what_is_well_is_called_so(&topology);
}

/// What is not as it should be of a way.
fn faults(one: &Told) -> Vec<String> {
    let (way, points) = (&one.way, points(one));
    let mut wrong = Vec::new();
    let has = |code: &str| one.codes.iter().any(|found| found.ends_with(code));
    if way.code.is_ok_and(|code| !has(code)) {
        wrong.push(format!(
            "{}: no {:?} in {:?}",
            way.what, way.code, one.codes
        ));
    }
    let says_it = match way.ca {
        BY_CHANCE => true,
        "" => one.ca.is_empty(),
        words => one.ca.contains(words),
    };
    if !says_it {
        wrong.push(format!("{}: the CA says {:?}", way.what, one.ca));
    }
    for text in [
        &one.before,
        one.after.as_deref().unwrap_or_default(),
        &one.found,
    ] {
        let blamed = ways::wrongly_blamed(way, text);
        if !blamed.is_empty() {
            wrong.push(format!("{}: {blamed:?} is blamed in {text}", way.what));
        }
    }
    if points.alone < least(way) {
        wrong.push(format!("{}: {points:?} {one:#?}", way.what));
    }
    wrong
}

/// What the pipeline alone has to get.
fn least(way: &Way) -> usize {
    match way.code {
        // That can only be named after the CA has failed, or as one of several.
        Err(Unseen::ChangesLater | Unseen::OtherNetwork | Unseen::InCache) => Points::MOST / 2,
        _ if way.kind == Kind::Later => Points::MOST / 2,
        _ => Points::MOST,
    }
}

fn a_capture_judges_the_same(topology: &Topology, all: &[Way]) {
    let names = all.iter().flat_map(|way| way.names.split_whitespace());
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

#[test]
fn a_certificate_comes_out_of_what_only_looks_wrong_and_nothing_says_that_it_will_not() {
    let topology = ways::odd_layout().start();
    let outcomes = ways::run_odd(&topology, &ways::odd());
    let wrong: Vec<String> = outcomes
        .iter()
        .filter(|one| one.points().with_check < Points::MOST)
        .map(|one| format!("{one:#?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
