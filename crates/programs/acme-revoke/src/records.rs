//! Keeps in the store that a certificate was revoked: it is due from then on, and no version of it is put back.

use crate::subject::Subject;
use certificates::{Archived, Result, Store};
use command::message;
use lifecycle::{Revocation, RevocationState, State as _, revocation_fault};
use std::collections::BTreeSet;

/// What is known of a revocation once it was to be kept.
pub(crate) struct Known {
    /// What was kept earlier, under whatever name, stays: the CA publishes the first reason.
    pub(crate) revocation: Revocation,
    /// The names under which it cannot be kept.
    pub(crate) lost: BTreeSet<String>,
}

/// Keeps a revocation under each name that the store has the certificate under. What cannot be kept is said.
pub(crate) fn keep(store: &Store, subject: &Subject, revocation: Revocation) -> Known {
    let (archives, _) = store.archives().unwrap_or_default();
    let revocation = known(store, subject, &archives, &revocation).unwrap_or(revocation);
    let mut lost = BTreeSet::new();
    for name in subject.names() {
        if let Err(error) = keep_one(store, name, &revocation) {
            message::error(&format!("{name}: cannot keep that it is revoked: {error}"));
            lost.insert(name.to_owned());
        }
    }
    Known { revocation, lost }
}

/// What is known of it under any of its names; with its date, where one has that.
fn known(
    store: &Store,
    subject: &Subject,
    archives: &[Archived],
    revocation: &Revocation,
) -> Option<Revocation> {
    let mut all = RevocationState::default();
    for name in subject.names() {
        let (of_name, _) = RevocationState::of_all(store, name, archives);
        let of_it = of_name.of(&revocation.serial).cloned();
        of_it.into_iter().for_each(|one| all.add(one));
    }
    all.add(revocation.clone());
    all.of(&revocation.serial).cloned()
}

fn keep_one(store: &Store, name: &str, revocation: &Revocation) -> Result<()> {
    let _lock = store.lock_change(name)?;
    let (before, fault) = match RevocationState::read(store, name) {
        Ok(before) => (before.unwrap_or_default(), None),
        Err(error) => (RevocationState::default(), Some(error)),
    };
    let mut state = before.clone();
    state.add(revocation.clone());
    if state != before || fault.is_some() {
        state.save(store, name)?;
    }
    if let Some(error) = fault {
        let fault = revocation_fault(&error);
        message::warning(&format!(
            "{name}: of earlier ones {fault}; the file is written anew"
        ));
    }
    Ok(())
}
