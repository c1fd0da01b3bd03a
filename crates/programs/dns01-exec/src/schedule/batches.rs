//! One call for each zone of a document, the zones side by side.

use crate::protocol::{Action, Challenge, UserProgram, batch};
use crate::schedule::permits::Schedule;
use crate::schedule::tasks::{Task, by_zone};
use crate::schedule::threads::side_by_side;
use crate::schedule::zone_lock::interrupted;
use pipeline::{Failure, Object, Stop};
use std::sync::{Mutex, PoisonError};
use subprocess::Success;

/// What became of challenges, each by its place in the document.
type Results = Vec<(usize, Result<Success, Failure>)>;

/// Calls the program once for each zone, and returns what became of each challenge. `object` has the challenge in this
/// place of the document.
pub(crate) fn call_batches(
    program: &UserProgram,
    action: Action,
    tasks: Vec<Task>,
    object: &(dyn Fn(usize) -> Object + Sync),
    schedule: &Schedule,
    stop: &Stop,
) -> Results {
    let zones = by_zone(tasks);
    let results = Mutex::new(Results::new());
    let threads = schedule.most_at_once(zones.len());
    side_by_side(threads, zones.len(), |number| {
        let zone = &zones[number];
        let called = call_batch(program, action, zone, object, schedule, stop);
        let of_zone = match called {
            Ok(each) => each,
            Err(failure) => zone.iter().map(|_| Err(failure.clone())).collect(),
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
    object: &(dyn Fn(usize) -> Object + Sync),
    schedule: &Schedule,
    stop: &Stop,
) -> Result<Vec<Result<Success, Failure>>, Failure> {
    let _permit = schedule.wait(zone[0].zone(), stop)?;
    if let Some(reason) = stop.reason() {
        return Err(interrupted(reason));
    }
    let challenges: Vec<&Challenge> = zone.iter().map(|task| &task.challenge).collect();
    let objects = zone.iter().map(|task| object(task.index));
    batch::call_for_zone(program, action, &challenges, objects)
}
