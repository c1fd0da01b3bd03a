//! Keeps in the store that a certificate was revoked: it is due from then on, and no version of it is put back.

use crate::subject::{Place, Subject};
use certificates::{Result, Store};
use command::message;
use lifecycle::{Revocation, RevocationState, State as _};
use std::collections::BTreeSet;

/// Keeps a revocation under each name that the store has the certificate under. Returns what is known of it: what was kept
/// earlier stays, since the CA publishes the first reason.
pub(crate) fn keep(store: &Store, subject: &Subject, revocation: Revocation) -> Revocation {
    let names: BTreeSet<&str> = subject.places.iter().map(name).collect();
    let mut known = revocation.clone();
    for name in names {
        match keep_one(store, name, &revocation) {
            Ok(kept) => known = kept,
            Err(error) => {
                message::warning(&format!("{name}: cannot keep that it is revoked: {error}"))
            }
        }
    }
    known
}

fn name(place: &Place) -> &str {
    &place.name
}

fn keep_one(store: &Store, name: &str, revocation: &Revocation) -> Result<Revocation> {
    let _lock = store.lock_change(name)?;
    let before = RevocationState::load(store, name);
    let mut state = before.clone();
    state.add(revocation.clone());
    if state != before {
        state.save(store, name)?;
    }
    let known = state.of(&revocation.serial);
    Ok(known.unwrap_or(revocation).clone())
}
