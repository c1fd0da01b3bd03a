//! What is known of one certificate, without asking its CA: from its files, and from what the last runs kept.

use crate::options::{Format, Options};
use certificates::{Health, OrderRecord, Store};
use lifecycle::{
    Decision, Deployments, Desired, Facts, Known, Outcome, RenewalAnswer, RenewalState, State as _,
    decide,
};
use std::path::PathBuf;
use std::time::SystemTime;

/// A certificate, as it is listed.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    /// What its files tell, as far as they can be read.
    pub(crate) known: Option<Known>,
    /// When it is due, and why then; nothing where that makes no sense.
    pub(crate) decision: Option<Decision>,
    pub(crate) version: Option<String>,
    /// Key, certificate, the chain above it, and both.
    pub(crate) files: Option<[PathBuf; 4]>,
    /// How it was ordered: read only for what shows it.
    pub(crate) record: Option<OrderRecord>,
    pub(crate) outcome: Outcome,
    pub(crate) deployments: Deployments,
}

/// Whether its files can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Good,
    /// The first file that is missing, broken or of another certificate, and what is wrong with it.
    Damaged {
        file: String,
        why: String,
    },
    /// It cannot be looked at, nor replaced, for this reason.
    Unusable(String),
}

impl Certificate {
    /// Reads what there is of it.
    pub(crate) fn read(
        store: &Store,
        name: &str,
        options: &Options,
        now: SystemTime,
    ) -> Certificate {
        let mut state = RenewalState::load(store, name);
        let (condition, known) = look(store, name, &mut state);
        let decision = match &condition {
            Condition::Unusable(_) => None,
            condition => {
                let facts = facts(condition, known.as_ref(), options.days, state);
                // A window that is known has its moment, so chance decides nothing.
                Some(decide(&facts, now, 0.5))
            }
        };
        Certificate {
            name: name.to_owned(),
            condition,
            known,
            decision,
            version: store.version(name).ok().flatten(),
            files: store.files(name).ok(),
            record: match options.format {
                Format::Json => store.order_record(name).ok().flatten(),
                Format::Table | Format::Prometheus => None,
            },
            outcome: Outcome::load(store, name),
            deployments: Deployments::load(store, name),
        }
    }

    /// The names that it is for.
    pub(crate) fn names(&self) -> &[String] {
        self.known.as_ref().map_or(&[], |known| &known.names)
    }
}

/// Looks at the files, unless they are as they were when acme-due found them good.
fn look(store: &Store, name: &str, state: &mut RenewalState) -> (Condition, Option<Known>) {
    let fingerprint = store.fingerprint(name).ok().flatten();
    let kept = state.known.take();
    if let Some(known) = kept.filter(|known| Some(&known.fingerprint) == fingerprint.as_ref()) {
        return (Condition::Good, Some(known));
    }
    let look = match store.look(name) {
        Ok(look) => look,
        Err(error) => return (Condition::Unusable(error.to_string()), None),
    };
    let known = Known::of(&look, fingerprint.unwrap_or_default());
    let condition = match (look.health, look.record_fault) {
        (Health::Damaged { file, why }, _) => Condition::Damaged { file, why },
        (Health::New, _) => Condition::Unusable("it is gone".into()),
        (Health::Good, Some(why)) => Condition::Damaged {
            file: "order.json".into(),
            why: format!("cannot be used: {why}"),
        },
        (Health::Good, None) => Condition::Good,
    };
    (condition, known)
}

fn facts(
    condition: &Condition,
    known: Option<&Known>,
    days: Option<u32>,
    state: RenewalState,
) -> Facts {
    let health = match condition {
        // A server can use it all the same.
        Condition::Damaged { file, .. } if file == "order.json" => Health::Good,
        Condition::Damaged { file, why } => Health::Damaged {
            file: file.clone(),
            why: why.clone(),
        },
        Condition::Good | Condition::Unusable(_) => Health::Good,
    };
    Facts {
        health,
        validity: known.and_then(Known::validity),
        id: known.and_then(|known| known.id.clone()),
        installed: known.and_then(|known| known.installed),
        ordered: known.map(|known| Desired {
            names: known.names.clone(),
            directory: known.directory.clone(),
            key_type: known.key_type.clone(),
            profile: known.profile.clone(),
        }),
        desired: None,
        is_same_account: true,
        answer: RenewalAnswer::NotAsked,
        days,
        mended: None,
        state,
    }
}
