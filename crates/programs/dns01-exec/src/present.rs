//! `present`: the record of each challenge is added, after the journal knows of it.

use crate::again;
use crate::journal;
use crate::options::Config;
use crate::protocol::{Action, Challenge, KEPT_OUTPUT};
use crate::schedule::{Task, call_batches, interrupted, work_off};
use pipeline::{
    Document, Failure, Object, Outcome, Outcomes, Stop, Value, is_deferred, is_open, message, value,
};
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use subprocess::Success;

/// The most of all outputs that goes into one document, in bytes.
const MOST_OUTPUTS: usize = 2 << 20;

/// Presents the document's open challenges. One that fails keeps those after it from being tried: their order is
/// lost, and each would have to be removed again.
pub(crate) fn document(document: &mut Document, config: &Config, stop: &Stop) -> Outcomes {
    if document.has_error() && !again::revive(document) {
        return Outcomes::new();
    }
    let (tasks, mut outcomes) = read(document, config);
    let unreadable = outcomes
        .iter()
        .any(|(_, outcome)| outcome.failure.is_some());
    if unreadable || (tasks.is_empty() && outcomes.is_empty()) {
        return outcomes;
    }
    if let Some(reason) = stop.reason() {
        let late = |task: &Task| (task.index, Err(interrupted(reason)).into());
        return tasks.iter().map(late).collect();
    }
    let recorded = tasks.iter().map(|task| document.challenge(task.index));
    let mark = match config.journal.record(recorded, &config.program) {
        Ok(id) => Mark {
            at: value::now(),
            journal: id,
        },
        Err(failure) => {
            outcomes.extend(
                tasks
                    .iter()
                    .map(|task| (task.index, Err(failure.clone()).into())),
            );
            return outcomes;
        }
    };
    let mut presented: Outcomes = if config.program.batch {
        call_batches(
            &config.program,
            Action::Present,
            tasks,
            &|index| document.challenge(index),
            &config.schedule,
            stop,
        )
        .into_iter()
        .map(|(index, result)| (index, mark.outcome(config, result, KEPT_OUTPUT)))
        .collect()
    } else {
        one_by_one(tasks, document, config, stop, &mark)
    };
    // Nothing to remove for those that were never tried.
    let tried = |outcome: &Outcome| outcome.members.contains_key("present");
    let untried = presented.iter().filter(|(_, outcome)| !tried(outcome));
    let untried: Vec<Value> = untried
        .map(|(index, _)| journal::key(&document.challenge(*index)))
        .collect();
    if !untried.is_empty() {
        // Where that fails they stay in the journal, and a later clean-up finds nothing to remove.
        let _ = config.journal.forget(&mark.journal, &untried);
    }
    let propagation = config.propagation.member();
    for (_, outcome) in presented.iter_mut().filter(|(_, outcome)| tried(outcome)) {
        let propagation = Value::Object(propagation.clone());
        outcome.members.insert("propagation".into(), propagation);
    }
    outcomes.extend(presented);
    for (_, outcome) in &mut outcomes {
        outcome.stale = &["deferred", "cleanup", "propagated"];
    }
    outcomes
}

/// The challenges to present now, and what is to be said of the others that are open.
fn read(document: &Document, config: &Config) -> (Vec<Task>, Outcomes) {
    let (mut tasks, mut outcomes) = (Vec::new(), Vec::new());
    let mut names = HashSet::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !is_open(&challenge) && !is_deferred(&challenge) {
            continue;
        }
        let read = Challenge::read(&challenge)
            .and_then(|challenge| config.program.check(&challenge).map(|()| challenge));
        match read {
            Ok(challenge) => {
                let first = names.insert(challenge.effective_fqdn.to_ascii_lowercase());
                if first || !config.one_per_name {
                    tasks.push(Task { index, challenge });
                } else {
                    let name = challenge.effective_fqdn;
                    let why = json!(format!(
                        "{name} holds one value at a time: present it in a second round"
                    ));
                    let members = Object::from_iter([("deferred".to_owned(), why)]);
                    outcomes.push((index, Ok(members).into()));
                }
            }
            Err(failure) => outcomes.push((index, Err(failure).into())),
        }
    }
    (tasks, outcomes)
}

fn one_by_one(
    tasks: Vec<Task>,
    document: &Document,
    config: &Config,
    stop: &Stop,
    mark: &Mark,
) -> Outcomes {
    let failed = AtomicBool::new(false);
    let keep = KEPT_OUTPUT.min(MOST_OUTPUTS / tasks.len().max(1));
    work_off(tasks, &config.schedule, |task| {
        let _permit = match config.schedule.wait(task.zone(), stop) {
            Ok(permit) => permit,
            Err(failure) => return Err(failure).into(),
        };
        if let Some(reason) = stop.reason() {
            return Err(interrupted(reason)).into();
        }
        if failed.load(Ordering::Relaxed) {
            return Outcome::default();
        }
        let result = config.program.call(Action::Present, &task.challenge);
        failed.fetch_or(result.is_err(), Ordering::Relaxed);
        if let Ok(ended) = &result {
            let (fqdn, seconds) = (&task.challenge.effective_fqdn, ended.elapsed.as_secs_f64());
            message::detail(&format!("{fqdn}: presented in {seconds:.2} s"));
        }
        let outcome = mark.outcome(config, result, keep);
        if let Some(output) = outcome.members["present"]
            .get("output")
            .and_then(Value::as_str)
        {
            let key = journal::key(&document.challenge(task.index));
            let kept = config.journal.keep_output(&mark.journal, &key, output);
            if let Err(error) = kept {
                message::complain(&format!(
                    "the journal lacks what the program printed: {error}"
                ));
            }
        }
        outcome
    })
}

/// What all records presented for a document have in common.
struct Mark {
    at: String,
    journal: String,
}

impl Mark {
    /// The challenge's `present` member, also where the program failed: it may have added the record before it did.
    fn outcome(&self, config: &Config, result: Result<Success, Failure>, keep: usize) -> Outcome {
        let mut present = Object::new();
        present.insert(
            "program".into(),
            json!(config.program.path.to_string_lossy()),
        );
        present.insert("at".into(), json!(self.at));
        if let Ok(ended) = &result {
            present.insert("seconds".into(), value::seconds(ended.elapsed));
            let output = String::from_utf8_lossy(&ended.stdout);
            // As text, since what is no UTF-8 takes more room there; and as a shell's $(…) would have it.
            let output = beginning(&output, keep).trim_end_matches('\n');
            if !output.is_empty() {
                present.insert("output".into(), json!(output));
            }
        }
        present.insert("journal".into(), json!(self.journal));
        let members = Object::from_iter([("present".to_owned(), Value::Object(present))]);
        Outcome::new(members, result.err())
    }
}

/// So many bytes of a text at most, and whole characters.
fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
