//! What the store knows of certificates that were revoked, also of those that were moved aside.

use super::{Revocation, RevocationState};
use crate::state::State as _;
use certificates::{Archived, Certificate, Error, Store};

impl RevocationState {
    /// All certificates that are known as revoked of those that are kept under this name, or were: also of what was moved
    /// aside, which is among `archives`. The second list has what cannot be read.
    pub fn of_all(
        store: &Store,
        name: &str,
        archives: &[Archived],
    ) -> (RevocationState, Vec<Error>) {
        let mut all = RevocationState::default();
        let mut unreadable = Vec::new();
        let mut add = |kept: Result<Option<RevocationState>, Error>| match kept {
            Ok(kept) => all.add_all(kept.unwrap_or_default()),
            Err(error) => unreadable.push(error),
        };
        add(RevocationState::read(store, name));
        let archives = archives.iter().filter(|archived| archived.name == name);
        let archives: Vec<&Archived> = archives.collect();
        for archived in &archives {
            let file = RevocationState::FILE;
            let kept = archived.state(file).and_then(|text| {
                text.map(|text| RevocationState::parse(&text, archived.state_file(file)))
                    .transpose()
            });
            add(kept);
        }
        for archived in archives {
            all.add_moved(archived);
        }
        (all, unreadable)
    }

    fn add_all(&mut self, other: RevocationState) {
        let RevocationState { last, before } = other;
        let others = before.into_iter().chain([last]);
        others.for_each(|one| self.add(one));
    }

    /// Adds the one that was in use when this was moved aside, where the note says that it was revoked.
    fn add_moved(&mut self, archived: &Archived) {
        let mut versions = archived.versions.iter();
        let in_use = versions.find(|version| version.is_in_use);
        let leaf: Option<&Certificate> = in_use.and_then(|version| version.look.leaf());
        if let (Some(leaf), Some(note)) = (leaf, &archived.why) {
            let at = archived.at.as_deref();
            let noted = Revocation::from_note(leaf.serial_hex(), at, note);
            noted.into_iter().for_each(|one| self.add(one));
        }
    }
}
