//! `cleanup`: removes what was presented, whether or not its document has failed.

mod known;
mod programs;
mod removal;

use crate::journal::{Arrived, Entry, in_use, wait_for_calls_to_end};
use crate::options::Config;
use crate::protocol::{Arguments, UserProgram};
use crate::schedule::{Task, side_by_side};
use command::{Stop, message};
use known::Known;
use pipeline::{Challenge, Document, Key, Kind, Outcomes, Problem};
use programs::Programs;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

pub(crate) use known::still_known;
pub(crate) use removal::Removal;
use removal::not_called;

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
    let challenges = document.challenges().enumerate();
    let challenges: BTreeMap<usize, Challenge> = challenges
        .filter(|(_, challenge)| is_to_remove(challenge, is_alone))
        .map(|(index, challenge)| match is_alone {
            true => (index, once_called(challenge, config)),
            false => (index, challenge),
        })
        .collect();
    let programs = Programs::of(challenges.values(), config);
    let (mut tasks, mut called) = (Vec::new(), HashMap::new());
    let (mut files, mut outcomes) = (Vec::new(), Outcomes::new());
    for (index, challenge) in &challenges {
        match call_for(challenge, &programs) {
            Ok((program, arguments)) => {
                arrived.add(challenge);
                files.push(challenge.presented().and_then(|known| known.journal));
                called.insert(*index, program);
                tasks.push(Task::new(*index, arguments));
            }
            Err(problem) => outcomes.push((*index, not_called(challenge, problem))),
        }
    }
    let in_use = in_use();
    let known = Known::of(&tasks, files, config, |entry| {
        programs.remove_too(entry, &in_use)
    });
    let keys = tasks
        .iter()
        .map(|task| (task.index, task.arguments.key.clone()));
    let keys: HashMap<usize, Key> = keys.collect();
    let removal = Removal {
        challenge: &|index| challenges[&index].clone(),
        program: &|index| called[&index].clone(),
        removed: &|_| {},
        config,
        stop,
    };
    let (alone, batches) = divide(tasks, &called);
    outcomes.extend(removal.one_by_one(alone));
    for tasks in batches {
        outcomes.extend(removal.in_batches(tasks));
    }
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

/// The program that removes the challenge's record, and what it is called with.
fn call_for(
    challenge: &Challenge,
    programs: &Programs<'_>,
) -> Result<(UserProgram, Arguments), Problem> {
    let program = programs.for_challenge(challenge)?;
    let arguments = program.arguments(challenge)?;
    Ok((program, arguments))
}

/// Those to be removed one by one, and those of each program that takes batches.
fn divide(tasks: Vec<Task>, programs: &HashMap<usize, UserProgram>) -> (Vec<Task>, Vec<Vec<Task>>) {
    let mut alone = Vec::new();
    let mut batches = BTreeMap::<PathBuf, Vec<Task>>::new();
    for task in tasks {
        let program = &programs[&task.index];
        match program.batch {
            true => batches.entry(program.path.clone()).or_default().push(task),
            false => alone.push(task),
        }
    }
    (alone, batches.into_values().collect())
}

/// Whether there is a record to remove: one was presented; or the challenge is open and a document of its own, so that
/// the caller asks for just that.
fn is_to_remove(challenge: &Challenge, is_alone: bool) -> bool {
    !challenge.is_cleaned_up() && (challenge.is_presented() || (is_alone && challenge.is_open()))
}

/// The challenge, as soon as no call to present its record is under way any more. A document that came through a pipeline tells
/// that its call has ended; of any other, the one that made the call may have been killed. Where no program is named, it is the
/// challenge as the journal knows it: which program presented it, and where.
fn once_called(mut challenge: Challenge, config: &Config) -> Challenge {
    let presented = challenge.presented().unwrap_or_default();
    if presented.journal.is_some() && presented.began.is_some() {
        return challenge;
    }
    // Where the journal cannot be read, a program that is named can remove the record all the same.
    let known = config.journal.find(&challenge.key()).unwrap_or_default();
    let is_own = |entry: &&Entry| presented.journal.as_ref() == Some(&entry.id);
    let Some(entry) = known.iter().find(is_own).or(known.first()) else {
        return challenge;
    };
    wait_for_calls_to_end(&entry.owner, config.program.time_to_end());
    if presented.journal.is_none() && !config.is_program_named() {
        challenge.extend(entry.described().into());
    }
    challenge
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
