//! What the store has of a certificate, as facts for the decision. Files that are as they were when they were found good are
//! not read again.

use crate::wanted::{Configured, Wanted};
use certificates::{Health, Look, Result, Store};
use lifecycle::{Desired, Facts, Known, RenewalAnswer, RenewalState, State as _};

/// What is known of a certificate before its CA was asked.
pub(crate) struct Found {
    /// The facts, without the CA's answer.
    pub(crate) facts: Facts,
    /// Whether its files were read, so that there is something to keep.
    pub(crate) is_read: bool,
    /// What a person has to know.
    pub(crate) remark: Option<String>,
}

/// Looks at a certificate; `None` where it is neither there nor asked for.
///
/// # Errors
/// No certificate can be put in its place.
pub(crate) fn find(store: &Store, wanted: &Wanted, days: Option<u32>) -> Result<Option<Found>> {
    let name = &wanted.name;
    let mut state = RenewalState::load(store, name);
    let fingerprint = store.fingerprint(name)?;
    let configured = wanted.configured.as_ref();
    let kept = state.known.take();
    if let Some(known) = kept.filter(|known| Some(&known.fingerprint) == fingerprint.as_ref()) {
        state.known = Some(known.clone());
        return Ok(Some(Found {
            facts: facts(Health::Good, Some(known), state, configured, days),
            is_read: false,
            remark: None,
        }));
    }
    let look = store.look(name)?;
    if look.health == Health::New && configured.is_none() {
        return Ok(None);
    }
    let known = Known::of(&look, fingerprint.unwrap_or_default());
    // What is wrong is said again as long as it is wrong.
    let is_good = look.health == Health::Good && look.record_fault.is_none();
    state.known = known.clone().filter(|_| is_good);
    Ok(Some(Found {
        is_read: state.known.is_some(),
        remark: remark(&look),
        facts: facts(look.health, known, state, configured, days),
    }))
}

/// Facts from what is known of a certificate.
fn facts(
    health: Health,
    known: Option<Known>,
    state: RenewalState,
    configured: Option<&Configured>,
    days: Option<u32>,
) -> Facts {
    let email = known.as_ref().and_then(|known| known.email.clone());
    let wanted_email = configured.and_then(|configured| configured.email.clone());
    Facts {
        health,
        validity: known.as_ref().and_then(Known::validity),
        id: known.as_ref().and_then(|known| known.id.clone()),
        installed: known.as_ref().and_then(|known| known.installed),
        ordered: known.map(|known| Desired {
            names: known.names,
            directory: known.directory,
            key_type: known.key_type,
            profile: known.profile,
        }),
        desired: configured.map(|configured| configured.desired.clone()),
        is_same_account: wanted_email.is_none() || wanted_email == email,
        answer: RenewalAnswer::NotAsked,
        days,
        mended: None,
        state,
    }
}

/// What a person has to know where the certificate itself stands in for a record of how it was ordered.
fn remark(look: &Look) -> Option<String> {
    if let Some(why) = &look.record_fault {
        return Some(format!(
            "order.json cannot be used, so its names and key type are taken from the certificate: {why}"
        ));
    }
    let is_without = look.record.is_none() && look.chain.is_some();
    let text =
        "there is no order.json, so its CA and its account are those that acme-order is told";
    is_without.then(|| text.to_owned())
}
