//! Where records go and when they are there, in topologies of real name servers: what people have, and what went wrong
//! for some of them.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

mod addresses;
mod aliases;
mod delegations;
mod denial;
mod dnssec;
mod failing_resolvers;
mod harness;
mod odd_servers;
mod powerdns;
mod rate_limits;
mod recursive;
mod slow;
mod trace;
mod unsteady;
mod waiting;

use std::collections::BTreeMap;

use sandbox::{Ended, Topology};
use serde_json::Value;

/// The number of the type TXT.
const TXT: u16 = 16;

/// What `dns-zone` says of these names, as documents for `dns-wait-txt` that want `value`.
#[track_caller]
fn located(topology: &Topology, names: &str) -> String {
    let line = format!("dns-zone {names} | jq -c '.value = \"value\"'");
    topology.sh(&line).success().stdout
}

/// State by address, of a document that `dns-wait-txt` is done with.
#[track_caller]
fn states(document: &Value) -> BTreeMap<String, String> {
    let servers = document["propagated"]["servers"].as_array();
    let servers = servers.unwrap_or_else(|| panic!("it has not propagated: {document:#}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    servers
        .iter()
        .map(|server| (text(&server["address"]), text(&server["state"])))
        .collect()
}

/// Every server of every document serves the value.
#[track_caller]
fn assert_all_serve(ended: &Ended) {
    ended.assert_status(0);
    for document in ended.documents() {
        let states = states(&document);
        assert!(
            states.values().all(|state| state == "serving"),
            "{states:?}\n{}",
            ended.stderr
        );
    }
}

/// All that a person reads of an error.
fn said(document: &Value) -> String {
    let error = &document["error"];
    format!(
        "{} {}",
        error["detail"].as_str().unwrap_or_default(),
        error["hint"].as_str().unwrap_or_default()
    )
}
