//! The calls that a document needs: one after the other within a zone, zones side by side.

use crate::protocol::Arguments;
use crate::schedule::permits::Overlap;
use crate::schedule::threads::side_by_side;
use pipeline::DomainName;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A challenge that the program is to be called for.
#[derive(Clone)]
pub(crate) struct Task {
    /// The challenge's place in the document.
    pub(crate) index: usize,
    pub(crate) arguments: Arc<Arguments>,
}

impl Task {
    /// The task to call the program with these arguments for the challenge at this place.
    pub(crate) fn new(index: usize, arguments: impl Into<Arc<Arguments>>) -> Task {
        let arguments = arguments.into();
        Task { index, arguments }
    }

    /// The zone that the record belongs to; empty where that is not known, as if they all belonged to one.
    pub(crate) fn zone(&self) -> &str {
        let zone = self.arguments.zone.as_ref();
        zone.map_or("", DomainName::as_str)
    }
}

/// The tasks by their zones, in the order in which they came.
pub(super) fn by_zone(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let mut zones: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        match zones.iter_mut().find(|zone| zone[0].zone() == task.zone()) {
            Some(zone) => zone.push(task),
            None => zones.push(vec![task]),
        }
    }
    zones
}

/// Hands every task to `work`, as many at once as the schedule may give permits, and returns what became of each, in
/// the order of the document. `work` waits for its own permit.
pub(crate) fn work_off<T: Send>(
    tasks: Vec<Task>,
    overlap: Overlap,
    work: impl Fn(&Task) -> T + Sync,
) -> Vec<(usize, T)> {
    let queues = if overlap.ignores_zones() {
        vec![tasks]
    } else {
        by_zone(tasks)
    };
    let count: usize = queues.iter().map(Vec::len).sum();
    let threads = overlap.most_at_once(queues.len()).min(count);
    let queues: Vec<Mutex<VecDeque<Task>>> = queues
        .into_iter()
        .map(|queue| Mutex::new(queue.into()))
        .collect();
    let outcomes = Mutex::new(Vec::with_capacity(count));
    side_by_side(threads, threads, |first| {
        // Each thread begins with another queue and goes on to the next: any number of threads empties them all.
        for offset in 0..queues.len() {
            let queue = &queues[(first + offset) % queues.len()];
            loop {
                let Some(task) = lock(queue).pop_front() else {
                    break;
                };
                let outcome = work(&task);
                lock(&outcomes).push((task.index, outcome));
            }
        }
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use crate::schedule::permits::Overlap;
    use pipeline::Outcome;
    use serde_json::json;

    fn tasks() -> Vec<Task> {
        let zones = [Some("a."), Some("b."), None, Some("A"), None];
        let task = |(index, zone)| {
            let arguments = of_json(&json!({"fqdn": "x.", "zone": zone})).unwrap();
            Task::new(index, arguments)
        };
        zones.into_iter().enumerate().map(task).collect()
    }

    #[test]
    fn tasks_of_a_zone_stay_together_and_in_their_order() {
        let zones: Vec<Vec<usize>> = by_zone(tasks())
            .iter()
            .map(|zone| zone.iter().map(|task| task.index).collect())
            .collect();
        assert_eq!(zones, [vec![0, 3], vec![1], vec![2, 4]]);
    }

    #[test]
    fn every_task_is_worked_off_once_however_many_threads_there_are() {
        let anywhere = [1, 3, 100].map(Overlap::Anywhere);
        for overlap in anywhere.into_iter().chain([Overlap::Zones(16)]) {
            let outcomes = work_off(tasks(), overlap, |_| Outcome::default());
            let worked: Vec<usize> = outcomes.iter().map(|(index, _)| *index).collect();
            assert_eq!(worked, [0, 1, 2, 3, 4], "{overlap:?}");
        }
    }
}
