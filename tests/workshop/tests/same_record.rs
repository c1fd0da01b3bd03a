//! Two documents, or two runs, that need the same record: neither takes it from the other, and none is left.

#![allow(clippy::unwrap_used)]

use std::fs;

use workshop::{FILES, Workshop, challenge, order, run};

#[test]
fn the_removal_of_a_record_does_not_hide_the_same_record_that_is_presented_after_it() {
    let workshop = Workshop::open();
    let waits = "if [ $1 = present ] && [ -e first ]; then touch began; until [ -e go ]; do sleep 0.01; done; fi";
    let script = workshop.script("files.sh", &format!("{waits}\n{FILES}"));
    let record = order([challenge("example.test", "p")]);
    let first = run(workshop.exec(&script, &["present"]), &record);
    fs::write(workshop.dir().join("first"), first.stdout).unwrap();
    fs::write(workshop.dir().join("second"), record).unwrap();
    let second = workshop.pipeline(
        &script,
        "dns01-exec present -j2 <second & until [ -e began ]; do sleep 0.01; done; \
         dns01-exec cleanup -j2 <first >/dev/null; touch go; wait",
    );
    let presented = run(second, "");
    assert_eq!(workshop.records(), ["p"]);
    assert_eq!(workshop.list(&script).len(), 1);
    run(workshop.exec(&script, &["cleanup"]), presented.stdout).assert_status(0);
    assert_eq!(workshop.records(), [""; 0]);
    assert!(workshop.list(&script).is_empty());
}

#[test]
fn leftovers_do_not_take_a_record_that_a_living_run_has_presented_as_well() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let record = order([challenge("example.test", "p")]);
    fs::write(workshop.dir().join("order"), record).unwrap();
    // The first run has ended without a cleanup, the second lives until it may go.
    let both = workshop.pipeline(&script, "setsid -w sh -c 'dns01-exec present <order >/dev/null'; \
         setsid -w sh -c '{ cat order; until [ -e go ]; do sleep 0.01; done; } | dns01-exec present \
         | { until [ -e go ]; do sleep 0.01; done; cat; } | dns01-exec cleanup' & \
         until [ \"$(ls data/journal/*.jsonl | wc -l)\" = 2 ]; do sleep 0.01; done; \
         dns01-exec cleanup --leftovers; echo $? >status; ls zone >there; touch go; wait",);
    let ended = run(both, "");
    let read = |name: &str| fs::read_to_string(workshop.dir().join(name)).unwrap();
    assert_eq!(
        (read("status").as_str(), read("there").as_str()),
        ("0\n", "p\n")
    );
    assert!(ended.stderr.contains("2 records left alone"), "{ended:?}");
    assert_eq!(workshop.records(), [""; 0]);
}

#[test]
fn the_same_record_in_a_document_that_got_lost_is_removed_after_that_of_one_that_arrived() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let record = order([challenge("example.test", "p")]);
    fs::write(workshop.dir().join("order"), record).unwrap();
    let pipeline = workshop.pipeline(
        &script,
        "{ cat order; until [ -e removed ]; do sleep 0.01; done; cat order; } | dns01-exec present \
         | sh -c 'read -r first; echo \"$first\"; read -r second; kill -9 $$' | dns01-exec cleanup \
         | { read -r first; touch removed; cat; }",
    );
    let ended = run(pipeline, "");
    assert!(ended.stderr.contains("did not arrive"), "{ended:?}");
    assert_eq!(workshop.records(), [""; 0]);
    assert!(workshop.list(&script).is_empty());
}

#[test]
fn a_record_of_two_documents_that_got_lost_is_removed_once() {
    let workshop = Workshop::open();
    // It fails where there is nothing to remove.
    let script = workshop.script(
        "strict.sh",
        "mkdir -p zone; case $1 in present) touch zone/$3 ;; cleanup) rm zone/$3 ;; esac",
    );
    let record = order([challenge("example.test", "p")]);
    fs::write(workshop.dir().join("order"), record).unwrap();
    let pipeline = workshop.pipeline(
        &script,
        "cat order order | dns01-exec present | sh -c 'read -r first; read -r second; kill -9 $$' \
         | dns01-exec cleanup",
    );
    let ended = run(pipeline, "");
    assert!(!ended.stderr.contains("may still be there"), "{ended:?}");
    assert_eq!(workshop.records(), [""; 0]);
    assert!(workshop.list(&script).is_empty());
}

#[test]
fn a_document_that_was_presented_twice_arrives_once() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "fails.sh",
        "[ $1 != cleanup ] || { echo x >>calls; exit 3; }",
    );
    let record = order([challenge("example.test", "p")]);
    fs::write(workshop.dir().join("order"), record).unwrap();
    let pipeline = workshop.pipeline(
        &script,
        "cat order | dns01-exec present | dns01-exec present | dns01-exec cleanup",
    );
    let ended = run(pipeline, "");
    ended.assert_status(1);
    assert!(!ended.stderr.contains("did not arrive"), "{ended:?}");
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap();
    assert_eq!((ended.documents().len(), calls.lines().count()), (1, 4));
}
