//! Certificates as a table for people.

use crate::certificate::{Certificate, Condition};
use crate::words;
use certificates::Moment;
use command::columns;
use lifecycle::{DeploymentStatus, Metadata, Reason, Schedule};
use std::time::SystemTime;

/// The heads of its columns.
pub(crate) const HEADS: [&str; 10] = [
    "NAME",
    "NAMES",
    "VALID UNTIL",
    "DUE",
    "KEY",
    "CA",
    "LAST RUN",
    "DEPLOYED",
    "STATE",
    "REMARKS",
];

/// The cells of a certificate.
pub(crate) fn row(one: &Certificate, now: SystemTime) -> [String; HEADS.len()] {
    [
        one.name.clone(),
        names(one),
        valid_until(one, now),
        due(one, now),
        of_metadata(one, |metadata| metadata.ordered.key_type.clone()),
        of_metadata(one, |metadata| {
            metadata.ordered.directory.as_deref().map(words::host)
        }),
        last_run(one),
        deployed(one),
        state(one, now).to_owned(),
        remarks(one),
    ]
}

fn of_metadata(one: &Certificate, get: impl Fn(&Metadata) -> Option<String>) -> String {
    one.metadata
        .as_ref()
        .and_then(get)
        .unwrap_or_else(|| columns::NOTHING.to_owned())
}

/// The first of its names, and how many more there are.
fn names(one: &Certificate) -> String {
    match one.names() {
        [] => columns::NOTHING.to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

fn valid_until(one: &Certificate, now: SystemTime) -> String {
    of_metadata(one, |metadata| {
        let end = metadata.not_after?;
        Some(format!("{} ({})", words::day(end), words::until(now, end)))
    })
}

fn due(one: &Certificate, now: SystemTime) -> String {
    let Some(decision) = &one.decision else {
        return columns::NOTHING.to_owned();
    };
    let at = decision.at.filter(|_| !decision.is_due);
    match (&decision.reason, at) {
        (Reason::NotYet { schedule, .. }, Some(at)) => format!(
            "{} ({}, {})",
            words::day(at),
            words::until(now, at),
            why(schedule)
        ),
        (_, Some(at)) if at > now => format!("{} ({})", words::day(at), words::until(now, at)),
        _ if decision.is_due => "now".to_owned(),
        _ => columns::NOTHING.to_owned(),
    }
}

fn why(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Window { .. } => "as the CA suggests".to_owned(),
        Schedule::Third => "a third left".to_owned(),
        Schedule::Half => "half left".to_owned(),
        Schedule::Days(days) => format!("{days} days left"),
    }
}

fn last_run(one: &Certificate) -> String {
    match (&one.outcome.failure, one.outcome.succeeded) {
        (Some(failure), _) => format!("failed {}", words::day(failure.at)),
        (None, Some(at)) => format!("done {}", words::day(at)),
        (None, None) => columns::NOTHING.to_owned(),
    }
}

fn deployed(one: &Certificate) -> String {
    let targets = &one.deployments.targets;
    if targets.is_empty() {
        return columns::NOTHING.to_owned();
    }
    let is_done = |target: &&lifecycle::Deployment| {
        target.status == DeploymentStatus::Done && Some(&target.version) == one.version.as_ref()
    };
    let done = targets.iter().filter(is_done).count();
    format!("{done} of {}", targets.len())
}

fn state(one: &Certificate, now: SystemTime) -> &'static str {
    let validity = one.metadata.as_ref().and_then(Metadata::validity);
    match (&one.condition, validity.map(|validity| validity.at(now))) {
        (Condition::Unusable(_), _) => "unusable",
        (Condition::Damaged { .. }, _) => "damaged",
        (Condition::New, _) => "none yet",
        (Condition::Revoked(_), _) => "revoked",
        (Condition::Good, Some(Moment::Late)) => "expired",
        (Condition::Good, Some(Moment::Early)) => "not valid yet",
        (Condition::Good, _) => "good",
    }
}

/// What a person has to look at: faults first, then what failed, then why it is due.
fn remarks(one: &Certificate) -> String {
    let mut remarks = Vec::new();
    match &one.condition {
        // Why it is due says the last of these.
        Condition::Good | Condition::New | Condition::Revoked(_) => {}
        Condition::Damaged { file, why } => remarks.push(format!("{file} {why}")),
        Condition::Unusable(why) => remarks.push(why.clone()),
    }
    remarks.extend(one.remark.clone());
    if let Some(failure) = &one.outcome.failure {
        remarks.push(failure.detail.clone());
    }
    for target in &one.deployments.targets {
        if let (DeploymentStatus::Failed, Some(error)) = (target.status, &target.error) {
            remarks.push(format!("{}: {error}", target.target));
        }
    }
    if let Some(decision) = &one.decision
        && !matches!(
            one.condition,
            Condition::Damaged { .. } | Condition::Unusable(_)
        )
        && !matches!(decision.reason, Reason::NotYet { .. })
    {
        remarks.push(decision.reason.to_string());
    }
    remarks.join("; ")
}
