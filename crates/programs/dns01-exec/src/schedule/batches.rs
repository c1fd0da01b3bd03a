//! One call for each zone of a document, the zones side by side.

use crate::protocol::{Action, Arguments, UserProgram, batch};
use crate::schedule::permits::Schedule;
use crate::schedule::tasks::{Task, by_zone};
use crate::schedule::threads::side_by_side;
use crate::schedule::zone_lock::interrupted;
use command::Stop;
use pipeline::{Challenge, Problem};
use std::sync::{Mutex, PoisonError};
use subprocess::Success;

/// What became of challenges, each by its place in the document.
type Results = Vec<(usize, Result<Success, Problem>)>;

/// Calls the program once for each zone, and returns what became of each challenge. `challenge` gives the challenge with
/// this index.
pub(crate) fn call_batches(
    program: &UserProgram,
    action: Action,
    tasks: Vec<Task>,
    challenge: &(dyn Fn(usize) -> Challenge + Sync),
    schedule: &Schedule,
    stop: &Stop,
) -> Results {
    let zones = by_zone(tasks);
    let results = Mutex::new(Results::new());
    let threads = schedule.most_at_once(zones.len());
    side_by_side(threads, zones.len(), |number| {
        let zone = &zones[number];
        let called = call_batch(program, action, zone, challenge, schedule, stop);
        let of_zone = match called {
            Ok(each) => each,
            Err(problem) => zone.iter().map(|_| Err(problem.clone())).collect(),
        };
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        results.extend(zone.iter().map(|task| task.index).zip(of_zone));
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn call_batch(
    program: &UserProgram,
    action: Action,
    zone: &[Task],
    challenge: &(dyn Fn(usize) -> Challenge + Sync),
    schedule: &Schedule,
    stop: &Stop,
) -> Result<Vec<Result<Success, Problem>>, Problem> {
    let _permit = schedule.wait(zone[0].zone(), stop)?;
    if let Some(reason) = stop.reason() {
        return Err(interrupted(reason));
    }
    let arguments: Vec<&Arguments> = zone.iter().map(|task| &task.arguments).collect();
    let challenges = zone.iter().map(|task| challenge(task.index));
    batch::call_for_zone(program, action, &arguments, challenges)
}
