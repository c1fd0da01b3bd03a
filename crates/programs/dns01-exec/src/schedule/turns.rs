//! One value at a time, at each name or in each zone, in all documents of a run: a place is free again when the journal
//! says that the record there is removed.

use crate::journal::Journal;
use crate::protocol::Arguments;
use pipeline::Key;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What holds one value at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A record's name, after CNAMEs.
    Name,
    /// A zone.
    Zone,
}

/// Whose turn it is at each place.
#[derive(Default)]
pub(crate) struct Turns {
    holders: Mutex<HashMap<String, Holder>>,
}

/// The record that a place has, for the documents that present it.
struct Holder {
    key: Key,
    recorded: Vec<Recorded>,
}

/// The journal's file with the records of a document, once they are written there; `None` in it where they never were.
type Recorded = Arc<OnceLock<Option<String>>>;

/// The turns of one document.
pub(crate) struct DocumentTurns<'a> {
    turns: &'a Turns,
    place: &'a dyn Fn() -> Option<Place>,
    journal: &'a Journal,
    recorded: Recorded,
}

impl Turns {
    pub(crate) fn new() -> Turns {
        Turns::default()
    }

    /// The turns of a document whose records are going to be written to this journal: one value at a time at the kind of
    /// place that `place` says, which is asked when the first wants one; without one, as many as there are.
    pub(crate) fn of_document<'a>(
        &'a self,
        journal: &'a Journal,
        place: &'a dyn Fn() -> Option<Place>,
    ) -> DocumentTurns<'a> {
        DocumentTurns {
            turns: self,
            place,
            journal,
            recorded: Recorded::default(),
        }
    }
}

impl DocumentTurns<'_> {
    /// Takes the place of this record, and returns nothing; or returns the place, where another record has it.
    pub(crate) fn take(&self, arguments: &Arguments) -> Option<String> {
        let place = place((self.place)()?, arguments);
        let holders = self.turns.holders.lock();
        let mut holders = holders.unwrap_or_else(PoisonError::into_inner);
        let holder = holders.entry(place.clone()).or_insert_with(|| Holder {
            key: arguments.key.clone(),
            recorded: Vec::new(),
        });
        let Holder { key, recorded } = holder;
        recorded.retain(|recorded| self.is_there(key, recorded));
        if *key != arguments.key && !recorded.is_empty() {
            return Some(place);
        }
        *key = arguments.key.clone();
        recorded.push(self.recorded.clone());
        None
    }

    /// Whether the record of a document may be there, or is about to be.
    fn is_there(&self, key: &Key, recorded: &Recorded) -> bool {
        match recorded.get() {
            Some(Some(file)) => self.journal.has(file, key),
            Some(None) => false,
            None => true,
        }
    }

    /// Says that the journal has the document's records in this file.
    pub(crate) fn recorded(&self, file: &str) {
        self.recorded.get_or_init(|| Some(file.to_owned()));
    }
}

impl Drop for DocumentTurns<'_> {
    fn drop(&mut self) {
        // They were not written, so they are not presented.
        self.recorded.get_or_init(|| None);
    }
}

/// Where the record is. Where the zone is not known, all records are in one.
fn place(place: Place, arguments: &Arguments) -> String {
    match place {
        Place::Name => arguments.record_name.to_string(),
        Place::Zone => match &arguments.zone {
            Some(zone) => zone.to_string(),
            None => "an unknown zone".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{UserProgram, of_json};
    use serde_json::json;
    use std::path::Path;
    use std::time::Duration;

    fn arguments(fqdn: &str, effective: &str, zone: Option<&str>, value: &str) -> Arguments {
        of_json(&json!({"fqdn": fqdn, "effective_fqdn": effective, "zone": zone, "value": value}))
            .unwrap()
    }

    /// Which of these can be presented in one document, and where the others would be.
    fn taken(place: Option<Place>, all: &[Arguments]) -> Vec<Option<String>> {
        let journal = Journal::below(Path::new("/nowhere"));
        let turns = Turns::new();
        let of_kind = || place;
        let document = turns.of_document(&journal, &of_kind);
        all.iter().map(|one| document.take(one)).collect()
    }

    #[test]
    fn the_first_has_the_name_after_cnames_or_the_zone() {
        let all = [
            arguments("a.x.", "a.x.", Some("x."), "1"),
            arguments("b.x.", "A.x.", Some("x."), "2"),
            arguments("a.x.", "c.y.", Some("y."), "3"),
            arguments("a.x.", "a.x.", Some("X."), "1"),
            arguments("d.", "d.", None, "4"),
            arguments("e.", "e.", None, "5"),
        ];
        let at = |place: &str| Some(place.to_owned());
        assert_eq!(taken(None, &all), vec![None; 6]);
        let by_name = [None, at("a.x."), None, None, None, None];
        assert_eq!(taken(Some(Place::Name), &all), by_name);
        let by_zone = [None, at("x."), None, None, None, at("an unknown zone")];
        assert_eq!(taken(Some(Place::Zone), &all), by_zone);
    }

    #[test]
    fn another_document_has_its_turn_when_the_record_is_removed_or_was_never_written_down() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        let program = UserProgram {
            path: "/x".into(),
            raw: false,
            double_dash: false,
            batch: false,
            jobs: None,
            time_limit: Duration::ZERO,
        };
        let turns = Turns::new();
        let by_name = || Some(Place::Name);
        let of_document = || turns.of_document(&journal, &by_name);
        let [one, two, three] = ["1", "2", "3"].map(|value| arguments("a.", "a.", None, value));
        let first = of_document();
        assert_eq!(first.take(&one), None);
        let may_take = |arguments: &Arguments| of_document().take(arguments).is_none();
        assert!(!may_take(&two), "it is about to be written down");
        let record = || -> String {
            let challenge = json!({"fqdn": "a.", "value": "1"});
            let challenge = challenge.as_object().unwrap().clone().into();
            let challenges = std::iter::once(challenge);
            journal.record(challenges, &program).unwrap()
        };
        let forget = |file: &str| {
            let keys = std::slice::from_ref(&one.key);
            journal.forget(file, keys).unwrap();
        };
        let file = record();
        first.recorded(&file);
        drop(first);
        assert!(!may_take(&two), "it is there");
        // Another document needs the same record.
        let other = of_document();
        assert_eq!(other.take(&one), None);
        let copy = record();
        other.recorded(&copy);
        forget(&file);
        assert!(!may_take(&two), "the other has it there");
        forget(&copy);
        // This document never gets as far as to the journal.
        assert!(may_take(&two) && may_take(&three));
    }
}
