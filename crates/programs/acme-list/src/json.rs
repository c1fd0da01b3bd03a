//! Certificates as documents.

use crate::certificate::{Certificate, Condition};
use crate::leftovers::Leftovers;
use certificates::{Files, rfc3339};
use lifecycle::{Decision, Metadata};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The document of a certificate. What is not known is left out.
pub(crate) fn certificate(one: &Certificate, left: &Leftovers) -> Value {
    let mut members = Map::new();
    members.insert("name".into(), json!(one.name));
    members.insert("names".into(), json!(one.names()));
    if let Some(metadata) = &one.metadata {
        members.extend(of_metadata(metadata));
    }
    if let Some(record) = &one.record {
        members.insert("account".into(), json!(record.account));
    }
    let due = one.decision.as_ref().map(due);
    members.extend(due.map(|due| ("due".to_owned(), due)));
    let version = one.version.as_ref().map(|version| json!(version));
    members.extend(version.map(|version| ("version".to_owned(), version)));
    let files = one.files.as_ref().map(files);
    members.extend(files.map(|files| ("files".to_owned(), files)));
    members.insert("health".into(), health(one));
    if let Some(revocation) = &one.revocation {
        members.insert("revocation".into(), json(revocation));
    }
    members.insert("outcome".into(), json(&one.outcome));
    let deployments = one.deployments.targets.iter().map(json);
    members.insert("deployments".into(), deployments.collect());
    members.insert("leftovers".into(), json!(left.of(one.names())));
    Value::Object(members)
}

fn of_metadata(metadata: &Metadata) -> impl Iterator<Item = (String, Value)> {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let time = |time: Option<_>| time.map(|time| json!(rfc3339(time)));
    let asked_for = || metadata.ordered.profile.clone();
    let profile = metadata.profile.clone().or_else(asked_for);
    let members = [
        ("directory", text(&metadata.ordered.directory)),
        ("key_type", text(&metadata.ordered.key_type)),
        ("profile", text(&profile)),
        ("not_before", time(metadata.not_before)),
        ("not_after", time(metadata.not_after)),
        ("installed", time(metadata.installed)),
    ];
    let members = members.into_iter();
    members.filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

fn due(decision: &Decision) -> Value {
    let waits = decision.reason.is_of_one_that_waits();
    let mut due =
        json!({"due": decision.is_due, "waits": waits, "reason": decision.reason.to_string()});
    if let Some(at) = decision.at {
        due["at"] = json!(rfc3339(at));
    }
    if let (Some(since), Some(_)) = (decision.due_since(), decision.next_try()) {
        due["since"] = json!(rfc3339(since));
    }
    if let Some(window) = decision.window {
        due["window"] = json!({"start": rfc3339(window.start), "end": rfc3339(window.end)});
    }
    if let Some(explanation) = &decision.explanation {
        due["explanation"] = json!(explanation);
    }
    due
}

/// The paths of the files, by the names that an order's document gives them.
fn files(files: &Files) -> Value {
    let paths = files.named();
    let paths = paths.map(|(name, path)| (name.to_owned(), path.to_string_lossy().into()));
    Value::Object(paths.collect())
}

fn health(one: &Certificate) -> Value {
    match &one.condition {
        Condition::New => json!({"state": "new"}),
        Condition::Good => match &one.remark {
            Some(remark) => json!({"state": "good", "why": remark}),
            None => json!({"state": "good"}),
        },
        Condition::Revoked(revocation) => {
            json!({"state": "revoked", "why": revocation.to_string()})
        }
        Condition::Damaged { file, why } => json!({"state": "damaged", "file": file, "why": why}),
        Condition::Unusable(why) => json!({"state": "unusable", "why": why}),
    }
}

/// A state as it is kept.
pub(crate) fn json(state: &impl Serialize) -> Value {
    // Structs of strings, numbers and times, which JSON can always express.
    serde_json::to_value(state).unwrap_or_default()
}
