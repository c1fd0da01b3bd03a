//! Where the system gives too few descriptors, too little memory or no threads, no program pretends that all is well: its
//! documents come out with an error, or its status and a line on stderr tell that they did not.
//!
//! Needs neither CA nor name servers: all of them are at an address that refuses connections.

use std::thread;

use serde_json::{Value, json};
use workshop::{Ended, Workshop, challenge, order, run};

/// Each program as it stands in a pipeline.
const PROGRAMS: [&[&str]; 9] = [
    &["acme-order"],
    &["acme-issue", "--resolver=127.0.0.1:1"],
    &["dns-zone", "--resolver=127.0.0.1:1"],
    &["dns01-check", "--resolver=127.0.0.1:1"],
    &["dns01-exec", "present", "--timeout=1", "--interval=1"],
    &["dns01-exec", "cleanup"],
    &["dns-wait-txt", "--timeout=0"],
    &["acme-validate"],
    &["acme-finalize"],
];
/// With fewer the loader finds none of its libraries: stdin, stdout, stderr, and one more.
const FEWEST_DESCRIPTORS: usize = 4;

/// Runs a program with an order on stdin, or a name where it reads names, and with a limit of `prlimit`.
fn limited(words: &[&str], limit: &str) -> Ended {
    let workshop = Workshop::open();
    let mut command = workshop.command("prlimit");
    command
        .arg(limit)
        .args(words)
        .env("EXEC_PATH", "/bin/true")
        .env("LEGO_SERVER", "https://127.0.0.1:1/dir");
    let input = match words[0] {
        "acme-order" | "acme-issue" => "example.test".to_owned(),
        _ => presented(),
    };
    run(command, input + "\n")
}

/// An order of which each program has something to do.
fn presented() -> String {
    let mut challenge = challenge("example.test", "value");
    challenge["url"] = "https://127.0.0.1:1/challenge".into();
    challenge["authorization"] = "https://127.0.0.1:1/authorization".into();
    challenge["nameservers"] = json!([{"name": "ns.example.test.", "addresses": ["127.0.0.1:1"]}]);
    order([challenge])
}

/// Whether an order came out; where it did not, or has an error, status and stderr have to say so.
#[track_caller]
fn came_out(ended: &Ended) -> bool {
    let documents = ended.documents();
    let has_error = |document: &Value| document["error"].is_object();
    if documents.is_empty() || documents.iter().any(has_error) {
        assert_ne!(ended.status, 0, "{ended:?}");
        // The loader, killed by a signal, says nothing.
        assert!(!ended.stderr.is_empty() || ended.status > 128, "{ended:?}");
    }
    !documents.is_empty()
}

/// Does the same for each, all of them side by side.
fn side_by_side<T: Send>(all: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for one in all {
            let test = &test;
            scope.spawn(move || test(one));
        }
    });
}

#[test]
fn with_too_few_descriptors_every_document_comes_out_with_an_error() {
    side_by_side(PROGRAMS, |words| {
        // A cleanup tries for seconds to remove its record.
        side_by_side(FEWEST_DESCRIPTORS..=16, |count| {
            let ended = limited(words, &format!("--nofile={count}"));
            assert!(came_out(&ended), "{count}: {ended:?}");
        });
    });
}

#[test]
fn with_too_little_memory_or_no_thread_the_status_tells_at_least() {
    side_by_side(PROGRAMS, |words| {
        for half in 8..=40 {
            let ended = limited(words, &format!("--as={}", half << 19));
            came_out(&ended);
            // The library that speaks HTTP does so where it may start threads itself.
            assert!(!ended.stderr.contains("failed to spawn"), "{ended:?}");
        }
    });
}
