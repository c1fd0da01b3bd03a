//! What is known of one certificate, without asking its CA: from its files, and from what the last runs kept.

use crate::options::{Format, Options};
use certificates::{Files, Health, OrderRecord, Store};
use configuration::Certificate as Entry;
use lifecycle::{
    Configured, Decision, Deployments, Inspection, Metadata, Outcome, RecordFault, Revocation,
    State as _,
};

use std::time::SystemTime;

/// What the configuration has of a certificate.
pub(crate) struct Asked<'a> {
    /// Its entry.
    pub(crate) entry: &'a Entry,
    /// What it is to be.
    pub(crate) configured: Configured,
}

/// A certificate, as it is listed.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    /// What a person has to know, though its files can be used.
    pub(crate) remark: Option<String>,
    /// That it was revoked, where that is known here, whatever else is wrong with it.
    pub(crate) revocation: Option<Revocation>,
    /// Why that is not known, where it is kept and cannot be read.
    pub(crate) revocation_fault: Option<String>,
    /// The names that the configuration asks for.
    asked_for: Vec<String>,
    /// What its files tell, as far as they can be read.
    pub(crate) metadata: Option<Metadata>,
    /// When it is due, and why then; nothing where that makes no sense.
    pub(crate) decision: Option<Decision>,
    pub(crate) version: Option<String>,
    /// Key, certificate, the chain above it, and both.
    pub(crate) files: Option<Files>,
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
    /// Its files are good, and it was revoked.
    Revoked(Revocation),
    /// It cannot be looked at, nor replaced, for this reason.
    Unusable(String),
}

impl Certificate {
    /// Reads what there is of it.
    pub(crate) fn read(
        store: &Store,
        name: &str,
        options: &Options,
        asked: Option<&Asked>,
        now: SystemTime,
    ) -> Certificate {
        let configured = asked.map(|asked| &asked.configured);
        let (condition, inspection) = match Inspection::of(store, name) {
            Ok(inspection) => (Condition::of(&inspection), Some(inspection)),
            Err(error) => (Condition::Unusable(error.to_string()), None),
        };
        // Nobody but the configuration says what to order, and nobody but a run of acme-due when.
        let is_of_concern = |one: &&Inspection| {
            one.health != Health::New || configured.is_some() || one.state.attempts.count > 0
        };
        let inspected = inspection.as_ref().filter(is_of_concern);
        let decision = inspected.map(|one| options.decide(one, configured, now));
        let revocation = inspection.as_ref().and_then(|one| one.revocation.clone());
        let (metadata, fault, revocation_fault) = match inspection {
            Some(one) => (one.metadata, one.record_fault, one.revocation_fault),
            None => (None, None, None),
        };
        Certificate {
            name: name.to_owned(),
            condition,
            remark: fault.and_then(remark),
            revocation,
            revocation_fault,
            asked_for: configured.map_or_else(Vec::new, |one| one.desired.names.clone()),
            metadata,
            decision,
            version: store.version(name).ok().flatten(),
            files: store.files(name).ok(),
            record: match options.format {
                Format::Json => store.order_record(name).ok().flatten(),
                Format::Table | Format::Prometheus => None,
            },
            outcome: Outcome::load(store, name),
            deployments: deployments(store, name, asked.map(|asked| asked.entry)),
        }
    }

    /// The names that it is for.
    pub(crate) fn names(&self) -> &[String] {
        self.metadata
            .as_ref()
            .map_or(&self.asked_for, |metadata| &metadata.ordered.names)
    }
}

impl Condition {
    fn of(inspection: &Inspection) -> Condition {
        match (inspection.health.clone(), &inspection.revocation) {
            (Health::Good, Some(revocation)) => Condition::Revoked(revocation.clone()),
            (Health::Good, None) => Condition::Good,
            (Health::New, _) => Condition::New,
            (Health::Damaged { file, why }, _) => Condition::Damaged { file, why },
        }
    }
}

/// What a person has to know where a server can use the certificate all the same.
fn remark(fault: RecordFault) -> Option<String> {
    match fault {
        RecordFault::Unusable(why) => Some(format!("order.json cannot be used: {why}")),
        RecordFault::Missing => None,
    }
}

/// How far it is deployed; of what the configuration has, to the targets there alone.
fn deployments(store: &Store, name: &str, entry: Option<&Entry>) -> Deployments {
    let mut deployments = Deployments::load(store, name);
    if let Some(entry) = entry {
        let targets = &entry.targets;
        let is_one = |name: &str| targets.iter().any(|target| target.is_known_as(name));
        deployments.targets.retain(|one| is_one(&one.target));
    }
    deployments
}
