//! Which entries of the journal are to be removed.

use crate::journal::arrived::Arrived;
use crate::journal::entry::Entry;
use crate::journal::owner::PipelineEnd;
use crate::journal::system::System;
use crate::protocol::Challenge;

/// The entries that living runs may still need, and the leftovers: all others.
pub(crate) fn in_use_and_left(entries: Vec<Entry>, system: &System) -> (Vec<Entry>, Vec<Entry>) {
    entries
        .into_iter()
        .partition(|entry| entry.may_be_in_use(system))
}

/// The entries that the pipeline with this end presented and whose documents did not arrive there.
pub(crate) fn lost(entries: Vec<Entry>, end: &PipelineEnd, arrived: &Arrived) -> Vec<Entry> {
    let has_arrived = |entry: &Entry| {
        Challenge::read(&entry.challenge).is_ok_and(|challenge| arrived.has(&challenge))
    };
    entries
        .into_iter()
        .filter(|entry| entry.owner.is_upstream_of(end) && !has_arrived(entry))
        .collect()
}
