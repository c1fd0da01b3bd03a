//! What the journal knows of records that are to be removed.

use crate::journal::{Call, Entry, Journal};
use crate::options::Config;
use command::message;
use pipeline::Key;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::atomic::Ordering;

/// What the journal knows of records before they are removed.
pub(super) struct Known<'a> {
    journal: &'a Journal,
    /// Those of a document, by the files that it names.
    own: BTreeMap<String, Vec<Call>>,
    /// The same records in other files.
    copies: io::Result<BTreeMap<String, Vec<Call>>>,
}

impl Known<'_> {
    /// What it knows of these challenges of a document, which name these files of it. Of other entries of the same records it
    /// knows those of which `removed_by` says which call removes what they are about as well.
    pub(super) fn of<'a>(
        calls: Vec<(Call, Option<String>)>,
        config: &'a Config,
        removed_by: impl Fn(&Entry) -> Option<Call>,
    ) -> Known<'a> {
        let keys = calls.iter().map(|(call, _)| call.key.clone()).collect();
        let mut own = BTreeMap::<String, Vec<Call>>::new();
        for (call, file) in calls {
            if let Some(file) = file {
                own.entry(file).or_default().push(call);
            }
        }
        let journal = &config.journal;
        let copies = journal.copies(&keys, &own.keys().cloned().collect());
        let copies = copies.map(|entries| {
            let mut copies = BTreeMap::<String, Vec<Call>>::new();
            for entry in entries {
                if let Some(call) = removed_by(&entry) {
                    copies.entry(entry.id).or_default().push(call);
                }
            }
            copies
        });
        Known {
            journal,
            own,
            copies,
        }
    }

    /// Takes records out of the journal that these calls have removed.
    pub(super) fn forget(self, removed: impl Iterator<Item = Call>) {
        let removed: HashSet<Call> = removed.collect();
        if removed.is_empty() {
            return;
        }
        let (copies, mut failure) = match self.copies {
            Ok(copies) => (copies, None),
            Err(error) => (BTreeMap::new(), Some(error)),
        };
        for (file, calls) in self.own.into_iter().chain(copies) {
            let gone = calls.into_iter().filter(|one| removed.contains(one));
            let gone: Vec<Key> = gone.map(|call| call.key).collect();
            if !gone.is_empty()
                && let Err(error) = self.journal.forget(&file, &gone)
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
