//! The records whose documents arrived at the end of the pipeline.

use crate::journal::entry::Entry;
use pipeline::{Challenge, Key};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The records whose documents arrived here, removed or not. Other records of this pipeline in the journal belong to documents
/// that got lost on the way.
#[derive(Default)]
pub(crate) struct Arrived(Mutex<HashMap<Key, Vec<Said>>>);

/// What a document says of how its record was presented.
struct Said {
    /// The journal's file.
    file: Option<String>,
    program: Option<PathBuf>,
}

impl Arrived {
    /// Remembers that the document of this record has arrived.
    pub(crate) fn add(&self, challenge: &Challenge) {
        let presented = challenge.presented().unwrap_or_default();
        let said = Said {
            file: presented.journal,
            program: presented.program.map(PathBuf::from),
        };
        self.lock().entry(challenge.key()).or_default().push(said);
    }

    /// Whether the document that an entry of the journal is about has arrived. Two documents may need the same record.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        let is_it = |said: &Said| said.file.as_ref().is_none_or(|file| *file == entry.id);
        self.any(entry, is_it)
    }

    /// Whether a document of this record has arrived that another program presented after this one: it has been through both, and
    /// names the last alone.
    pub(super) fn has_been_through(&self, entry: &Entry) -> bool {
        self.any(entry, |said| {
            said.program
                .as_ref()
                .is_some_and(|program| *program != entry.program)
        })
    }

    fn any(&self, entry: &Entry, is_it: impl Fn(&Said) -> bool) -> bool {
        let arrived = self.lock();
        arrived
            .get(&entry.key())
            .is_some_and(|all| all.iter().any(is_it))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Vec<Said>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
