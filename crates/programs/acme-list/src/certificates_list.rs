//! Lists certificates.

use crate::certificate::{Certificate, Condition};
use crate::certificate_names;
use crate::options::{Chosen, Format, Options};
use crate::table::{self, Table};
use crate::{json, leftovers, output, prometheus, words};
use certificates::{Moment, Store};
use command::message;
use configuration::Certificate as Configured;
use lifecycle::{DeploymentStatus, Reason, Schedule};
use parallel::Workers;
use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;

/// How many certificates are looked at at once: their files are read, which takes turns with what is made of them.
const WORKERS: usize = 4;

/// Writes all certificates that are asked for. Returns whether each is there and can be read.
///
/// # Errors
/// The store cannot be read, or nothing written.
pub(crate) fn list(
    store: &Store,
    path: &Path,
    options: &Options,
    configured: &[Configured],
) -> Result<bool, String> {
    let now = SystemTime::now();
    let Chosen { names, missing } = options.among(certificate_names::all(store, configured)?);
    for name in &missing {
        message::error(&format!("there is no certificate `{name}`"));
    }
    let configured: HashMap<&str, &Configured> =
        configured.iter().map(|one| (&*one.name, one)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let certificates = parallel::map(Workers::new(WORKERS), &names, |name| {
        let configured = configured.get(&**name).copied();
        Certificate::read(store, name, options, configured, now)
    });
    let left = leftovers::find(path);
    match options.format {
        Format::Table => {
            output::print(&in_table(&certificates, now).text(output::width()))?;
            left.say(path);
        }
        Format::Json => {
            let documents = certificates.iter().map(|one| json::certificate(one, &left));
            output::print_documents(documents)?;
        }
        Format::Prometheus => output::write(
            &prometheus::text(&certificates, left.count()),
            options.output.as_deref(),
        )?,
    }
    let is_well = |one: &Certificate| matches!(one.condition, Condition::Good | Condition::New);
    Ok(missing.is_empty() && left.is_known() && certificates.iter().all(is_well))
}

fn in_table(certificates: &[Certificate], now: SystemTime) -> Table {
    let mut table = Table::new(&[
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
    ]);
    for one in certificates {
        table.row([
            one.name.clone(),
            names(one),
            valid_until(one, now),
            due(one, now),
            of_known(one, |known| known.key_type.clone()),
            of_known(one, |known| known.directory.as_deref().map(words::host)),
            last_run(one),
            deployed(one),
            state(one, now).to_owned(),
            remarks(one),
        ]);
    }
    table
}

fn of_known(one: &Certificate, get: impl Fn(&lifecycle::Known) -> Option<String>) -> String {
    one.known
        .as_ref()
        .and_then(get)
        .unwrap_or_else(|| table::NOTHING.to_owned())
}

/// The first of its names, and how many more there are.
fn names(one: &Certificate) -> String {
    match one.names() {
        [] => table::NOTHING.to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

fn valid_until(one: &Certificate, now: SystemTime) -> String {
    of_known(one, |known| {
        let end = known.not_after?;
        Some(format!("{} ({})", words::day(end), words::until(now, end)))
    })
}

fn due(one: &Certificate, now: SystemTime) -> String {
    let Some(decision) = &one.decision else {
        return table::NOTHING.to_owned();
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
        _ => table::NOTHING.to_owned(),
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
        (None, None) => table::NOTHING.to_owned(),
    }
}

fn deployed(one: &Certificate) -> String {
    let targets = &one.deployments.targets;
    if targets.is_empty() {
        return table::NOTHING.to_owned();
    }
    let is_done = |target: &&lifecycle::Deployment| {
        target.status == DeploymentStatus::Done && Some(&target.version) == one.version.as_ref()
    };
    let done = targets.iter().filter(is_done).count();
    format!("{done} of {}", targets.len())
}

fn state(one: &Certificate, now: SystemTime) -> &'static str {
    let validity = one.known.as_ref().and_then(lifecycle::Known::validity);
    match (&one.condition, validity.map(|validity| validity.at(now))) {
        (Condition::Unusable(_), _) => "unusable",
        (Condition::Damaged { .. }, _) => "damaged",
        (Condition::New, _) => "none yet",
        (Condition::Good, Some(Moment::Late)) => "expired",
        (Condition::Good, Some(Moment::Early)) => "not valid yet",
        (Condition::Good, _) => "good",
    }
}

/// What a person has to look at: faults first, then what failed, then why it is due.
fn remarks(one: &Certificate) -> String {
    let mut remarks = Vec::new();
    match &one.condition {
        Condition::Good | Condition::New => {}
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
        && matches!(one.condition, Condition::Good | Condition::New)
        && !matches!(decision.reason, Reason::NotYet { .. })
    {
        remarks.push(decision.reason.to_string());
    }
    remarks.join("; ")
}
