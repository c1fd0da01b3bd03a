//! Changes what is kept of a certificate for the next run. Two runs may have decided the same at once, on one machine or on two
//! that share a store: the state is read again under its lock, and decided on again, so that one of them writes the request.

use certificates::{Result, Store};
use command::chance;
use lifecycle::{Decision, Facts, RenewalState, State as _, decide};
use std::time::SystemTime;

/// Decides about a certificate, and keeps that. `again` has the facts of what is there now, without the CA's answer: they
/// count where another run has installed another certificate meanwhile.
///
/// # Errors
/// As [`Store::set_state`].
pub(crate) fn decide_and_keep(
    store: &Store,
    name: &str,
    facts: &mut Facts,
    again: impl Fn() -> Option<Facts>,
) -> Result<Decision> {
    let _lock = store.lock_change(name)?;
    if let Some(found) = again().filter(|found| found.id != facts.id) {
        *facts = found;
    }
    let metadata = facts.state.metadata.clone();
    // Another run may have had the lock until now.
    let now = SystemTime::now();
    let before = RenewalState::load(store, name);
    facts.state = before.clone();
    facts.state.metadata = metadata;
    let decision = decide(facts, now, chance());
    if decision.is_due {
        decision.state.save(store, name)?;
    } else if decision.state != before {
        decision.state.save_soon(store, name)?;
    }
    Ok(decision)
}

/// Takes back the last try for a certificate, where one is kept.
///
/// # Errors
/// As [`Store::set_state`].
pub(crate) fn take_back_try(store: &Store, name: &str) -> Result<()> {
    let taken_back = || {
        let mut state = RenewalState::load(store, name);
        let attempts = state.attempts.clone().without_last();
        (attempts != std::mem::replace(&mut state.attempts, attempts.clone())).then_some(state)
    };
    if taken_back().is_none() {
        // It may never have been here.
        return Ok(());
    }
    let _lock = store.lock_change(name)?;
    taken_back().map_or(Ok(()), |state| state.save(store, name))
}
