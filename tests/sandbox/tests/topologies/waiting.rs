//! "Propagated" is said when every server that a CA may ask serves the value, and not before.

use std::thread;
use std::time::Duration;

use sandbox::{Host, Kind, Layout, Started, Topology, own_servers};

use super::{TXT, assert_all_serve, located, states};

const BIND: &str = "198.51.100.11";
const NSD: &str = "198.51.100.12";
/// Knot, behind a middlebox that sees when it is asked.
const SEEN: &str = "198.51.100.13";
const KNOT: &str = "198.51.100.23";

const NAME: &str = "_acme-challenge.example.test.";

fn lines() -> String {
    own_servers(&[BIND, NSD, SEEN])
}

fn with_value() -> String {
    lines() + "_acme-challenge TXT value\n"
}

/// `example.test` on three servers, each with a copy of its own.
fn three() -> Topology {
    Layout::new()
        .delegate("example.test", &[BIND, NSD, SEEN])
        .host(Host::new(Kind::Bind, BIND).zone("example.test", &lines()))
        .host(Host::new(Kind::Nsd, NSD).zone("example.test", &lines()))
        .host(Host::new(Kind::Knot, KNOT).zone("example.test", &lines()))
        .middlebox(SEEN, KNOT, "")
        .start()
}

/// Starts to wait, and returns when the servers were looked at.
fn wait(topology: &Topology, options: &str) -> Started {
    let documents = located(topology, NAME);
    let before = topology.asked(SEEN).len();
    let waiting = topology.start(
        &format!("dns-wait-txt --timeout 60 --interval 1 {options}"),
        &documents,
    );
    sandbox::wait_for("the server is asked for the value", || {
        let asked = topology.asked(SEEN).split_off(before);
        asked.len() >= 2 && asked.iter().any(|it| it.kind == TXT)
    });
    waiting
}

fn give(topology: &mut Topology, servers: &[&str]) {
    for server in servers {
        topology.replace(server, "example.test", &with_value());
    }
}

#[test]
fn a_server_that_restarts_in_the_middle_is_waited_for() {
    for (restarts, other, options) in [(BIND, NSD, ""), (NSD, BIND, "--strict")] {
        let mut topology = three();
        let waiting = wait(&topology, options);
        give(&mut topology, &[other]);
        topology.stop(restarts);
        give(&mut topology, &[KNOT]);
        topology.await_questions(SEEN, 1);
        topology.restart(restarts);
        give(&mut topology, &[restarts]);
        assert_all_serve(&waiting.wait());
    }
}

#[test]
fn a_server_that_hangs_for_some_seconds_is_waited_for() {
    for options in ["", "--strict"] {
        let mut topology = three();
        let waiting = wait(&topology, options);
        topology.pause(BIND);
        give(&mut topology, &[NSD, KNOT]);
        // This is how long it hangs, and no wait for anything.
        thread::sleep(Duration::from_millis(2500));
        topology.resume(BIND);
        give(&mut topology, &[BIND]);
        assert_all_serve(&waiting.wait());
    }
}

#[test]
fn a_server_that_had_the_value_and_lost_it_is_waited_for_until_it_has_it_again() {
    for options in ["", "--strict"] {
        let mut topology = three();
        give(&mut topology, &[KNOT]);
        let documents = located(&topology, NAME);
        let before = topology.asked(SEEN).len();
        let line = format!("dns-wait-txt --timeout 60 --interval 1 {options}");
        let waiting = topology.start(&line, &documents);
        sandbox::wait_for("the value is seen", || {
            let asked = topology.asked(SEEN);
            asked[before..]
                .iter()
                .any(|it| it.kind == TXT && it.is_positive())
        });
        topology.replace(KNOT, "example.test", &lines());
        give(&mut topology, &[BIND, NSD]);
        let lacking = topology.asked(SEEN).len();
        topology.await_questions(SEEN, 1);
        give(&mut topology, &[KNOT]);
        assert_all_serve(&waiting.wait());
        let asked = topology.asked(SEEN);
        let last = asked.iter().rfind(|it| it.kind == TXT).unwrap();
        assert!(asked.len() > lacking && last.is_positive(), "{last:?}");
    }
}

#[test]
fn all_servers_are_looked_at_once_more_before_it_is_done() {
    let mut topology = three();
    give(&mut topology, &[KNOT]);
    let documents = located(&topology, NAME);
    let waiting = topology.start("dns-wait-txt --timeout 60 --interval 1", &documents);
    sandbox::wait_for("the value is seen", || {
        let asked = topology.asked(SEEN);
        asked.iter().any(|it| it.kind == TXT && it.is_positive())
    });
    let before = topology.asked(SEEN).len();
    give(&mut topology, &[BIND, NSD]);
    assert_all_serve(&waiting.wait());
    assert!(topology.asked(SEEN).len() > before);
}

#[test]
fn a_secondary_that_is_behind_is_waited_for() {
    let mut topology = three();
    let waiting = wait(&topology, "");
    give(&mut topology, &[BIND, NSD]);
    topology.await_questions(SEEN, 4);
    give(&mut topology, &[KNOT]);
    assert_all_serve(&waiting.wait());
}

#[test]
fn no_server_of_use_for_some_seconds_does_not_end_a_wait_that_was_given_longer() {
    let lines = own_servers(&[SEEN]) + "_acme-challenge TXT value\n";
    for options in ["", "--strict"] {
        let topology = Layout::new()
            .delegate("example.test", &[SEEN])
            .host(Host::new(Kind::Knot, KNOT).zone("example.test", &lines))
            .middlebox(SEEN, KNOT, "")
            .start();
        let documents = located(&topology, NAME);
        topology.bend(SEEN, "closed");
        let line = format!("dns-wait-txt --timeout 40 {options}");
        let waiting = topology.start(&line, &documents);
        // This is how long there is none, and no wait for anything.
        thread::sleep(Duration::from_secs(5));
        topology.bend(SEEN, "");
        assert_all_serve(&waiting.wait());
    }
}

#[test]
fn a_hidden_primary_is_not_waited_for_and_is_named_where_only_it_has_the_value() {
    const HIDDEN: &str = "198.51.100.41";
    let apex = |serial: &str, rest: &str| {
        format!(
            "@ SOA hidden hostmaster {serial} 3600 600 86400 60\nhidden A {HIDDEN}\n{}{rest}",
            own_servers(&[NSD])
        )
    };
    let mut topology = Layout::new()
        .delegate("example.test", &[NSD])
        .host(Host::new(Kind::Nsd, NSD).zone("example.test", &apex("1", "")))
        .host(
            Host::new(Kind::Knot, HIDDEN)
                .zone("example.test", &apex("2", "_acme-challenge TXT value\n")),
        )
        .start();
    let documents = located(&topology, NAME);
    let ended = topology.sh_with("dns-wait-txt --timeout 2 --interval 1", &documents);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:dns:not-propagated");
    assert!(
        error["hint"].as_str().unwrap().contains(HIDDEN),
        "{error:#}"
    );

    topology.stop(HIDDEN);
    topology.replace(
        NSD,
        "example.test",
        &apex("%SERIAL", "_acme-challenge TXT value\n"),
    );
    let ended = topology
        .sh_with("dns-wait-txt --timeout 20", &documents)
        .success();
    let states = states(&ended.document());
    assert_eq!(states.len(), 1, "{states:?}");
}
