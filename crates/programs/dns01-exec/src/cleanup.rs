//! `cleanup`: removes what was presented, whether or not its document has failed.

use crate::gone::gone;
use crate::journal::{Arrived, wait_for_calls_to_end};
use crate::options::Config;
use crate::protocol::{Action, Arguments, UserProgram};
use crate::schedule::{Called, Task, work_off};
use command::{Stop, message};
use pipeline::catalogue::challenge::CLEANUP;
use pipeline::{
    Challenge, CleanedUp, Document, Key, Kind, Outcome, Outcomes, Presented, Problem, value,
};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::time::{Duration, Instant};

/// The pauses between tries: a DNS server may be restarting, an interface may limit the rate of calls.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

/// Removes what was presented for the document's challenges and is not removed yet, and notes in `arrived` that their
/// document came this far.
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
        if is_alone {
            wait_for_calls(&challenge, config);
        }
        match config.program.arguments(&challenge) {
            Ok(arguments) => {
                arrived.add(arguments.key.clone());
                tasks.push(Task { index, arguments });
            }
            Err(problem) => outcomes.push((index, problem.into())),
        }
    }
    let removal = Removal {
        challenge: &|index| document.challenge(index),
        program: &config.program,
        config,
        stop,
    };
    if config.program.batch {
        outcomes.extend(removal.in_batches(tasks));
    } else {
        outcomes.extend(work_off(tasks, &config.schedule, |task| removal.one(task)));
    }
    let removed = outcomes.iter().filter(|(_, done)| done.problem.is_none());
    forget(removed.map(|(index, _)| document.challenge(*index)), config);
    for (index, outcome) in &mut outcomes {
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

/// Takes challenges out of the journal.
fn forget(removed: impl Iterator<Item = Challenge>, config: &Config) {
    let mut files: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    let mut records = HashSet::new();
    for challenge in removed {
        let presented = challenge.presented().unwrap_or_default();
        if let Some(file) = presented.journal {
            files.entry(file).or_default().push(challenge.key());
        }
        records.insert(challenge.key());
    }
    if records.is_empty() {
        return;
    }
    let mut forgotten = Ok(());
    for (file, keys) in files {
        forgotten = forgotten.and(config.journal.forget(&file, &keys));
    }
    let forgotten = forgotten.and_then(|()| config.journal.forget_everywhere(&records));
    if let Err(error) = forgotten {
        message::error(&still_known(&error));
    }
}

/// What is said where a record was removed, and cannot be taken out of the journal.
pub(crate) fn still_known(error: &io::Error) -> String {
    format!(
        "what was removed may still be in the journal, so that `cleanup --leftovers` removes it once more: {error}"
    )
}

/// What it takes to remove records.
pub(crate) struct Removal<'a> {
    /// The challenge with this index.
    pub(crate) challenge: &'a (dyn Fn(usize) -> Challenge + Sync),
    pub(crate) program: &'a UserProgram,
    pub(crate) config: &'a Config,
    pub(crate) stop: &'a Stop,
}

impl Removal<'_> {
    /// Removes one record, and tries again with growing pauses where that fails and the record is still there.
    pub(crate) fn one(&self, task: &Task) -> Outcome {
        let start = Instant::now();
        let mut pauses = PAUSES.iter();
        loop {
            let mut result = self.call(task);
            if let Err(problem) = &result
                && !gone(std::iter::once((self.challenge)(task.index))).is_empty()
            {
                tell_of_absence(&task.arguments, problem);
                result = Ok(());
            }
            match (result, pauses.next()) {
                (Err(problem), Some(pause)) if !self.program.cannot_be_run(&problem) => {
                    tell_of_retry(&task.arguments, &problem, *pause);
                    let _ = self.stop.sleep(*pause);
                }
                (result, _) => return outcome(&task.arguments, result, start),
            }
        }
    }

    fn call(&self, task: &Task) -> Result<(), Problem> {
        let _permit = self.config.schedule.wait(task.zone(), self.stop)?;
        let call = || self.program.call(Action::Cleanup, &task.arguments);
        unless_interrupted(|| call().map(drop), self.stop)
    }

    /// Removes records with a call per zone, and tries those that fail again with growing pauses, where they are still
    /// there.
    pub(crate) fn in_batches(&self, mut tasks: Vec<Task>) -> Outcomes {
        let start = Instant::now();
        let mut outcomes = Vec::new();
        let mut pauses = PAUSES.iter();
        while !tasks.is_empty() {
            let called: BTreeMap<usize, Arguments> = tasks
                .iter()
                .map(|task| (task.index, task.arguments.clone()))
                .collect();
            let mut results = self.call_batches(tasks);
            self.forgive(&mut results, &called);
            let pause = pauses.next();
            tasks = Vec::new();
            for (index, result) in results {
                let Some(arguments) = called.get(&index) else {
                    continue;
                };
                match (result, pause) {
                    (Err(problem), Some(pause)) if !self.program.cannot_be_run(&problem) => {
                        tell_of_retry(arguments, &problem, *pause);
                        tasks.push(Task {
                            index,
                            arguments: arguments.clone(),
                        });
                    }
                    (result, _) => outcomes.push((index, outcome(arguments, result, start))),
                }
            }
            if let (false, Some(pause)) = (tasks.is_empty(), pause) {
                let _ = self.stop.sleep(*pause);
            }
        }
        outcomes
    }

    fn call_batches(&self, tasks: Vec<Task>) -> Results {
        let Config {
            batches, schedule, ..
        } = self.config;
        let (program, challenge, stop) = (self.program, self.challenge, self.stop);
        let call = |tasks| batches.call(program, Action::Cleanup, tasks, challenge, schedule, stop);
        let (began, again) = (Instant::now(), tasks.clone());
        let called = call(tasks);
        if stop.has_heard_since(began) {
            // As with a single call: those that failed are tried again anyway.
            call(again);
        }
        let result = |(index, called): (usize, Called)| (index, called.result.map(drop));
        called.into_iter().map(result).collect()
    }

    /// Takes the failure off records that are gone.
    fn forgive(&self, results: &mut Results, called: &BTreeMap<usize, Arguments>) {
        let failed = results.iter().filter(|(_, result)| result.is_err());
        let gone = gone(failed.map(|(index, _)| (self.challenge)(*index)));
        for (index, result) in results {
            if let (Err(problem), Some(arguments)) = (&result, called.get(index))
                && gone.contains(&arguments.key)
            {
                tell_of_absence(arguments, problem);
                *result = Ok(());
            }
        }
    }
}

/// What became of challenges, by their index.
type Results = Vec<(usize, Result<(), Problem>)>;

/// Makes a call, and makes it once more where a signal came meanwhile: whoever sent that to all processes, as systemd does,
/// sent it to the user's program too, and some end then with status 0 although they have done nothing, as nsupdate does.
fn unless_interrupted(call: impl Fn() -> Result<(), Problem>, stop: &Stop) -> Result<(), Problem> {
    let began = Instant::now();
    call()?;
    if stop.has_heard_since(began)
        && let Err(problem) = call()
    {
        // The first call may have removed the record, and the program may not take it well that there is none.
        message::note(&format!("called again after a signal: {}", problem.detail));
    }
    Ok(())
}

fn tell_of_absence(arguments: &Arguments, problem: &Problem) {
    let name = &arguments.record_name;
    message::note(&format!(
        "{name}: no name server has the value any more, although {}",
        problem.detail
    ));
}

fn tell_of_retry(arguments: &Arguments, problem: &Problem, pause: Duration) {
    let name = &arguments.record_name;
    let pause = pause.as_secs();
    message::note(&format!(
        "{name}: {}; trying again in {pause} s",
        problem.detail
    ));
}

/// The challenge's member `cleanup`, and its error where the record is still there.
fn outcome(arguments: &Arguments, result: Result<(), Problem>, start: Instant) -> Outcome {
    let elapsed = start.elapsed();
    if result.is_ok() {
        let (name, seconds) = (&arguments.record_name, elapsed.as_secs_f64());
        message::detail(&format!("{name}: removed in {seconds:.2} s"));
    }
    let problem = result.err().map(|problem| left_behind(arguments, problem));
    let cleaned_up = CleanedUp {
        at: value::now(),
        seconds: elapsed,
        problem: problem.clone(),
    };
    Outcome::new(&CLEANUP, cleaned_up, problem)
}

/// The problem with what is left, and how to remove it.
fn left_behind(arguments: &Arguments, problem: Problem) -> Problem {
    let (name, value) = (&arguments.record_name, arguments.key.value());
    let detail = format!(
        "{name} TXT \"{value}\" may still be there: {}",
        problem.detail
    );
    let why = match &problem.hint {
        Some(hint) => format!("{hint} "),
        None => String::new(),
    };
    let hint = format!(
        "{why}When the cause is gone, remove it with `dns01-exec cleanup --leftovers` or `dns01-exec cleanup -- \
         {name} {value}`."
    );
    Problem { detail, ..problem }.hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use pipeline::types;
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

    #[test]
    fn a_record_that_is_left_is_named_with_how_to_remove_it() {
        let challenge = json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "v"});
        let arguments = of_json(&challenge).unwrap();
        let problem = Problem::new(&types::EXEC_STATUS, "x exited 1");
        let left = left_behind(&arguments, problem.clone().hint("The server is down."));
        assert_eq!(left.kind, "acmepipe:exec:status");
        assert_eq!(
            left.detail,
            "b.test. TXT \"v\" may still be there: x exited 1"
        );
        let how = "When the cause is gone, remove it with `dns01-exec cleanup --leftovers` or `dns01-exec cleanup -- \
                   b.test. v`.";
        assert_eq!(left.hint, Some(format!("The server is down. {how}")));
        assert_eq!(left_behind(&arguments, problem).hint.as_deref(), Some(how));
    }
}
