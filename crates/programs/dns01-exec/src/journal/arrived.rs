//! The records whose documents arrived at the end of the pipeline.

use crate::protocol::Challenge;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The records whose documents arrived here, removed or not. What the journal has of this pipeline besides them got
/// lost on the way.
#[derive(Default)]
pub(crate) struct Arrived(Mutex<HashSet<(String, String)>>);

impl Arrived {
    /// Remembers that this record's document has arrived.
    pub(crate) fn add(&self, challenge: &Challenge) {
        let (fqdn, value) = challenge.key();
        self.lock().insert((fqdn.to_owned(), value.to_owned()));
    }

    /// Whether this record's document has arrived.
    pub(crate) fn has(&self, challenge: &Challenge) -> bool {
        let (fqdn, value) = challenge.key();
        self.lock().contains(&(fqdn.to_owned(), value.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
