//! DNSSEC: servers that do not answer the questions by which a resolver goes from zone to zone.

use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Trust, chain, ds_of};
use crate::check::judge::standing::{list, unanswered_by};
use crate::check::survey::{Asked, Facts, ZoneFacts};

static DNSSEC_UNANSWERED: Code = Code {
    name: "DNSSEC_UNANSWERED",
    severity: Severity::Warning,
    meaning: "Servers that serve a zone fail or keep silent when they are asked for its DNSKEY records, or for the DS records of a zone below.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&DNSSEC_UNANSWERED];

pub(super) fn check(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let chain = chain(facts, now);
    let of = |name: &Name| chain.iter().find(|(zone, _)| zone.zone.name == *name);
    let mut findings = Vec::new();
    for (zone, _) in &chain {
        let parent = zone.zone.parent.as_ref();
        let Some((parent, Trust::Signed(_))) = parent.and_then(|parent| of(&parent.name)) else {
            continue;
        };
        let name = &zone.zone.name;
        findings.extend(unanswered(parent, &zone.ds, name, RecordType::DS));
        if !ds_of(zone).is_empty() {
            findings.extend(unanswered(zone, &zone.keys, name, RecordType::DNSKEY));
        }
    }
    findings
}

/// Those of a zone's servers that say nothing to a question.
fn unanswered(
    zone: &ZoneFacts,
    asked: &[Asked],
    name: &Name,
    record_type: RecordType,
) -> Option<Finding> {
    // Nobody has asked those of a top-level domain anything else.
    let serves = |one: &&Asked| zone.zone.is_top() || zone.serves(one.address);
    let serving = asked.iter().filter(serves);
    let failing: Vec<(&Asked, String)> = serving
        .clone()
        .filter_map(|one| Some((one, unanswered_by(one)?)))
        .collect();
    if failing.is_empty() {
        return None;
    }
    let said = failing.iter().map(|(one, why)| {
        format!(
            "{} ({}): {why}",
            one.server,
            crate::address::format(&one.address)
        )
    });
    let detail = format!("no answer about {record_type} at {name}: {}", list(said));
    Some(
        Finding::new(&DNSSEC_UNANSWERED, name, detail)
            .severity(match failing.len() == serving.count() {
                true => Severity::Error,
                false => Severity::Warning,
            })
            .arg("type", record_type.to_string())
            .servers(failing.iter().map(|(one, _)| one.at()))
            .dig("+dnssec", name, record_type)
            .hint("A validating resolver, as a CA's is, answers SERVFAIL without it."),
    )
}
