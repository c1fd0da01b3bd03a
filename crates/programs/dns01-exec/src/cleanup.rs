//! `cleanup`: whatever was presented is removed again, error or not.

use crate::journal;
use crate::options::Settings;
use crate::protocol::{Action, Challenge, UserProgram};
use crate::schedule::{Task, call_batches, work_off};
use pipeline::{
    Document, Failure, Kind, Object, Outcome, Outcomes, Stop, Value, has_error, is_open, message,
    value,
};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The pauses between tries: a DNS server may be restarting, an interface may count calls.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

/// The records whose documents arrived here, removed or not: what the journal holds beside them got lost.
#[derive(Default)]
pub(crate) struct Arrived(Mutex<HashSet<(String, String)>>);

impl Arrived {
    fn add(&self, challenge: &Challenge) {
        let (fqdn, value) = challenge.key();
        self.lock().insert((fqdn.to_owned(), value.to_owned()));
    }

    /// Whether this record's document has arrived.
    pub(crate) fn has(&self, challenge: &Challenge) -> bool {
        let (fqdn, value) = challenge.key();
        self.lock().contains(&(fqdn.to_owned(), value.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes what was presented for the document's challenges and not removed yet.
pub(crate) fn document(document: &Document, settings: &Settings, stop: &Stop) -> Outcomes {
    let alone = *document.kind() == Kind::Challenge;
    let mut tasks = Vec::new();
    let mut outcomes = Outcomes::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !is_to_clean(&challenge, alone) {
            continue;
        }
        let read = Challenge::read(&challenge)
            .and_then(|challenge| settings.program.check(&challenge).map(|()| challenge));
        match read {
            Ok(challenge) => {
                settings.arrived.add(&challenge);
                tasks.push(Task { index, challenge });
            }
            Err(failure) => outcomes.push((index, Err(failure).into())),
        }
    }
    if settings.program.batch {
        outcomes.extend(in_batches(
            tasks,
            &|index| document.challenge(index),
            &settings.program,
            settings,
            stop,
        ));
    } else {
        outcomes.extend(one_by_one(tasks, settings, stop));
    }
    let removed = outcomes.iter().filter(|(_, done)| done.failure.is_none());
    forget(
        removed.map(|(index, _)| document.challenge(*index)),
        settings,
    );
    for (index, outcome) in &mut outcomes {
        if outcome.failure.is_none() {
            continue;
        }
        let challenge = document.challenge(*index);
        // The first cause is what a person has to know; that the record is left stands in `cleanup`.
        if has_error(&challenge)
            && let Some(failure) = outcome.failure.take()
        {
            message::complain(&format!("{}: {failure}", label(&challenge)));
        }
    }
    outcomes
}

/// Whether there is a record to remove: one was presented, or nothing says so and the challenge stands alone and open,
/// where asking to remove it is a wish of its own.
fn is_to_clean(challenge: &Object, alone: bool) -> bool {
    let removed = match challenge.get("cleanup") {
        None => false,
        Some(cleanup) => cleanup.get("error").is_none(),
    };
    !removed && (challenge.contains_key("present") || (alone && is_open(challenge)))
}

fn label(challenge: &Object) -> String {
    value::optional(challenge, "fqdn")
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Takes challenges out of the journal.
fn forget(removed: impl Iterator<Item = Object>, settings: &Settings) {
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut records = Vec::new();
    for challenge in removed {
        let id = challenge
            .get("present")
            .and_then(|present| present.get("journal"));
        if let Some(id) = id.and_then(Value::as_str) {
            let keys = files.entry(id.to_owned()).or_default();
            keys.push(journal::key(&challenge));
        }
        records.extend(Challenge::read(&challenge));
    }
    let mut forgotten = Ok(());
    for (id, keys) in files {
        forgotten = forgotten.and(settings.journal.forget(&id, keys));
    }
    let forgotten = forgotten.and_then(|()| settings.journal.forget_everywhere(&records));
    if let Err(error) = forgotten {
        message::complain(&format!("the journal still has what was removed: {error}"));
    }
}

fn one_by_one(tasks: Vec<Task>, settings: &Settings, stop: &Stop) -> Outcomes {
    work_off(tasks, &settings.schedule, |task| {
        one(task, &settings.program, settings, stop)
    })
}

/// Removes one record, and tries again with growing pauses where that fails.
pub(crate) fn one(task: &Task, program: &UserProgram, settings: &Settings, stop: &Stop) -> Outcome {
    let start = Instant::now();
    let mut pauses = PAUSES.iter();
    loop {
        let result = match settings.schedule.wait(task.zone(), stop) {
            Ok(_permit) => program.call(Action::Cleanup, &task.challenge).map(drop),
            Err(failure) => Err(failure),
        };
        match (result, pauses.next()) {
            (Err(failure), Some(pause)) => {
                again(&task.challenge, &failure, *pause);
                let _ = stop.sleep(*pause);
            }
            (result, _) => return outcome(&task.challenge, result, start),
        }
    }
}

fn again(challenge: &Challenge, failure: &Failure, pause: Duration) {
    let fqdn = &challenge.effective_fqdn;
    let pause = pause.as_secs();
    message::note(&format!(
        "{fqdn}: {}; trying again in {pause} s",
        failure.detail
    ));
}

/// Removes records with a call per zone, and tries again with growing pauses those for which that fails.
pub(crate) fn in_batches(
    mut tasks: Vec<Task>,
    object: &(dyn Fn(usize) -> Object + Sync),
    program: &UserProgram,
    settings: &Settings,
    stop: &Stop,
) -> Outcomes {
    let start = Instant::now();
    let mut outcomes = Vec::new();
    let mut pauses = PAUSES.iter();
    while !tasks.is_empty() {
        let challenges: Vec<(usize, Challenge)> = tasks
            .iter()
            .map(|task| (task.index, task.challenge.clone()))
            .collect();
        let results = call_batches(
            program,
            Action::Cleanup,
            tasks,
            object,
            &settings.schedule,
            stop,
        );
        let pause = pauses.next();
        tasks = Vec::new();
        for (index, result) in results {
            let Some((_, challenge)) = challenges.iter().find(|(place, _)| *place == index) else {
                continue;
            };
            match (result.map(drop), pause) {
                (Err(failure), Some(pause)) => {
                    again(challenge, &failure, *pause);
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

/// The challenge's `cleanup` member, and its error where the record is still there.
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

/// Names what is left, and how to remove it.
fn left_behind(challenge: &Challenge, failure: Failure) -> Failure {
    let (fqdn, value) = challenge.key();
    let why = match &failure.hint {
        Some(hint) => format!("{hint} "),
        None => String::new(),
    };
    let detail = format!(
        "{fqdn} TXT \"{value}\" may still be there: {}",
        failure.detail
    );
    let hint = format!(
        "{why}When the cause is gone: dns01-exec cleanup --leftovers, or dns01-exec cleanup -- {fqdn} {value}"
    );
    Failure { detail, ..failure }.hint(hint)
}
