//! What the journal knows of records that are to be removed.

use crate::journal::Journal;
use crate::options::Config;
use crate::schedule::Task;
use command::message;
use pipeline::{Document, Key};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::atomic::Ordering;

/// What the journal knows of records before they are removed, by its files.
pub(super) struct Known<'a> {
    journal: &'a Journal,
    files: io::Result<BTreeMap<String, Vec<Key>>>,
}

impl Known<'_> {
    /// What it knows of these challenges of a document, and of the same records elsewhere.
    pub(super) fn of<'a>(document: &Document, tasks: &[Task], config: &'a Config) -> Known<'a> {
        let mut own: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        let mut records = HashSet::new();
        for task in tasks {
            let challenge = document.challenge(task.index);
            if let Some(file) = challenge.presented().and_then(|known| known.journal) {
                own.entry(file).or_default().push(challenge.key());
            }
            records.insert(challenge.key());
        }
        let files = config
            .journal
            .copies(&records, &own.keys().cloned().collect());
        let files = files.map(|copies| own.into_iter().chain(copies).collect());
        let journal = &config.journal;
        Known { journal, files }
    }

    /// Takes records out of the journal that were removed.
    pub(super) fn forget(self, removed: impl Iterator<Item = Key>) {
        let removed: HashSet<Key> = removed.collect();
        if removed.is_empty() {
            return;
        }
        let forgotten = self.files.and_then(|files| {
            files.into_iter().try_for_each(|(file, mut keys)| {
                keys.retain(|key| removed.contains(key));
                match keys.is_empty() {
                    true => Ok(()),
                    false => self.journal.forget(&file, &keys),
                }
            })
        });
        if let Err(error) = forgotten {
            message::error(&still_known(&error));
            self.journal.has_failed.store(true, Ordering::Relaxed);
        }
    }
}

/// What is said where a record was removed, and cannot be taken out of the journal.
pub(crate) fn still_known(error: &io::Error) -> String {
    format!(
        "what was removed may still be in the journal, so that `cleanup --leftovers` removes it once more: {error}"
    )
}
