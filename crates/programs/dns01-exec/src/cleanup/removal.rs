//! Removes records, and tries again where that fails.

use crate::gone::{gone, has_been_visible};
use crate::options::Config;
use crate::protocol::{Action, Arguments, UserProgram};
use crate::schedule::{Called, Task};
use command::{Stop, message};
use pipeline::catalogue::challenge::CLEANUP;
use pipeline::{Challenge, CleanedUp, Outcome, Outcomes, Problem, value};
use std::collections::BTreeMap;
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
            let called = BTreeMap::from([(task.index, &task.arguments)]);
            let mut results = [(task.index, self.call(task))];
            self.forgive(&mut results, &called);
            let [(_, result)] = results;
            match (result, pauses.next()) {
                (Err(problem), Some(pause)) if !self.program.cannot_be_run(&problem) => {
                    tell_of_retry(&task.arguments, &problem, *pause);
                    let _ = self.stop.sleep(*pause);
                }
                (result, _) => return outcome(&task.arguments, result, start),
            }
        }
    }

    /// Makes a call, and makes it once more where a signal came meanwhile: whoever sent that to all processes, as systemd
    /// does, sent it to the user's program too, and some end then with status 0 although they have done nothing, as
    /// nsupdate does.
    fn call(&self, task: &Task) -> Result<(), Problem> {
        let _permit = self.config.schedule.wait(task.zone(), self.stop)?;
        let call = || self.program.call(Action::Cleanup, &task.arguments);
        let began = Instant::now();
        call()?;
        if self.stop.has_heard_since(began) {
            call()?;
        }
        Ok(())
    }

    /// Removes records with a call per zone, and tries those that fail again with growing pauses, where they are still
    /// there.
    pub(crate) fn in_batches(&self, mut tasks: Vec<Task>) -> Outcomes {
        let start = Instant::now();
        let mut outcomes = Vec::new();
        let mut pauses = PAUSES.iter();
        while !tasks.is_empty() {
            let again = std::mem::take(&mut tasks);
            let called = again.iter().map(|task| (task.index, &task.arguments));
            let called: BTreeMap<usize, &Arguments> = called.collect();
            let mut results = self.call_batches(&again);
            self.forgive(&mut results, &called);
            let pause = pauses.next();
            for (index, result) in results {
                let Some(arguments) = called.get(&index) else {
                    continue;
                };
                match (result, pause) {
                    (Err(problem), Some(pause)) if !self.program.cannot_be_run(&problem) => {
                        tell_of_retry(arguments, &problem, *pause);
                        tasks.push(Task {
                            index,
                            arguments: (*arguments).clone(),
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

    /// Makes a call per zone, and the same calls once more where a signal came meanwhile.
    fn call_batches(&self, tasks: &[Task]) -> Vec<(usize, Result<(), Problem>)> {
        let Config {
            batches, schedule, ..
        } = self.config;
        let (program, challenge, stop) = (self.program, self.challenge, self.stop);
        let call = || {
            let tasks = tasks.to_vec();
            let called = batches.call(program, Action::Cleanup, tasks, challenge, schedule, stop);
            let result = |(index, called): (usize, Called)| (index, called.result.map(drop));
            called.into_iter().map(result)
        };
        let began = Instant::now();
        let first = call();
        if stop.has_heard_since(began) {
            return call().collect();
        }
        first.collect()
    }

    /// Takes the failure off records that are gone.
    fn forgive(
        &self,
        results: &mut [(usize, Result<(), Problem>)],
        called: &BTreeMap<usize, &Arguments>,
    ) {
        let failed = results.iter().filter(|(_, result)| result.is_err());
        let failed = failed.map(|(index, _)| (self.challenge)(*index));
        let gone = gone(failed.filter(has_been_visible));
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
