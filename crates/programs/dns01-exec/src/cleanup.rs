//! `cleanup`: removes what was presented, whether or not its document has failed.

mod known;
mod removal;

use crate::journal::{Arrived, wait_for_calls_to_end};
use crate::options::Config;
use crate::protocol::UserProgram;
use crate::schedule::{Task, side_by_side};
use command::{Stop, message};
use known::Known;
use pipeline::{Challenge, Document, Key, Kind, Outcomes, Presented};
use std::collections::HashMap;
use std::path::Path;

pub(crate) use known::still_known;
pub(crate) use removal::Removal;

/// Removes what was presented for the challenges of these documents, side by side, and says what is left: nobody takes the
/// documents that could tell.
pub(crate) fn all(documents: &[Document], config: &Config, stop: &Stop) {
    let arrived = Arrived::default();
    side_by_side(documents.len(), documents.len(), |number| {
        let outcomes = document(&documents[number], config, &arrived, stop);
        for problem in outcomes
            .iter()
            .filter_map(|(_, done)| done.problem.as_ref())
        {
            message::error(&problem.to_string());
        }
    });
}

/// Removes what was presented for the document's challenges and is not removed yet, and notes in `arrived` that their
/// document came this far.
pub(crate) fn document(
    document: &Document,
    config: &Config,
    arrived: &Arrived,
    stop: &Stop,
) -> Outcomes {
    let is_alone = *document.kind() == Kind::Challenge;
    let (mut tasks, mut presented) = (Vec::new(), Vec::new());
    let mut outcomes = Outcomes::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !is_to_remove(&challenge, is_alone) {
            continue;
        }
        if is_alone {
            wait_for_calls(&challenge, config);
        }
        match config.program.arguments(&challenge) {
            Ok(arguments) => {
                arrived.add(&challenge);
                presented.push(challenge.presented());
                tasks.push(Task::new(index, arguments));
            }
            Err(problem) => outcomes.push((index, problem.into())),
        }
    }
    let known = Known::of(&tasks, &presented, config);
    let program = as_presented(&config.program, &presented);
    let keys = tasks
        .iter()
        .map(|task| (task.index, task.arguments.key.clone()));
    let keys: HashMap<usize, Key> = keys.collect();
    let removal = Removal {
        challenge: &|index| document.challenge(index),
        program: &|_| program.clone(),
        removed: &|_| {},
        config,
        stop,
    };
    outcomes.extend(match program.batch {
        true => removal.in_batches(tasks),
        false => removal.one_by_one(tasks),
    });
    let removed = outcomes.iter().filter(|(_, done)| done.problem.is_none());
    known.forget(removed.filter_map(|(index, _)| keys.get(index).cloned()));
    let failed = outcomes
        .iter_mut()
        .filter(|(_, done)| done.problem.is_some());
    for (index, outcome) in failed {
        let challenge = document.challenge(*index);
        // The first cause is what a person has to know; that the record is left stands in `cleanup`.
        if challenge.has_error()
            && let Some(problem) = outcome.problem.take()
        {
            message::error(&format!("{}: {problem}", challenge.label()));
        }
    }
    outcomes
}

/// The program as it was called to present challenges that say this: what it said of itself then holds now, too, where options do
/// not say otherwise.
fn as_presented(program: &UserProgram, presented: &[Option<Presented>]) -> UserProgram {
    let is_same = |one: &&Presented| one.program.as_deref().map(Path::new) == Some(&program.path);
    let by_it = || presented.iter().map(|one| one.as_ref().filter(is_same));
    let is_batch = |one: Option<&Presented>| one.is_some_and(|one| one.batch);
    let jobs = by_it().flatten().find_map(|one| one.jobs);
    UserProgram {
        batch: program.batch || (!presented.is_empty() && by_it().all(is_batch)),
        jobs: program.jobs.or(jobs),
        ..program.clone()
    }
}

/// Whether there is a record to remove: one was presented; or the challenge is open and a document of its own, so that
/// the caller asks for just that.
fn is_to_remove(challenge: &Challenge, is_alone: bool) -> bool {
    !challenge.is_cleaned_up() && (challenge.is_presented() || (is_alone && challenge.is_open()))
}

/// Waits until no call to present this record is under way any more. A document that came through a pipeline tells that
/// its call has ended; of any other, the one that made the call may have been killed.
fn wait_for_calls(challenge: &Challenge, config: &Config) {
    let has_been_through = |presented: Presented| presented.journal.is_some();
    if challenge.presented().is_some_and(has_been_through) {
        return;
    }
    // Where the journal cannot be read, the record can be removed all the same.
    if let Ok(Some(entry)) = config.journal.find(&challenge.key()) {
        wait_for_calls_to_end(&entry.owner, config.program.time_to_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_program_said_when_it_presented_holds_for_its_records() {
        let presented = |program: &str, more: &str| {
            let present = format!(r#"{{"present": {{"program": "{program}"{more}}}}}"#);
            let object: pipeline::Object = serde_json::from_str(&present).unwrap();
            Challenge::from(object)
        };
        let batch = || presented("/x", r#", "batch": true"#);
        let jobs = || presented("/x", r#", "jobs": 8"#);
        let other = || presented("/y", r#", "batch": true, "jobs": 9"#);
        for (challenges, given, expected) in [
            (vec![], None, (false, None)),
            (vec![batch(), batch()], None, (true, None)),
            (vec![batch(), jobs()], None, (false, Some(8))),
            (vec![jobs()], Some(2), (false, Some(2))),
            (vec![batch(), other()], None, (false, None)),
            (vec![other()], None, (false, None)),
        ] {
            let program = UserProgram {
                path: "/x".into(),
                raw: false,
                double_dash: false,
                batch: false,
                jobs: given,
                time_limit: std::time::Duration::ZERO,
            };
            let presented: Vec<_> = challenges.iter().map(Challenge::presented).collect();
            let program = as_presented(&program, &presented);
            assert_eq!((program.batch, program.jobs), expected);
        }
    }

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
            let members = challenge.as_object().unwrap().clone();
            let read = Challenge::from(members);
            assert_eq!(is_to_remove(&read, false), in_order, "{challenge}");
            assert_eq!(is_to_remove(&read, true), alone, "{challenge}");
        }
    }
}
