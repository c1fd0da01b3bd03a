//! The records whose documents arrived at the end of the pipeline.

use pipeline::Key;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The records whose documents arrived here, removed or not. Other records of this pipeline in the journal belong to
/// documents that got lost on the way.
#[derive(Default)]
pub(crate) struct Arrived(Mutex<HashSet<Key>>);

impl Arrived {
    /// Remembers that this record's document has arrived.
    pub(crate) fn add(&self, key: Key) {
        self.lock().insert(key);
    }

    /// Whether this record's document has arrived.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.lock().contains(key)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
