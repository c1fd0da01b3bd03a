//! EDNS (RFC 6891) and the case of names: what the resolvers of CAs use and old servers and firewalls spoil.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::standing::list_servers;
use crate::check::survey::{CloserLook, Facts, Probes, Said, ZoneFacts, rejects_edns};
use crate::check::wire::mixed_case;

static EDNS_UNANSWERED: Code = Code {
    name: "EDNS_UNANSWERED",
    severity: Severity::Warning,
    meaning: "A server answers without EDNS, and not with it.",
    nearest: "Zonemaster NO_EDNS_SUPPORT (NAMESERVER02), DNSViz RESPONSE_ERROR_WITH_EDNS",
};
static EDNS_REJECTED: Code = Code {
    name: "EDNS_REJECTED",
    severity: Severity::Notice,
    meaning: "A server answers FORMERR, NOTIMP or BADVERS to EDNS, or leaves it out of its answer.",
    nearest: "Zonemaster NO_EDNS_SUPPORT (NAMESERVER02), DNSViz RESPONSE_ERROR_WITH_EDNS",
};
static CASE_CHANGED: Code = Code {
    name: "CASE_CHANGED",
    severity: Severity::Warning,
    meaning: "A server sends the question back in another case, or does not answer one in mixed case.",
    nearest: "Zonemaster QNAME_CASE_INSENSITIVE (NAMESERVER08), DNSViz CASE_NOT_PRESERVED",
};

pub(super) const CODES: &[&Code] = &[&EDNS_UNANSWERED, &EDNS_REJECTED, &CASE_CHANGED];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let check = |zone| check_zone(zone, &facts.closer);
    facts.judged().flat_map(check).collect()
}

fn check_zone(facts: &ZoneFacts, closer: &CloserLook) -> Vec<Finding> {
    let (name, mut findings) = (&facts.zone.name, Vec::new());
    let of = |is: &dyn Fn(&Probes) -> bool| -> Vec<(Name, SocketAddr)> {
        facts
            .probes
            .iter()
            .filter(|probes| is(probes))
            .map(Probes::at)
            .collect()
    };
    let unanswered = of(&|probes| {
        let is_silent = probes.udp.fault().is_some() && probes.plain.reply().is_some();
        is_silent && !closer.is_limited(probes.address)
    });
    let rejected = of(&|probes| {
        let good = |said: &Said| said.reply().is_some_and(|reply| !rejects_edns(reply));
        let ignores = probes
            .udp
            .answer()
            .is_some_and(|answer| !answer.has_edns() && answer.reply().soa_of(name).is_some());
        let rejects = probes.udp.reply().is_some_and(rejects_edns) && good(&probes.plain);
        rejects || ignores
    });
    let changed = of(&|probes| {
        let is_lost = probes.mixed.fault().is_some() && closer.is_limited(probes.address);
        changes_case(probes, name) && !is_lost
    });
    if !unanswered.is_empty() {
        // What is left has no server that a resolver which insists on EDNS can ask.
        let is_all = unanswered.len() == facts.serving().count();
        let detail = format!(
            "{} of the zone {name}: no answer to a query with EDNS, and one to the same query without it",
            list_servers(&unanswered)
        );
        findings.push(
            Finding::new(&EDNS_UNANSWERED, name, detail)
                .severity(if is_all { Severity::Error } else { Severity::Warning })
                .servers(unanswered)
                .dig("+edns=0", name, RecordType::SOA)
                .hint("A firewall or an old server drops them. Resolvers of CAs always use EDNS, and some never ask without it."),
        );
    }
    if !rejected.is_empty() {
        let detail = format!("{} of the zone {name}: no EDNS", list_servers(&rejected));
        findings.push(
            Finding::new(&EDNS_REJECTED, name, detail)
                .servers(rejected)
                .dig("+edns=0", name, RecordType::SOA)
                .hint("Resolvers ask again without EDNS. A zone on such a server cannot be signed; update it."),
        );
    }
    if !changed.is_empty() {
        let mixed = mixed_case(name);
        let detail = format!(
            "{} of the zone {name}: a question for {mixed} is not sent back in that case",
            list_servers(&changed)
        );
        findings.push(
            Finding::new(&CASE_CHANGED, name, detail)
                .servers(changed)
                .dig("", &mixed, RecordType::SOA)
                .hint("CAs ask in random case against forgery (0x20). A server has to send the question back octet by octet."),
        );
    }
    findings
}

fn changes_case(probes: &Probes, zone: &Name) -> bool {
    // What does not answer EDNS does not answer this either.
    let Some(usual) = probes.udp.answer() else {
        return false;
    };
    match &probes.mixed {
        Said::Pending => false,
        Said::Silent(_) => true,
        Said::Reply(answer) => {
            let is_kept = answer
                .echoed()
                .is_none_or(|name| name.eq_case(&mixed_case(zone)));
            !is_kept || answer.reply().code() != usual.reply().code()
        }
    }
}
