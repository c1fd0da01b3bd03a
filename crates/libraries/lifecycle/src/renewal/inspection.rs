//! What the store has of a certificate, as facts for the decision. Files that are as they were when they were found good are
//! not read again.

use super::desired::Desired;
use super::facts::{Facts, RenewalAnswer};
use super::metadata::Metadata;
use super::state::RenewalState;
use crate::revocation::{Revocation, RevocationState};
use crate::state::State as _;
use certificates::{Error, Health, Look, Result, Store};

/// What the store has of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Whether its files can be used.
    pub health: Health,
    /// What they tell, as far as they can be read.
    pub metadata: Option<Metadata>,
    /// That it was revoked, where that is known here.
    pub revocation: Option<Revocation>,
    /// Why it is not known which were revoked, where that is kept and cannot be read.
    pub revocation_fault: Option<String>,
    /// Why the record of its order cannot be used; nothing where the files were not read.
    pub record_fault: Option<RecordFault>,
    /// What is to be kept for the next run, with what its files tell where they are good.
    pub state: RenewalState,
    /// Whether its files were read and found good, so that there is something to keep.
    pub is_to_be_kept: bool,
}

/// What is wrong with the record of an order, though the certificate can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFault {
    /// There is none.
    Missing,
    /// It cannot be used, for this reason.
    Unusable(String),
}

/// What a configuration asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configured {
    /// What makes a certificate another one.
    pub desired: Desired,
    /// The account's address.
    pub email: Option<String>,
    /// The types of challenges that its orders are to have.
    pub challenge: Option<String>,
}

impl Inspection {
    /// Looks at the certificate of this name.
    ///
    /// # Errors
    /// As [`Store::look`]: no certificate can be put in its place.
    pub fn of(store: &Store, name: &str) -> Result<Inspection> {
        let mut state = RenewalState::load(store, name);
        let fingerprint = store.fingerprint(name)?;
        let (revocations, revocation_fault) = match RevocationState::read(store, name) {
            Ok(revocations) => (revocations.unwrap_or_default(), None),
            Err(error) => (RevocationState::default(), Some(revocation_fault(&error))),
        };
        let is_as_kept = |kept: &Metadata| {
            Some(&kept.fingerprint) == fingerprint.as_ref()
                && (revocations.is_empty() || kept.serial.is_some())
        };
        let kept = state.metadata.take();
        if let Some(metadata) = kept.filter(is_as_kept) {
            state.metadata = Some(metadata.clone());
            return Ok(Inspection {
                health: Health::Good,
                revocation: revocation(&revocations, Some(&metadata)),
                revocation_fault,
                metadata: Some(metadata),
                record_fault: None,
                state,
                is_to_be_kept: false,
            });
        }
        let look = store.look(name)?;
        let metadata = Metadata::of(&look, fingerprint.unwrap_or_default());
        // What is wrong is said again as long as it is wrong.
        let is_good = look.health == Health::Good && look.record_fault.is_none();
        state.metadata = metadata.clone().filter(|_| is_good);
        Ok(Inspection {
            revocation: revocation(&revocations, metadata.as_ref()),
            revocation_fault,
            metadata,
            record_fault: record_fault(&look),
            health: look.health,
            is_to_be_kept: state.metadata.is_some(),
            state,
        })
    }

    /// The facts, before the CA was asked.
    pub fn facts(&self, configured: Option<&Configured>, days: Option<u32>) -> Facts {
        let metadata = self.metadata.as_ref();
        let email = metadata.and_then(|metadata| metadata.email.as_ref());
        let next_email = configured.and_then(|configured| configured.email.as_ref());
        let desired = configured.map(|configured| configured.desired.clone());
        let mut ordered = metadata.map(|metadata| metadata.ordered.clone());
        // What the CA chose by itself is as good as what is asked for now.
        if let (Some(ordered), Some(desired)) = (&mut ordered, &desired)
            && ordered.profile.is_none()
            && desired.profile.as_ref() == metadata.and_then(|metadata| metadata.profile.as_ref())
        {
            ordered.profile.clone_from(&desired.profile);
        }
        Facts {
            health: self.health.clone(),
            revocation: self.revocation.clone(),
            validity: metadata.and_then(Metadata::validity),
            serial: metadata.and_then(|metadata| metadata.serial.clone()),
            id: metadata.and_then(|metadata| metadata.id.clone()),
            installed: metadata.and_then(|metadata| metadata.installed),
            ordered,
            desired,
            is_same_account: next_email.is_none() || next_email == email,
            is_suggestion_unwanted: false,
            answer: RenewalAnswer::NotAsked,
            days,
            mended: None,
            state: self.state.clone(),
        }
    }
}

/// That the certificate of which this is known was revoked.
fn revocation(revocations: &RevocationState, metadata: Option<&Metadata>) -> Option<Revocation> {
    let serial = metadata.and_then(|metadata| metadata.serial.as_ref());
    serial.and_then(|serial| revocations.of(serial)).cloned()
}

/// What a person has to know where it cannot be read which were revoked.
pub fn revocation_fault(error: &Error) -> String {
    format!("it is not known whether it was revoked: {error}")
}

fn record_fault(look: &Look) -> Option<RecordFault> {
    let is_missing = look.record.is_none() && look.chain.is_some();
    match &look.record_fault {
        Some(why) => Some(RecordFault::Unusable(why.clone())),
        None => is_missing.then_some(RecordFault::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_the_ca_chose_is_as_good_as_the_same_one_asked_for() {
        let asked = |profile: Option<&str>| Desired {
            names: vec!["a.test".into()],
            profile: profile.map(str::to_owned),
            ..Desired::default()
        };
        // What was asked for, what the CA said, what is asked for now, and what counts as asked for.
        for (before, said, now, expected) in [
            (None, Some("classic"), None, None),
            (None, Some("classic"), Some("classic"), Some("classic")),
            (None, Some("classic"), Some("short"), None),
            (None, None, Some("short"), None),
            (Some("short"), Some("short"), Some("classic"), Some("short")),
            (Some("short"), None, None, Some("short")),
        ] {
            let metadata = Metadata {
                fingerprint: String::new(),
                not_before: None,
                not_after: None,
                installed: None,
                id: None,
                serial: None,
                ordered: asked(before),
                profile: said.map(str::to_owned),
                email: None,
            };
            let inspection = Inspection {
                health: Health::Good,
                metadata: Some(metadata),
                revocation: None,
                revocation_fault: None,
                record_fault: None,
                state: RenewalState::default(),
                is_to_be_kept: false,
            };
            let configured = Configured {
                desired: asked(now),
                email: None,
                challenge: None,
            };
            let ordered = inspection.facts(Some(&configured), None).ordered;
            assert_eq!(
                ordered,
                Some(asked(expected)),
                "{before:?} {said:?} {now:?}"
            );
            let ordered = inspection.facts(None, None).ordered;
            assert_eq!(ordered, Some(asked(before)));
        }
    }
}
