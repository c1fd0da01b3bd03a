//! Judges what was captured: each check is a file, and a pure function of the facts and the time.

mod aliases;
mod answers;
mod caa;
mod caa_decision;
mod chain_of_trust;
mod delegation;
mod denial;
mod edns;
mod graph;
mod keys;
mod registered;
mod servers;
mod signatures;
mod signed;
mod standing;
#[cfg(test)]
mod tests;
mod values;

pub use graph::{Graph, GraphName, GraphServer, GraphZone, graph};

use std::time::SystemTime;

use crate::check::capture::Capture;
use crate::check::finding::{Code, Finding, Verdict};
use crate::check::roots::Roots;
use crate::check::survey::{Facts, survey};
use crate::check::target::Target;

/// A check.
type Check = fn(&Facts<'_>, SystemTime) -> Vec<Finding>;

/// All checks.
const CHECKS: [Check; 11] = [
    registered::check,
    delegation::check,
    servers::check,
    edns::check,
    aliases::check,
    answers::check,
    values::check,
    caa::check,
    keys::check,
    signed::check,
    denial::check,
];

/// All codes, by check.
pub const CODES: [&[&Code]; 11] = [
    registered::CODES,
    delegation::CODES,
    servers::CODES,
    edns::CODES,
    aliases::CODES,
    answers::CODES,
    values::CODES,
    caa::CODES,
    keys::CODES,
    signed::CODES,
    denial::CODES,
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

/// Judges a name by what was captured.
#[must_use]
pub fn judge(target: &Target, capture: &Capture, roots: &Roots, now: SystemTime) -> Judgement {
    let (facts, _) = survey(target, capture, roots);
    let mut findings: Vec<Finding> = Vec::new();
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

/// Whether the root or a zone below it said anything.
fn is_judged(facts: &Facts<'_>) -> bool {
    facts
        .chain
        .iter()
        .any(|link| link.walk.zones.len() > 1 || registered::is_denied(link))
}
