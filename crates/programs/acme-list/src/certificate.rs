//! What is known of one certificate, without asking its CA: from its files, and from what the last runs kept.

use crate::options::{Format, Options};
use certificates::{Health, OrderRecord, Store};
use configuration::Certificate as Configured;
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
    /// What a person has to know, though its files can be used.
    pub(crate) remark: Option<String>,
    /// The names that the configuration asks for.
    asked_for: Vec<String>,
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
    /// There is no certificate yet.
    New,
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
        configured: Option<&Configured>,
        now: SystemTime,
    ) -> Certificate {
        let mut state = RenewalState::load(store, name);
        let Seen {
            condition,
            known,
            remark,
        } = look(store, name, &mut state);
        let decision = match &condition {
            Condition::Unusable(_) => None,
            // Nobody but the configuration says what to order, and nobody but a run of acme-due when.
            Condition::New if configured.is_none() && state.attempts.count == 0 => None,
            condition => {
                let mut facts = facts(condition, known.as_ref(), options.days, state);
                facts.desired = configured.map(desired);
                // A window that is known has its moment, so chance decides nothing.
                Some(decide(&facts, now, 0.5))
            }
        };
        Certificate {
            name: name.to_owned(),
            condition,
            remark,
            asked_for: configured.map_or_else(Vec::new, |one| one.names.clone()),
            known,
            decision,
            version: store.version(name).ok().flatten(),
            files: store.files(name).ok(),
            record: match options.format {
                Format::Json => store.order_record(name).ok().flatten(),
                Format::Table | Format::Prometheus => None,
            },
            outcome: Outcome::load(store, name),
            deployments: deployments(store, name, configured),
        }
    }

    /// The names that it is for.
    pub(crate) fn names(&self) -> &[String] {
        self.known
            .as_ref()
            .map_or(&self.asked_for, |known| &known.names)
    }
}

/// What the configuration asks for. By which CA a short name goes is for acme-due to know.
fn desired(configured: &Configured) -> Desired {
    Desired {
        names: configured.names.clone(),
        directory: None,
        key_type: configured.key_type.clone(),
        profile: configured.profile.clone(),
    }
}

/// How far it is deployed; of what the configuration has, to the targets there alone.
fn deployments(store: &Store, name: &str, configured: Option<&Configured>) -> Deployments {
    let mut deployments = Deployments::load(store, name);
    if let Some(configured) = configured {
        let targets = &configured.targets;
        let is_one = |name: &str| targets.iter().any(|target| target.is_known_as(name));
        deployments.targets.retain(|one| is_one(&one.target));
    }
    deployments
}

/// What is found under a name.
struct Seen {
    condition: Condition,
    known: Option<Known>,
    remark: Option<String>,
}

impl Seen {
    fn new(condition: Condition, known: Option<Known>) -> Seen {
        Seen {
            condition,
            known,
            remark: None,
        }
    }
}

/// Looks at the files, unless they are as they were when acme-due found them good.
fn look(store: &Store, name: &str, state: &mut RenewalState) -> Seen {
    let fingerprint = store.fingerprint(name).ok().flatten();
    let kept = state.known.take();
    if let Some(known) = kept.filter(|known| Some(&known.fingerprint) == fingerprint.as_ref()) {
        return Seen::new(Condition::Good, Some(known));
    }
    let look = match store.look(name) {
        Ok(look) => look,
        Err(error) => return Seen::new(Condition::Unusable(error.to_string()), None),
    };
    let known = Known::of(&look, fingerprint.unwrap_or_default());
    let condition = match look.health {
        Health::Damaged { file, why } => Condition::Damaged { file, why },
        Health::New => Condition::New,
        Health::Good => Condition::Good,
    };
    Seen {
        condition,
        known,
        // A server can use the certificate all the same.
        remark: look
            .record_fault
            .map(|why| format!("order.json cannot be used: {why}")),
    }
}

fn facts(
    condition: &Condition,
    known: Option<&Known>,
    days: Option<u32>,
    state: RenewalState,
) -> Facts {
    let health = match condition {
        Condition::New => Health::New,
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
