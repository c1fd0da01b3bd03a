//! A certificate, and what is known of it before its CA is asked.

use crate::candidates::Candidate;
use crate::need::{Need, need};
use crate::options::Options;
use certificates::{Error, Health, Store};
use lifecycle::{Facts, Inspection, RecordFault, decide_unasked};
use std::time::SystemTime;

/// A certificate that was looked at.
pub(crate) struct Inspected<'a> {
    pub(crate) candidate: &'a Candidate,
    /// The facts without the CA's answer, or why no certificate can be put in its place.
    pub(crate) facts: Result<Facts, Error>,
    /// Whether there is something to keep of its files.
    pub(crate) is_to_be_kept: bool,
    /// What a person has to know of it.
    pub(crate) remarks: Vec<String>,
    /// What its CA is to be asked.
    pub(crate) need: Need,
}

impl<'a> Inspected<'a> {
    /// Looks at a certificate; `None` where it is neither there nor asked for.
    pub(crate) fn of(
        store: &Store,
        candidate: &'a Candidate,
        options: &Options,
    ) -> Option<Inspected<'a>> {
        let configured = candidate.configured.as_ref();
        let inspection = match Inspection::of(store, &candidate.name) {
            Ok(inspection) => inspection,
            Err(error) => {
                return Some(Inspected {
                    candidate,
                    facts: Err(error),
                    is_to_be_kept: false,
                    remarks: Vec::new(),
                    need: Need::Nothing,
                });
            }
        };
        if inspection.health == Health::New && configured.is_none() {
            return None;
        }
        let mut facts = inspection.facts(configured, options.days);
        facts.mended = options.mended;
        facts.is_suggestion_unwanted = options.no_ari;
        let need = need(&facts, options.server.as_deref(), SystemTime::now());
        let record_fault = inspection.record_fault.as_ref().map(remark);
        let remarks = record_fault
            .into_iter()
            .chain(inspection.revocation_fault)
            .collect();
        Some(Inspected {
            candidate,
            facts: Ok(facts),
            is_to_be_kept: inspection.is_to_be_kept,
            remarks,
            need,
        })
    }

    /// Whether more is to be done about it than to look.
    pub(crate) fn is_work(&self) -> bool {
        self.need != Need::Nothing || self.is_due()
    }

    /// Whether it is due by what is known without its CA.
    pub(crate) fn is_due(&self) -> bool {
        let is_due = |facts: &Facts| decide_unasked(facts, SystemTime::now()).is_due;
        self.facts.as_ref().is_ok_and(is_due)
    }
}

/// What a person has to know where the certificate itself stands in for a record of how it was ordered.
fn remark(fault: &RecordFault) -> String {
    match fault {
        RecordFault::Unusable(why) => format!(
            "order.json cannot be used, so the names and the key type are those of the certificate, and the CA and the \
             account those that acme-order is given: {why}"
        ),
        RecordFault::Missing => {
            "there is no order.json, so the CA and the account are those that acme-order is given"
                .to_owned()
        }
    }
}
