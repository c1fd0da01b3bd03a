//! The document that acme-order takes: what to order, from whom, with which account, and why.

use crate::candidates::Candidate;
use certificates::{OrderRecord, rfc3339};
use lifecycle::{Decision, Facts};
use pipeline::catalogue::order::{ACCOUNT, DIRECTORY, DUE, NAME, OPTIONS, ORDER, VERSION};
use pipeline::{Document, Object, Problem, Value};
use serde_json::json;

/// The document about a certificate, due or not; `record` tells how it was ordered before.
pub(crate) fn document(
    candidate: &Candidate,
    facts: &Facts,
    decision: &Decision,
    record: Option<&OrderRecord>,
) -> Document {
    let aims = facts.desired.as_ref().or(facts.ordered.as_ref());
    let known = facts.ordered.as_ref();
    let directory = aims
        .and_then(|aims| aims.directory.clone())
        .or_else(|| known.and_then(|known| known.directory.clone()));
    let profile = aims.and_then(|aims| aims.profile.clone());

    let mut document = named(&candidate.name);
    if let Some(directory) = &directory {
        document.set(&DIRECTORY, directory.as_str());
    }
    let is_same_ca = record.is_some_and(|record| Some(&record.directory) == directory.as_ref());
    if let Some(record) = record.filter(|_| is_same_ca && facts.is_same_account) {
        document.set(&ACCOUNT, json!(record.account));
    }
    let names = aims.map(|aims| aims.names.as_slice()).unwrap_or_default();
    let identifiers: Vec<Value> = names
        .iter()
        .map(|name| json!({"type": "dns", "value": name}))
        .collect();
    let mut order = Object::new();
    order.insert("identifiers".into(), identifiers.into());
    insert(&mut order, "profile", profile.as_deref());
    let replaces = facts.id.as_deref().filter(|_| decision.replaces);
    insert(&mut order, "replaces", replaces);
    document.set(&ORDER, Value::Object(order));
    let options = options(candidate, facts, record, profile.as_deref());
    if !options.is_empty() {
        document.set(&OPTIONS, Value::Object(options));
    }
    document.set_challenges([]);
    document.set(&DUE, Value::Object(due(decision)));
    document
}

/// A document that says why nothing is requested.
pub(crate) fn refused(name: &str, problem: &Problem) -> Document {
    let mut document = named(name);
    document.set_challenges([]);
    document.fail(problem);
    document
}

fn named(name: &str) -> Document {
    let mut document = Document::from(Object::new());
    document.set(&VERSION, 1);
    document.set(&NAME, name);
    document
}

/// The options for later programs: those of the configuration, or else those of the order before.
fn options(
    candidate: &Candidate,
    facts: &Facts,
    record: Option<&OrderRecord>,
    profile: Option<&str>,
) -> Object {
    let configured = candidate.configured.as_ref();
    let recorded = record
        .map(|record| record.options.clone())
        .unwrap_or_default();
    let server = candidate.server.clone();
    let email = configured.and_then(|configured| configured.email.clone());
    let desired = facts
        .desired
        .as_ref()
        .and_then(|desired| desired.key_type.clone());
    let ordered = facts
        .ordered
        .as_ref()
        .and_then(|ordered| ordered.key_type.clone());
    let mut options = Object::new();
    insert(
        &mut options,
        "server",
        server.or(recorded.server).as_deref(),
    );
    insert(&mut options, "email", email.or(recorded.email).as_deref());
    insert(&mut options, "key-type", desired.or(ordered).as_deref());
    insert(&mut options, "profile", profile);
    let challenge = configured.and_then(|configured| configured.challenge.clone());
    let challenge = challenge.or(recorded.challenge);
    insert(&mut options, "challenge", challenge.as_deref());
    let chain = configured.and_then(|configured| configured.preferred_chain.clone());
    let chain = chain.or(recorded.preferred_chain);
    insert(&mut options, "preferred-chain", chain.as_deref());
    let csr = match configured {
        Some(configured) => configured.csr.clone(),
        None => recorded.csr,
    };
    insert(&mut options, "csr", csr.as_deref());
    for (name, said, before) in [
        (
            "must-staple",
            configured.map(|configured| configured.must_staple),
            recorded.must_staple,
        ),
        (
            "reuse-key",
            configured.map(|configured| configured.reuse_key),
            recorded.reuse_key,
        ),
    ] {
        if let Some(flag) = flag(said, before) {
            options.insert(name.into(), flag.into());
        }
    }
    options
}

/// A flag of the configuration, where there is one, or else of the order before. A certificate of the configuration for which
/// nobody says it any more does not have it any more.
fn flag(said: Option<Option<bool>>, before: Option<bool>) -> Option<bool> {
    match said {
        Some(Some(flag)) => Some(flag),
        Some(None) => before.map(|_| false),
        None => before,
    }
}

/// The member `due`.
fn due(decision: &Decision) -> Object {
    let mut due = Object::new();
    due.insert("due".into(), decision.is_due.into());
    let waits = decision.reason.is_of_one_that_waits();
    due.insert("waits".into(), waits.into());
    due.insert("reason".into(), decision.reason.to_string().into());
    insert(&mut due, "at", decision.at.map(rfc3339).as_deref());
    let since = decision.due_since();
    let since = since.filter(|_| decision.next_try().is_some());
    insert(&mut due, "since", since.map(rfc3339).as_deref());
    if let Some(window) = &decision.window {
        let window = json!({"start": rfc3339(window.start), "end": rfc3339(window.end)});
        due.insert("window".into(), window);
        due.insert("exempt".into(), decision.is_exempt.into());
    }
    insert(&mut due, "explanation", decision.explanation.as_deref());
    due
}

fn insert(object: &mut Object, member: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(member.into(), value.into());
    }
}
