//! Servers that limit the rate at which they answer (RRL).

use std::time::SystemTime;

use hickory_proto::rr::RecordType;

use crate::check::finding::{Code, Finding, Severity};
use crate::check::survey::Facts;

static RATE_LIMITED: Code = Code {
    name: "RATE_LIMITED",
    severity: Severity::Notice,
    meaning: "A server answers some questions over UDP, and leaves others unanswered or answers them with TC alone: it limits its rate of answers, or packets are lost.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&RATE_LIMITED];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let Some(zone) = facts.last().and_then(|link| link.walk.zone()) else {
        return Vec::new();
    };
    let findings = facts.closer.limited.iter().map(|one| {
        let all = one.answered + one.silent + one.cut;
        let detail = format!(
            "{} ({}) left {} of {all} questions over UDP unanswered, and answered {} with TC alone, where the answers are small",
            one.server,
            crate::address::format(&one.address),
            one.silent,
            one.cut
        );
        Finding::new(&RATE_LIMITED, &zone.name, detail)
            .arg("answered", one.answered as u64)
            .arg("unanswered", one.silent as u64)
            .arg("truncated", one.cut as u64)
            .servers([(one.server.clone(), one.address)])
            .dig("+notcp", &zone.name, RecordType::SOA)
            .hint(
                "It limits the rate at which it answers (RRL), or the network loses packets. A CA asks from several places at once, \
                 and does not get through where the limit is for all of them together, or answers are dropped rather than cut \
                 (slip 0) or TCP is closed. Raise the limit, or have it cut answers.",
            )
    });
    findings.collect()
}
