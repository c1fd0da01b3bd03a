//! Documents that wait for a thread, and how many threads there are.

use crate::contract::Document;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The queue; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: VecDeque<(u64, Document)>,
    workers: usize,
}

impl Queue {
    /// Adds a document, and returns whether to start one more worker, which is counted already.
    pub(super) fn push(&self, id: u64, document: Document, most_workers: usize) -> bool {
        let mut state = self.lock();
        state.waiting.push_back((id, document));
        let is_wanted = state.workers < most_workers.max(1);
        state.workers += usize::from(is_wanted);
        is_wanted
    }

    /// The next document; `None` when this worker is no longer needed, and is no longer counted.
    pub(super) fn next(&self) -> Option<(u64, Document)> {
        let mut state = self.lock();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.workers -= 1;
        }
        next
    }

    /// Stops counting a worker that could not be started, unless it is the only one: then its work is left to the caller,
    /// and this returns true.
    pub(super) fn give_up_worker(&self) -> bool {
        let mut state = self.lock();
        if state.workers > 1 {
            state.workers -= 1;
            return false;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
