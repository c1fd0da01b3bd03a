//! Removes records, and tries again where that fails.

use crate::gone::{gone, has_been_visible};
use crate::options::Config;
use crate::protocol::{Action, Arguments, UserProgram, is_permanent};
use crate::schedule::{Called, Overlap, Task, Waits, work_off};
use command::text::sentence;
use command::{Stop, message};
use pipeline::catalogue::challenge::CLEANUP;
use pipeline::{Challenge, CleanedUp, Outcome, Outcomes, Problem, types, value};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// The pauses between tries: a DNS server may be restarting, an interface may limit the rate of calls.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

/// What it takes to remove records.
pub(crate) struct Removal<'a> {
    /// The challenge with this index.
    pub(crate) challenge: &'a (dyn Fn(usize) -> Challenge + Sync),
    /// The program that removes its record.
    pub(crate) program: &'a (dyn Fn(usize) -> UserProgram + Sync),
    /// Whether its record is still to be removed: a run that has begun meanwhile may need it.
    pub(crate) is_left: &'a (dyn Fn(usize) -> bool + Sync),
    /// Called as soon as its record is removed.
    pub(crate) removed: &'a (dyn Fn(usize) + Sync),
    pub(crate) config: &'a Config,
    pub(crate) stop: &'a Stop,
}

/// What became of challenges, by their index, and how long that took.
type Results = Vec<(usize, (Result<(), Problem>, Duration))>;

impl Removal<'_> {
    /// Removes records with a call for each.
    pub(crate) fn one_by_one(&self, tasks: Vec<Task>) -> Outcomes {
        let Some(first) = tasks.first() else {
            return Outcomes::new();
        };
        let overlap = Overlap::of(&(self.program)(first.index));
        self.until_gone(tasks, |tasks| {
            work_off(tasks, overlap, |task| {
                let began = Instant::now();
                let result = self.call(task);
                if result.is_ok() {
                    (self.removed)(task.index);
                }
                (result, began.elapsed())
            })
        })
    }

    /// Removes records with a call of one program for each zone.
    pub(crate) fn in_batches(&self, tasks: Vec<Task>) -> Outcomes {
        self.until_gone(tasks, |tasks| {
            let began = Instant::now();
            let results = self.call_batches(&tasks);
            let removed = results.iter().filter(|(_, result)| result.is_ok());
            removed.for_each(|(index, _)| (self.removed)(*index));
            let timed = results
                .into_iter()
                .map(|(index, result)| (index, (result, began.elapsed())));
            timed.collect()
        })
    }

    /// Makes these calls, and with growing pauses those again that fail, as long as the records are still there and to be removed:
    /// a server that is down costs all of them together no more time than one. Nothing comes back of what is not to be removed any
    /// more.
    fn until_gone(&self, mut tasks: Vec<Task>, call: impl Fn(Vec<Task>) -> Results) -> Outcomes {
        let mut outcomes = Outcomes::new();
        let mut pauses = PAUSES.iter();
        let mut spent: HashMap<usize, Duration> = HashMap::new();
        loop {
            tasks.retain(|task| (self.is_left)(task.index));
            if tasks.is_empty() {
                return outcomes;
            }
            let called = tasks.iter().map(|task| (task.index, task.clone()));
            let mut called: BTreeMap<usize, Task> = called.collect();
            let mut results = call(std::mem::take(&mut tasks));
            self.forgive(&mut results, &called);
            let pause = pauses.next();
            for (index, (result, took)) in results {
                let Some(task) = called.remove(&index) else {
                    continue;
                };
                let spent = spent.entry(index).or_default();
                *spent += took;
                match (result, pause) {
                    (Err(problem), Some(pause)) if !(self.program)(index).is_in_vain(&problem) => {
                        tell_of_retry(&task.arguments, &problem, *pause);
                        *spent += *pause;
                        tasks.push(task);
                    }
                    (result, _) => {
                        outcomes.push((index, self.outcome(&task.arguments, result, *spent)));
                    }
                }
            }
            if let (false, Some(pause)) = (tasks.is_empty(), pause) {
                let _ = self.stop.sleep(*pause);
            }
        }
    }

    /// Asks once more when the call could be made: nobody else makes one at the zone then, and who needs the record says so before
    /// it asks for its own.
    fn is_wanted(&self, task: &Task) -> Result<(), Problem> {
        match (self.is_left)(task.index) {
            true => Ok(()),
            false => Err(Problem::new(
                &types::INTERRUPTED,
                "a run that has begun meanwhile may need this record, or another one of its zone",
            )),
        }
    }

    /// Makes a call, and makes it again where a signal came meanwhile: whoever sent that to all processes, as systemd does,
    /// sent it to the user's program too, and some end then with status 0 although they have done nothing, as nsupdate
    /// does.
    fn call(&self, task: &Task) -> Result<(), Problem> {
        let schedule = &self.config.schedule;
        let program = (self.program)(task.index);
        let overlap = Overlap::of(&program);
        let _permit = schedule.wait_to_remove(task.zone(), overlap, self.stop)?;
        self.is_wanted(task)?;
        loop {
            let began = Instant::now();
            program.call(Action::Cleanup, &task.arguments)?;
            if !self.stop.has_heard_since(began) {
                return Ok(());
            }
        }
    }

    /// Makes a call per zone, and makes them again where a signal came meanwhile.
    fn call_batches(&self, tasks: &[Task]) -> Vec<(usize, Result<(), Problem>)> {
        let Config {
            batches, schedule, ..
        } = self.config;
        let Some(first) = tasks.first() else {
            return Vec::new();
        };
        let program = (self.program)(first.index);
        loop {
            let (began, all) = (Instant::now(), tasks.to_vec());
            let waits = Waits {
                schedule,
                stop: self.stop,
                is_wanted: &|task| self.is_wanted(task),
            };
            let called = batches.call(&program, Action::Cleanup, all, self.challenge, &waits);
            if !self.stop.has_heard_since(began) {
                let result = |(index, called): (usize, Called)| (index, called.result.map(drop));
                return called.into_iter().map(result).collect();
            }
        }
    }

    /// The challenge's member `cleanup`, and its error where the record is still there.
    fn outcome(
        &self,
        arguments: &Arguments,
        result: Result<(), Problem>,
        elapsed: Duration,
    ) -> Outcome {
        if result.is_ok() {
            let (name, seconds) = (&arguments.record_name, elapsed.as_secs_f64());
            message::detail(&format!("{name}: removed in {seconds:.2} s"));
        }
        let problem = result
            .err()
            .map(|problem| left_behind(arguments, problem, &self.config.journal.path_words()));
        cleaned_up(problem, elapsed)
    }

    /// Takes the failure off records that are gone.
    fn forgive(&self, results: &mut Results, called: &BTreeMap<usize, Task>) {
        let failed = results.iter().filter(|(_, (result, _))| result.is_err());
        let failed = failed.map(|(index, _)| (self.challenge)(*index));
        let gone = gone(failed.filter(has_been_visible));
        for (index, (result, _)) in results {
            if let (Err(problem), Some(task)) = (&result, called.get(index))
                && gone.contains(&task.arguments.key)
            {
                tell_of_absence(&task.arguments, problem);
                *result = Ok(());
                (self.removed)(*index);
            }
        }
    }
}

/// What became of a challenge for which no program can be called.
pub(super) fn not_called(challenge: &Challenge, problem: Problem) -> Outcome {
    match Arguments::of(challenge) {
        Ok(arguments) => cleaned_up(Some(still_there(&arguments, problem)), Duration::ZERO),
        Err(_) => problem.into(),
    }
}

/// The challenge's member `cleanup`.
fn cleaned_up(problem: Option<Problem>, elapsed: Duration) -> Outcome {
    let cleaned_up = CleanedUp {
        at: value::now(),
        seconds: elapsed,
        problem: problem.clone(),
    };
    Outcome::new(&CLEANUP, cleaned_up, problem)
}

fn tell_of_absence(arguments: &Arguments, problem: &Problem) {
    let name = &arguments.record_name;
    message::warning(&format!(
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

/// The problem with what is left, and how to remove it; `path` has the words that say where the journal is.
fn left_behind(arguments: &Arguments, problem: Problem, path: &str) -> Problem {
    let (name, value) = (&arguments.record_name, arguments.key.value());
    let problem = still_there(arguments, problem);
    let why = match &problem.hint {
        Some(hint) => sentence(hint) + " ",
        None => String::new(),
    };
    // Else it would be tried, and would fail, for ever.
    let cannot_start = problem.is(&types::EXEC_START);
    let gives_up = match cannot_start || is_permanent(&problem) {
        true => format!(
            " If it is gone, or nothing can remove it any more, `dns01-exec cleanup --exec true{path} -- {name} {value}` gives it \
             up."
        ),
        false => String::new(),
    };
    let moved = match cannot_start {
        true => " If the program has moved, say with --exec where it is now.",
        false => "",
    };
    let hint = format!(
        "{why}When the cause is gone, remove it with `dns01-exec cleanup --leftovers{path}` or `dns01-exec \
         cleanup{path} -- {name} {value}`.{moved}{gives_up}"
    );
    problem.hint(hint)
}

/// The problem with what is left.
fn still_there(arguments: &Arguments, problem: Problem) -> Problem {
    let (name, value) = (&arguments.record_name, arguments.key.value());
    let detail = format!(
        "{name} TXT \"{value}\" may still be there: {}",
        problem.detail
    );
    Problem { detail, ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use serde_json::json;

    #[test]
    fn a_record_that_is_left_is_named_with_how_to_remove_it() {
        let challenge = json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "v"});
        let arguments = of_json(&challenge).unwrap();
        let problem = Problem::new(&types::EXEC_STATUS, "x exited 1");
        let left = left_behind(&arguments, problem.clone().hint("The server is down."), "");
        assert_eq!(left.kind, "acmepipe:exec:status");
        assert_eq!(
            left.detail,
            "b.test. TXT \"v\" may still be there: x exited 1"
        );
        let how = "When the cause is gone, remove it with `dns01-exec cleanup --leftovers` or `dns01-exec cleanup -- \
                   b.test. v`.";
        assert_eq!(left.hint, Some(format!("The server is down. {how}")));
        // As a program may say it.
        let unended = left_behind(&arguments, problem.clone().hint("fix it"), "");
        assert_eq!(unended.hint, Some(format!("fix it. {how}")));
        let elsewhere = left_behind(&arguments, problem.clone(), " --path /x")
            .hint
            .unwrap();
        assert!(elsewhere.contains("`dns01-exec cleanup --leftovers --path /x`"));
        assert!(elsewhere.contains("`dns01-exec cleanup --path /x -- b.test. v`"));
        assert_eq!(
            left_behind(&arguments, problem.clone(), "").hint.as_deref(),
            Some(how)
        );
        let in_vain = left_behind(&arguments, problem.with("permanent", true), " --path /x");
        let gives_up = "`dns01-exec cleanup --exec true --path /x -- b.test. v` gives it up.";
        assert!(in_vain.hint.is_some_and(|hint| hint.ends_with(gives_up)));
    }
}
