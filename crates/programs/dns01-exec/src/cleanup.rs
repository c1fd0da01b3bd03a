//! `cleanup`: removes what was presented, whether or not its document has failed.

mod known;
mod programs;
mod removal;

use crate::journal::{Arrived, Call, Entry, in_use, wait_for_calls_to_end};
use crate::options::Config;
use crate::protocol::{Arguments, UserProgram};
use crate::schedule::{Task, side_by_side};
use command::{Stop, message};
use known::Known;
use pipeline::{Challenge, Document, Kind, Outcomes, Problem};
use programs::Programs;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

pub(crate) use known::still_known;
pub(crate) use removal::Removal;
use removal::not_called;

/// Removes what the program presented for the challenges of these documents, side by side, and says what is left: nobody takes
/// the documents that could tell. What another presented is not this one's to remove, and stays in the journal.
pub(crate) fn all(documents: &[Document], config: &Config, stop: &Stop) {
    let arrived = Arrived::default();
    let is_by_it = |challenge: &Challenge| {
        let presented = challenge.presented().unwrap_or_default();
        let by = presented.program.map(PathBuf::from);
        by.is_none_or(|by| by == config.program.path)
    };
    side_by_side(documents.len(), documents.len(), |number| {
        let document = &documents[number];
        let outcomes = those_of(document, is_by_it, config, &arrived, stop);
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
    those_of(document, |_| true, config, arrived, stop)
}

/// Does so for those of the challenges that are to be removed.
fn those_of(
    document: &Document,
    is_meant: impl Fn(&Challenge) -> bool,
    config: &Config,
    arrived: &Arrived,
    stop: &Stop,
) -> Outcomes {
    let is_alone = *document.kind() == Kind::Challenge;
    let challenges = document.challenges().enumerate();
    let mut challenges: BTreeMap<usize, Challenge> = challenges
        .filter(|(_, challenge)| is_to_remove(challenge, is_alone) && is_meant(challenge))
        .collect();
    if is_alone && let Some(challenge) = challenges.remove(&0) {
        challenges.extend((0..).zip(once_called(challenge, config)));
    }
    let programs = Programs::of(challenges.values(), config);
    let (mut tasks, mut called) = (Vec::new(), HashMap::new());
    let (mut calls, mut outcomes) = (HashMap::new(), Outcomes::new());
    let mut files = Vec::new();
    for (index, challenge) in &challenges {
        match call_for(challenge, &programs) {
            Ok((program, arguments)) => {
                arrived.add(challenge);
                let call = Call::new(challenge, &program);
                let file = challenge.presented().and_then(|known| known.journal);
                files.push((call.clone(), file));
                calls.insert(*index, call);
                called.insert(*index, program);
                tasks.push(Task::new(*index, arguments));
            }
            Err(problem) => outcomes.push((*index, not_called(challenge, problem))),
        }
    }
    let in_use = in_use();
    let known = Known::of(files, config, |entry| programs.remove_too(entry, &in_use));
    let removal = Removal {
        challenge: &|index| challenges[&index].clone(),
        program: &|index| called[&index].clone(),
        is_left: &|_| true,
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
    known.forget(removed.filter_map(|(index, _)| calls.get(index).cloned()));
    if is_alone {
        outcomes = of_one(outcomes);
    }
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

/// The challenge of a document of its own, as soon as no call to present its record is under way any more. A document that came
/// through a pipeline tells that its call has ended; of any other, the one that made the call may have been killed.
///
/// One that names no file of the journal is as that knows it. Where no program is named, it is told which one presented it, and
/// those by other programs, at other places and with another output come after it, but for what living runs may need.
fn once_called(mut challenge: Challenge, config: &Config) -> Vec<Challenge> {
    let key = challenge.key();
    let presented = challenge.presented().unwrap_or_default();
    let wait_for = |entry: &Entry| {
        wait_for_calls_to_end(&entry.owner, config.program.time_to_end());
    };
    if let Some(file) = presented.journal {
        if presented.began.is_none() {
            let known = config.journal.entries_of(&[file].into());
            let mut known = known.unwrap_or_default();
            known.retain(|entry| entry.key() == key);
            known.iter().for_each(wait_for);
        }
        return vec![challenge];
    }
    // Where the journal cannot be read, a program that is named can remove the record all the same.
    let mut known = config.journal.find(&key).unwrap_or_default();
    let program = match config.is_program_named() {
        true => Some(config.program.path.clone()),
        false => presented.program.map(PathBuf::from),
    };
    let is_by_it = |entry: &Entry| Some(&entry.program) == program.as_ref();
    if known.iter().any(is_by_it) {
        known.retain(is_by_it);
    }
    let Some((latest, others)) = known.split_first() else {
        return vec![challenge];
    };
    wait_for(latest);
    if config.is_program_named() {
        let as_presented = Call::new(&latest.challenge, &config.program);
        // What it said of itself, that it takes batches for instance, holds for its own.
        challenge.extend(match as_presented == latest.call() {
            true => latest.described().into(),
            false => latest.challenge.clone().into(),
        });
        return vec![challenge];
    }
    challenge.extend(latest.described().into());
    let mut seen = HashSet::from([latest.call()]);
    let in_use = in_use();
    let others = others.iter();
    let others = others.filter(|entry| seen.insert(entry.call()) && !in_use(entry));
    let others = others.inspect(|entry| wait_for(entry));
    let others: Vec<Challenge> = others.map(Entry::described).collect();
    [vec![challenge], others].concat()
}

/// What became of a challenge whose record several programs removed: one that failed is what counts.
fn of_one(outcomes: Outcomes) -> Outcomes {
    let worst = outcomes
        .into_iter()
        .min_by_key(|(index, outcome)| (outcome.problem.is_none(), *index));
    worst.map(|(_, outcome)| (0, outcome)).into_iter().collect()
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
