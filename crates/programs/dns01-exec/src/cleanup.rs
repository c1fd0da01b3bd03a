//! `cleanup`: removes what was presented, whether or not its document has failed.

use crate::journal::{self, Arrived};
use crate::options::Config;
use crate::protocol::{Action, Challenge, UserProgram};
use crate::schedule::{Task, call_batches, work_off};
use pipeline::{
    Document, Failure, Kind, Object, Outcome, Outcomes, Stop, Value, has_error, is_open, message,
    value,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The pauses between tries: a DNS server may be restarting, an interface may count calls.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

/// Removes what was presented for the document's challenges and is not removed yet, and remembers whose documents
/// arrived.
pub(crate) fn document(
    document: &Document,
    config: &Config,
    arrived: &Arrived,
    stop: &Stop,
) -> Outcomes {
    let is_alone = *document.kind() == Kind::Challenge;
    let mut tasks = Vec::new();
    let mut outcomes = Outcomes::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !is_to_remove(&challenge, is_alone) {
            continue;
        }
        let read = Challenge::read(&challenge)
            .and_then(|challenge| config.program.check(&challenge).map(|()| challenge));
        match read {
            Ok(challenge) => {
                arrived.add(&challenge);
                tasks.push(Task { index, challenge });
            }
            Err(failure) => outcomes.push((index, Err(failure).into())),
        }
    }
    let program = &config.program;
    if program.batch {
        let object = |index| document.challenge(index);
        outcomes.extend(in_batches(tasks, &object, program, config, stop));
    } else {
        let removed = work_off(tasks, &config.schedule, |task| {
            one(task, program, config, stop)
        });
        outcomes.extend(removed);
    }
    let removed = outcomes.iter().filter(|(_, done)| done.failure.is_none());
    forget(removed.map(|(index, _)| document.challenge(*index)), config);
    for (index, outcome) in &mut outcomes {
        let challenge = document.challenge(*index);
        // The first cause is what a person has to know; that the record is left stands in `cleanup`.
        if has_error(&challenge)
            && let Some(failure) = outcome.failure.take()
        {
            message::complain(&format!("{}: {failure}", name(&challenge)));
        }
    }
    outcomes
}

/// Whether there is a record to remove: one was presented; or nothing says so, and the challenge is open and a document
/// of its own, so that asking to remove it is a wish of its own.
fn is_to_remove(challenge: &Object, is_alone: bool) -> bool {
    let is_removed = match challenge.get("cleanup") {
        None => false,
        Some(cleanup) => cleanup.get("error").is_none(),
    };
    !is_removed && (challenge.contains_key("present") || (is_alone && is_open(challenge)))
}

/// What to call a challenge when speaking to a person.
fn name(challenge: &Object) -> String {
    value::optional(challenge, "fqdn")
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Takes challenges out of the journal.
fn forget(removed: impl Iterator<Item = Object>, config: &Config) {
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut records = Vec::new();
    for challenge in removed {
        let file = challenge
            .get("present")
            .and_then(|present| present.get("journal"));
        if let Some(file) = file.and_then(Value::as_str) {
            let keys = files.entry(file.to_owned()).or_default();
            keys.push(journal::key(&challenge));
        }
        records.extend(Challenge::read(&challenge));
    }
    let mut forgotten = Ok(());
    for (file, keys) in files {
        forgotten = forgotten.and(config.journal.forget(&file, &keys));
    }
    let forgotten = forgotten.and_then(|()| config.journal.forget_everywhere(&records));
    if let Err(error) = forgotten {
        message::complain(&format!("the journal still has what was removed: {error}"));
    }
}

/// Removes one record, and tries again with growing pauses where that fails.
pub(crate) fn one(task: &Task, program: &UserProgram, config: &Config, stop: &Stop) -> Outcome {
    let start = Instant::now();
    let mut pauses = PAUSES.iter();
    loop {
        let result = match config.schedule.wait(task.zone(), stop) {
            Ok(_permit) => program.call(Action::Cleanup, &task.challenge).map(drop),
            Err(failure) => Err(failure),
        };
        match (result, pauses.next()) {
            (Err(failure), Some(pause)) => {
                tell_of_retry(&task.challenge, &failure, *pause);
                let _ = stop.sleep(*pause);
            }
            (result, _) => return outcome(&task.challenge, result, start),
        }
    }
}

/// Removes records with a call per zone, and tries those again with growing pauses for which that fails. `object` has
/// the challenge in this place of the document.
pub(crate) fn in_batches(
    mut tasks: Vec<Task>,
    object: &(dyn Fn(usize) -> Object + Sync),
    program: &UserProgram,
    config: &Config,
    stop: &Stop,
) -> Outcomes {
    let start = Instant::now();
    let mut outcomes = Vec::new();
    let mut pauses = PAUSES.iter();
    while !tasks.is_empty() {
        let challenges: BTreeMap<usize, Challenge> = tasks
            .iter()
            .map(|task| (task.index, task.challenge.clone()))
            .collect();
        let schedule = &config.schedule;
        let results = call_batches(program, Action::Cleanup, tasks, object, schedule, stop);
        let pause = pauses.next();
        tasks = Vec::new();
        for (index, result) in results {
            let Some(challenge) = challenges.get(&index) else {
                continue;
            };
            match (result.map(drop), pause) {
                (Err(failure), Some(pause)) => {
                    tell_of_retry(challenge, &failure, *pause);
                    tasks.push(Task {
                        index,
                        challenge: challenge.clone(),
                    });
                }
                (result, _) => outcomes.push((index, outcome(challenge, result, start))),
            }
        }
        if let (false, Some(pause)) = (tasks.is_empty(), pause) {
            let _ = stop.sleep(*pause);
        }
    }
    outcomes
}

fn tell_of_retry(challenge: &Challenge, failure: &Failure, pause: Duration) {
    let fqdn = &challenge.effective_fqdn;
    let pause = pause.as_secs();
    message::note(&format!(
        "{fqdn}: {}; trying again in {pause} s",
        failure.detail
    ));
}

/// The challenge's member `cleanup`, and its error where the record is still there.
fn outcome(challenge: &Challenge, result: Result<(), Failure>, start: Instant) -> Outcome {
    if result.is_ok() {
        let (fqdn, seconds) = (&challenge.effective_fqdn, start.elapsed().as_secs_f64());
        message::detail(&format!("{fqdn}: removed in {seconds:.2} s"));
    }
    let mut cleanup = Object::new();
    cleanup.insert("at".into(), json!(value::now()));
    cleanup.insert("seconds".into(), value::seconds(start.elapsed()));
    let failure = result.err().map(|failure| left_behind(challenge, failure));
    if let Some(failure) = &failure {
        cleanup.insert("error".into(), failure.to_value());
    }
    let members = Object::from_iter([("cleanup".to_owned(), Value::Object(cleanup))]);
    Outcome::new(members, failure)
}

/// The failure with what is left, and how to remove it.
fn left_behind(challenge: &Challenge, failure: Failure) -> Failure {
    let (fqdn, value) = challenge.key();
    let detail = format!(
        "{fqdn} TXT \"{value}\" may still be there: {}",
        failure.detail
    );
    let why = match &failure.hint {
        Some(hint) => format!("{hint} "),
        None => String::new(),
    };
    let hint = format!(
        "{why}When the cause is gone, remove it with `dns01-exec cleanup --leftovers` or `dns01-exec cleanup -- \
         {fqdn} {value}`."
    );
    Failure { detail, ..failure }.hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_presented_and_not_removed_is_to_be_removed() {
        let failed = json!({"error": {"type": "x"}});
        for (challenge, in_order, alone) in [
            (json!({"present": {}}), true, true),
            (json!({"present": {}, "error": {}}), true, true),
            (json!({"present": {}, "status": "valid"}), true, true),
            (json!({"present": {}, "cleanup": {}}), false, false),
            (json!({"present": {}, "cleanup": failed}), true, true),
            (json!({"cleanup": failed}), false, true),
            // Nothing says that it was presented.
            (json!({}), false, true),
            (json!({"error": {}}), false, false),
            (json!({"status": "valid"}), false, false),
            (json!({"deferred": "why"}), false, false),
            (json!({"cleanup": {}}), false, false),
        ] {
            let object = challenge.as_object().unwrap();
            assert_eq!(is_to_remove(object, false), in_order, "{challenge}");
            assert_eq!(is_to_remove(object, true), alone, "{challenge}");
        }
    }

    #[test]
    fn a_record_that_is_left_is_named_with_how_to_remove_it() {
        let challenge = json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "v"});
        let challenge = Challenge::read(challenge.as_object().unwrap()).unwrap();
        let failure = Failure::new("acmepipe:exec:status", "x exited 1");
        let left = left_behind(&challenge, failure.clone().hint("The server is down."));
        assert_eq!(left.kind, "acmepipe:exec:status");
        assert_eq!(
            left.detail,
            "b.test. TXT \"v\" may still be there: x exited 1"
        );
        let how = "When the cause is gone, remove it with `dns01-exec cleanup --leftovers` or `dns01-exec cleanup -- \
                   b.test. v`.";
        assert_eq!(left.hint, Some(format!("The server is down. {how}")));
        assert_eq!(left_behind(&challenge, failure).hint.as_deref(), Some(how));
    }
}
