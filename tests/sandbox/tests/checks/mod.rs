//! What `dns01-check` says before an order is placed, of zones on real name servers: healthy ones, and ones that are broken
//! in the ways in which dns-01 fails.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

mod authorization;
mod ca;
mod captures;
mod closer;
mod delegations;
mod dnssec;
mod healthy;
mod names;
mod pipeline;
mod servers;
mod shared;
mod terminal;

use sandbox::{Ended, Topology};
use serde_json::Value;

/// What is found of a document's challenge, from warnings up: `severity CODE`, each once and in order.
fn found(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array();
    let findings = findings.unwrap_or_else(|| panic!("it was not checked: {document:#}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let severe = findings
        .iter()
        .filter(|one| matches!(one["severity"].as_str(), Some("warning" | "error")));
    let mut codes: Vec<String> = severe
        .map(|one| format!("{} {}", text(&one["severity"]), text(&one["code"])))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Checks the names, each of which is to have these findings from warnings up, and no others.
#[track_caller]
fn assert_found(topology: &Topology, options: &str, expected: &[(&str, &[&str])]) {
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    // Quoted, since there may be wildcards.
    let line = format!("dns01-check {options} '{}'", names.join("' '"));
    let ended = topology.sh(&line);
    let documents = ended.documents();
    let mut wrong = Vec::new();
    for (name, codes) in expected {
        let (plain, is_wildcard) = match name.strip_prefix("*.") {
            Some(plain) => (plain, true),
            None => (*name, false),
        };
        let is_it =
            |one: &&Value| one["identifier"]["value"] == plain && one["wildcard"] == is_wildcard;
        let document = documents.iter().find(is_it);
        let document = document.unwrap_or_else(|| panic!("{name} did not come out: {ended:?}"));
        let mut codes: Vec<String> = codes.iter().map(|&code| code.to_owned()).collect();
        codes.sort();
        if found(document) != codes {
            wrong.push(format!(
                "{name}: expected {codes:?}, found {:#}",
                document["findings"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), ended.stderr);
}

/// The finding with this code.
#[track_caller]
fn finding<'a>(document: &'a Value, code: &str) -> &'a Value {
    let mut all = document["findings"].as_array().into_iter().flatten();
    all.find(|one| one["code"] == code)
        .unwrap_or_else(|| panic!("no {code} in {document:#}"))
}

/// Checks one name: its document.
#[track_caller]
fn checked(topology: &Topology, name: &str) -> Value {
    let ended: Ended = topology.sh(&format!("dns01-check {name}"));
    ended.document()
}
