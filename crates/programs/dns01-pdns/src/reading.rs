//! What a zone has and what has to change: as it was read, which is true for a moment.

use crate::zone::Zone;
use pipeline::Value;
use std::time::{Duration, Instant};

/// How long single names are changed by what was read. Others may write to them, and are overwritten where the server replaces
/// all values of a name.
const FRESH: Duration = Duration::from_secs(1);

/// What was read of a zone.
pub(crate) struct Reading {
    pub(crate) zone: Zone,
    /// What has to change: those of one name stand together.
    pub(crate) changes: Vec<Value>,
    /// How long it took.
    pub(crate) took: Duration,
    end: Instant,
}

impl Reading {
    /// What was read just now, and how long ago that began.
    pub(crate) fn new(zone: Zone, changes: Vec<Value>, start: Instant) -> Reading {
        Reading {
            zone,
            changes,
            took: start.elapsed(),
            end: Instant::now(),
        }
    }

    /// Whether others may well have written since. One that took long serves for as long: reading then takes half of the time at
    /// most.
    pub(crate) fn is_old(&self) -> bool {
        self.end.elapsed() > FRESH.max(self.took)
    }

    /// The changes, those of each name together.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = &[Value]> {
        self.changes.chunk_by(|a, b| a["name"] == b["name"])
    }

    /// The changes of this name; none where all is as it should be.
    pub(crate) fn of(&self, name: &str) -> &[Value] {
        let mut names = self.by_name();
        names
            .find(|changes| name_of(changes) == name)
            .unwrap_or_default()
    }
}

/// The name that changes are of.
pub(crate) fn name_of(changes: &[Value]) -> &str {
    let first = changes.first();
    first
        .and_then(|change| change["name"].as_str())
        .unwrap_or_default()
}
