//! The calls that a document needs, made in turns: one after another within a zone, zones side by side.

use crate::challenge::Challenge;
use crate::turns::Turns;
use pipeline::{Outcome, Outcomes};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A challenge that the program is to be called for.
pub(crate) struct Task {
    /// Its place in the document.
    pub(crate) index: usize,
    pub(crate) challenge: Challenge,
}

impl Task {
    /// The zone that it belongs to; all of which nothing is known count as one.
    pub(crate) fn zone(&self) -> &str {
        self.challenge.zone.as_deref().unwrap_or_default()
    }
}

/// The tasks by their zones, in the order in which they came.
pub(crate) fn by_zone(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let mut zones: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        match zones.iter_mut().find(|zone| zone[0].zone() == task.zone()) {
            Some(zone) => zone.push(task),
            None => zones.push(vec![task]),
        }
    }
    zones
}

/// Hands every task to `work`, as many side by side as may be, and returns what became of each.
pub(crate) fn all(
    tasks: Vec<Task>,
    turns: &Turns,
    work: impl Fn(&Task) -> Outcome + Sync,
) -> Outcomes {
    let queues: Vec<VecDeque<Task>> = if turns.overlap() {
        vec![tasks.into()]
    } else {
        by_zone(tasks).into_iter().map(VecDeque::from).collect()
    };
    let count: usize = queues.iter().map(VecDeque::len).sum();
    let width = turns.width(queues.len()).min(count);
    let queues: Vec<Mutex<VecDeque<Task>>> = queues.into_iter().map(Mutex::new).collect();
    let outcomes = Mutex::new(Vec::with_capacity(count));
    side_by_side(width, width, |mine| {
        // Each worker empties queues from its own on, so that all are emptied however many workers there are.
        for turn in 0..queues.len() {
            let queue = &queues[(mine + turn) % queues.len()];
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

/// Calls `work` with each number below `count`, on so many threads at most: on fewer where the system gives no more.
pub(crate) fn side_by_side(width: usize, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..width.min(count) {
            let thread = std::thread::Builder::new().stack_size(pipeline::STACK);
            let _ = thread.spawn_scoped(scope, worker);
        }
        worker();
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
