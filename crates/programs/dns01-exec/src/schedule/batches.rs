//! One call for each zone, for all documents that wait for one; the zones side by side.

use crate::protocol::batch::{self, Failed, Line};
use crate::protocol::{Action, UserProgram, is_permanent};
use crate::schedule::gathering::Gathering;
use crate::schedule::permits::{Overlap, Schedule};
use crate::schedule::tasks::{Task, by_zone};
use crate::schedule::threads::side_by_side;
use crate::schedule::zone_lock::interrupted;
use command::Stop;
use pipeline::{Challenge, Problem, types};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use subprocess::Success;

/// What became of a challenge in a batch.
pub(crate) struct Called {
    /// When the program was called, if it was.
    pub(crate) at: Option<SystemTime>,
    pub(crate) result: Result<Success, Problem>,
}

/// What calls wait for.
pub(crate) struct Waits<'a> {
    pub(crate) schedule: &'a Schedule,
    pub(crate) stop: &'a Stop,
    /// Whether a call for this task is to be made, now that it could be.
    pub(crate) is_wanted: &'a (dyn Fn(&Task) -> Result<(), Problem> + Sync),
}

/// The challenges that one document has in a zone.
type Request = Vec<Line>;
/// What became of each of them.
type Answer = Vec<Called>;

/// The calls that documents wait for.
pub(crate) struct Batches(Gathering<Request, Answer>);

impl Batches {
    pub(crate) fn new() -> Batches {
        Batches(Gathering::new())
    }

    /// Calls the program for the zones of the tasks, and returns what became of each challenge by its place in the
    /// document. `challenge` gives the challenge with this index. What other documents want for a zone goes into the same
    /// call.
    pub(crate) fn call(
        &self,
        program: &UserProgram,
        action: Action,
        tasks: Vec<Task>,
        challenge: &(dyn Fn(usize) -> Challenge + Sync),
        waits: &Waits<'_>,
    ) -> Vec<(usize, Called)> {
        let Waits { schedule, stop, .. } = waits;
        let zones = by_zone(tasks);
        let results = Mutex::new(Vec::new());
        let overlap = Overlap::of(program);
        let threads = overlap.most_at_once(zones.len());
        side_by_side(threads, zones.len(), |number| {
            let tasks = &zones[number];
            let (zone, wanted) = (tasks[0].zone(), request(tasks, challenge));
            let permit = || {
                let permit = match action {
                    Action::Cleanup => schedule.wait_to_remove(zone, overlap, stop),
                    _ => schedule.wait(zone, overlap, stop),
                }?;
                tasks.iter().try_for_each(waits.is_wanted)?;
                Ok(permit)
            };
            let of_zone = self.gather(program, action, zone, wanted, permit, stop);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.extend(tasks.iter().map(|task| task.index).zip(of_zone));
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the program for a zone as soon as that may be, for this request and those that come until then.
    fn gather<Permit>(
        &self,
        program: &UserProgram,
        action: Action,
        zone: &str,
        request: Request,
        permit: impl FnOnce() -> Result<Permit, Problem>,
        stop: &Stop,
    ) -> Answer {
        let key = format!("{} {zone} {}", action.name(), program.path.display());
        let wait = || match (permit()?, stop.reason()) {
            (_, Some(reason)) => Err(interrupted(reason)),
            (permit, None) => Ok(permit),
        };
        let size = request.len();
        self.0
            .answer(&key, request, size, wait, |permit, requests| {
                let call = |request: &[Line]| match stop.reason() {
                    Some(reason) => Err(uncalled(request, &interrupted(reason))),
                    None => call(program, action, request),
                };
                match permit {
                    Ok(_permit) => call_for_all(&requests, call),
                    Err(problem) => requests.iter().map(|one| uncalled(one, &problem)).collect(),
                }
            })
    }
}

fn request(tasks: &[Task], challenge: &(dyn Fn(usize) -> Challenge + Sync)) -> Request {
    let one = |task: &Task| Line::of(challenge(task.index), task.arguments.clone());
    tasks.iter().map(one).collect()
}

/// Makes one call for all requests. Where that fails as a whole, there is one for each of them: what is wrong with one
/// document is not to cost the others. `call` returns what became of each challenge as an error where it failed so. A
/// challenge keeps the time of the first call where no second is made: that may have written the record before it failed.
fn call_for_all(
    requests: &[Request],
    call: impl Fn(&[Line]) -> Result<Answer, Answer>,
) -> Vec<Answer> {
    // Where it took too long, each of them would; where it lacks a setting, each of them does.
    let is_worth_another = |called: &Called| {
        let problem = called.result.as_ref().err();
        let kinds = [&types::EXEC_STATUS, &types::EXEC_BATCH];
        let problem = problem.filter(|problem| !is_permanent(problem));
        problem.is_some_and(|problem| kinds.iter().any(|kind| problem.is(kind)))
    };
    match call(&requests.concat()) {
        Err(failed) if requests.len() > 1 && failed.iter().any(is_worth_another) => {
            let mut first = failed.into_iter();
            let alone = |request: &Request| {
                let second = call(request).unwrap_or_else(|failed| failed);
                let both = second.into_iter().zip(first.by_ref());
                let called = |(second, first): (Called, Called)| Called {
                    at: second.at.or(first.at),
                    ..second
                };
                both.map(called).collect()
            };
            requests.iter().map(alone).collect()
        }
        Ok(all) | Err(all) => {
            let mut all = all.into_iter();
            let share = |request: &Request| all.by_ref().take(request.len()).collect();
            requests.iter().map(share).collect()
        }
    }
}

fn call(program: &UserProgram, action: Action, request: &[Line]) -> Result<Answer, Answer> {
    let at = SystemTime::now();
    let called = |result: Result<Success, Problem>| {
        // What could not be started did nothing.
        let is_called = |problem: &Problem| !problem.is(&types::EXEC_START);
        Called {
            at: result.as_ref().err().is_none_or(is_called).then_some(at),
            result,
        }
    };
    match batch::call_for_zone(program, action, request) {
        Ok(results) => Ok(results.into_iter().map(called).collect()),
        Err(Failed(problems)) => Err(problems.into_iter().map(Err).map(called).collect()),
    }
}

/// The answer for challenges for which no call was made.
fn uncalled(request: &[Line], problem: &Problem) -> Answer {
    let uncalled = |_| Called {
        at: None,
        result: Err(problem.clone()),
    };
    request.iter().map(uncalled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use serde_json::json;
    use std::cell::RefCell;
    use std::time::Duration;

    fn request(values: &[&str]) -> Request {
        let one = |value: &&str| {
            let challenge = json!({"fqdn": "a.", "value": value});
            let members = challenge.as_object().unwrap().clone();
            Line::of(members.into(), of_json(&challenge).unwrap().into())
        };
        values.iter().map(one).collect()
    }

    #[test]
    fn what_was_in_a_call_that_failed_was_called_even_if_no_call_of_its_own_comes() {
        let first = Some(SystemTime::UNIX_EPOCH);
        let answers = call_for_all(&[request(&["1", "2"]), request(&["3"])], |challenges| {
            let called = |_| Called {
                at: first.filter(|_| challenges.len() == 3),
                result: Err(Problem::new(&types::EXEC_STATUS, "")),
            };
            Err(challenges.iter().map(called).collect())
        });
        let at = answers.iter().flatten().map(|called| called.at);
        assert_eq!(at.collect::<Vec<_>>(), [first; 3]);
    }

    /// How long each call is, and which challenges have failed, where a call with "bad" fails with this type.
    fn called(requests: &[Request], kind: &types::ProblemType) -> (Vec<usize>, Vec<Vec<bool>>) {
        let calls = RefCell::new(Vec::new());
        let answers = call_for_all(requests, |challenges| {
            calls.borrow_mut().push(challenges.len());
            let is_bad = |line: &Line| line.arguments.key.value() == "bad";
            let has_failed = challenges.iter().any(is_bad);
            let called = |_| Called {
                at: Some(SystemTime::now()),
                result: match has_failed {
                    true => Err(Problem::new(kind, "bad")),
                    false => Ok(Success {
                        stdout: Vec::new(),
                        last_lines: Vec::new(),
                        elapsed: Duration::ZERO,
                    }),
                },
            };
            let answer = challenges.iter().map(called).collect();
            if has_failed { Err(answer) } else { Ok(answer) }
        });
        let failed = answers.iter().map(|answer| {
            let failed = answer.iter().map(|called| called.result.is_err());
            failed.collect()
        });
        (calls.take(), failed.collect())
    }

    #[test]
    fn a_call_that_fails_for_several_documents_is_made_for_each_of_them() {
        let status = &types::EXEC_STATUS;
        let good = [request(&["1", "2"]), request(&["3"])];
        assert_eq!(
            called(&good, status),
            (vec![3], vec![vec![false; 2], vec![false]])
        );
        let one_bad = [
            request(&["1", "2"]),
            request(&["3", "bad"]),
            request(&["4"]),
        ];
        let failed = vec![vec![false; 2], vec![true; 2], vec![false]];
        assert_eq!(called(&one_bad, status), (vec![5, 2, 2, 1], failed));
        assert_eq!(
            called(&one_bad[1..2], status),
            (vec![2], vec![vec![true; 2]])
        );
        let failed = vec![vec![false; 2], vec![true; 2], vec![false]];
        assert_eq!(
            called(&one_bad, &types::EXEC_BATCH),
            (vec![5, 2, 2, 1], failed)
        );
        // Each of them would take as long.
        let all_failed = vec![vec![true; 2], vec![true; 2], vec![true]];
        assert_eq!(
            called(&one_bad, &types::EXEC_TIMEOUT),
            (vec![5], all_failed)
        );
    }
}
