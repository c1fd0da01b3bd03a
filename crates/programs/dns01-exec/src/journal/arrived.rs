//! The records whose documents arrived at the end of the pipeline.

use crate::journal::entry::Entry;
use pipeline::{Challenge, Key};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The records whose documents arrived here, removed or not, each with the journal's file that its document names. Other
/// records of this pipeline in the journal belong to documents that got lost on the way.
#[derive(Default)]
pub(crate) struct Arrived(Mutex<HashSet<(Key, Option<String>)>>);

impl Arrived {
    /// Remembers that the document of this record has arrived.
    pub(crate) fn add(&self, challenge: &Challenge) {
        let file = challenge.presented().and_then(|known| known.journal);
        self.lock().insert((challenge.key(), file));
    }

    /// Whether the document that an entry of the journal is about has arrived. Two documents may need the same record.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        let (arrived, key) = (self.lock(), entry.key());
        let of_file = (key.clone(), Some(entry.id.clone()));
        arrived.contains(&of_file) || arrived.contains(&(key, None))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(Key, Option<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
