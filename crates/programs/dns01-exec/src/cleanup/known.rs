//! What the journal knows of records that are to be removed.

use crate::journal::{Entry, Journal};
use crate::options::Config;
use crate::schedule::Task;
use command::message;
use pipeline::Key;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::atomic::Ordering;

/// What the journal knows of records before they are removed.
pub(super) struct Known<'a> {
    journal: &'a Journal,
    /// Those of a document, by the files that it names.
    own: BTreeMap<String, Vec<Key>>,
    /// The same records in other files.
    copies: io::Result<BTreeMap<String, Vec<Key>>>,
}

impl Known<'_> {
    /// What it knows of these challenges of a document, which name these files of it. Of other entries of the same records it
    /// knows those that `is_removed` takes: a call for one removes what they are about as well.
    pub(super) fn of<'a>(
        tasks: &[Task],
        files: Vec<Option<String>>,
        config: &'a Config,
        is_removed: impl Fn(&Entry) -> bool,
    ) -> Known<'a> {
        let mut own: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        let mut records = HashSet::new();
        for (task, file) in tasks.iter().zip(files) {
            let key = &task.arguments.key;
            if let Some(file) = file {
                own.entry(file).or_default().push(key.clone());
            }
            records.insert(key.clone());
        }
        let journal = &config.journal;
        let copies = journal.copies(&records, &own.keys().cloned().collect(), is_removed);
        Known {
            journal,
            own,
            copies,
        }
    }

    /// Takes records out of the journal that were removed.
    pub(super) fn forget(self, removed: impl Iterator<Item = Key>) {
        let removed: HashSet<Key> = removed.collect();
        if removed.is_empty() {
            return;
        }
        let (copies, mut failure) = match self.copies {
            Ok(copies) => (copies, None),
            Err(error) => (BTreeMap::new(), Some(error)),
        };
        for (file, mut keys) in self.own.into_iter().chain(copies) {
            keys.retain(|key| removed.contains(key));
            if !keys.is_empty()
                && let Err(error) = self.journal.forget(&file, &keys)
            {
                failure.get_or_insert(error);
            }
        }
        if let Some(error) = failure {
            message::error(&still_known(&error));
            self.journal.is_out_of_date.store(true, Ordering::Relaxed);
        }
    }
}

/// What is said where a record was removed, and cannot be taken out of the journal.
pub(crate) fn still_known(error: &io::Error) -> String {
    format!(
        "what was removed may still be in the journal, so that `cleanup --leftovers` removes it once more: {error}"
    )
}
