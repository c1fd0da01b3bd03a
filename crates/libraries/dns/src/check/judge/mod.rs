//! Judges what was captured: each check is a file, and a pure function of the facts and the time.

mod aliases;
mod answers;
mod by_resolver;
mod caa;
mod caa_decision;
mod chain_of_trust;
mod delegation;
mod denial;
mod dnssec_unanswered;
mod edns;
mod graph;
mod inside;
mod keys;
mod limits;
mod misplaced;
mod proofs;
mod registered;
mod repeated;
mod servers;
mod signatures;
mod signed;
mod standing;
#[cfg(test)]
mod tests;
mod unfinished;
mod usable;
mod values;

pub use graph::{Graph, GraphName, GraphServer, GraphZone, graph};

use std::time::SystemTime;

use crate::check::capture::Capture;
use crate::check::finding::{Code, Finding, Severity, Verdict};
use crate::check::roots::Roots;
use crate::check::survey::{Facts, Link, again, glance, survey};
use crate::check::target::{KnownZone, Target};
use crate::transport::LONGEST_NEGATIVE_TTL;

/// A check.
type Check = fn(&Facts<'_>, SystemTime) -> Vec<Finding>;

/// All checks.
const CHECKS: [Check; 18] = [
    registered::check,
    by_resolver::check,
    inside::check,
    delegation::check,
    usable::check,
    servers::check,
    edns::check,
    limits::check,
    aliases::check,
    answers::check,
    repeated::check,
    misplaced::check,
    values::check,
    caa::check,
    keys::check,
    signed::check,
    denial::check,
    dnssec_unanswered::check,
];

/// All codes, by check.
pub const CODES: [&[&Code]; 19] = [
    registered::CODES,
    by_resolver::CODES,
    inside::CODES,
    delegation::CODES,
    usable::CODES,
    servers::CODES,
    edns::CODES,
    limits::CODES,
    aliases::CODES,
    answers::CODES,
    repeated::CODES,
    misplaced::CODES,
    values::CODES,
    caa::CODES,
    keys::CODES,
    signed::CODES,
    denial::CODES,
    dnssec_unanswered::CODES,
    unfinished::CODES,
];

/// What is to be said of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// What they come to.
    pub verdict: Verdict,
    /// Whether any server answered: else nothing is known.
    pub is_judged: bool,
}

/// What a glance says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glanced {
    /// What a CA fails at, or may fail at, the worst first.
    pub findings: Vec<Finding>,
    /// For how many seconds resolvers remember that nothing is at the name, where a server says so.
    pub negative_ttl: Option<u32>,
}

/// Judges a name by what was captured.
#[must_use]
pub fn judge(target: &Target, capture: &Capture, roots: &Roots, now: SystemTime) -> Judgement {
    let (facts, left) = survey(target, capture, roots);
    let mut findings: Vec<Finding> = unfinished::tell(target, &left).into_iter().collect();
    for check in CHECKS {
        for finding in check(&facts, now) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Judgement {
        verdict: Verdict::of(&findings),
        is_judged: is_judged(&facts),
        findings,
    }
}

/// Those checks that a glance is enough for.
const CHECKS_OF_GLANCE: [Check; 5] = [
    edns::check,
    caa::check,
    keys::check,
    signed::check,
    denial::check,
];

/// The TTL of negative answers of the zone that holds the record (RFC 2308 §5), as far as resolvers keep to it.
fn negative_ttl(facts: &Facts<'_>) -> Option<u32> {
    let holding = facts.zones.iter().filter(|zone| {
        !zone.is_resolved && crate::name::is_within(&facts.target.name, &zone.zone.name)
    });
    let zone = holding.max_by_key(|zone| zone.zone.name.num_labels())?;
    let name = &zone.zone.name;
    let ttls = zone.probes.iter().filter_map(|probes| {
        let reply = probes.reply()?;
        let minimum = reply.soa_of(name)?.minimum;
        let own = reply.answers().iter().find(|one| one.name == *name)?;
        Some(own.ttl.min(minimum))
    });
    ttls.max().map(|ttl| ttl.min(LONGEST_NEGATIVE_TTL))
}

/// Judges what a glance at these zones has captured.
#[must_use]
pub fn judge_glance(
    target: &Target,
    zones: &[KnownZone],
    capture: &Capture,
    roots: &Roots,
    now: SystemTime,
) -> Glanced {
    let (facts, _) = glance(target, zones, capture, roots);
    let all = CHECKS_OF_GLANCE.iter().flat_map(|check| check(&facts, now));
    let mut findings: Vec<Finding> = Vec::new();
    for finding in all.filter(|finding| finding.severity >= Severity::Warning) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Glanced {
        negative_ttl: negative_ttl(&facts),
        findings,
    }
}

/// Judges what the servers of these zones said to the same question for a record, several times at once.
#[must_use]
pub fn judge_again(
    target: &Target,
    zones: &[KnownZone],
    capture: &Capture,
    roots: &Roots,
) -> Vec<Finding> {
    let (all, _) = again(target, zones, capture, roots);
    repeated::check_texts(&all, &target.name, target.value.as_deref())
}

/// Whether the root or a zone below it said anything, or else a resolver.
fn is_judged(facts: &Facts<'_>) -> bool {
    let by_servers = |link: &Link| link.walk.zones.len() > 1 || registered::is_denied(link);
    facts.chain.iter().any(by_servers) || facts.is_resolved()
}
