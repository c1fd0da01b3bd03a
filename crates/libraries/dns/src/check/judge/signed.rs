//! DNSSEC: the signatures of what a CA's resolver asks for.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use hickory_proto::dnssec::rdata::DNSKEY;
use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Trust, chain};
use crate::check::judge::signatures::{Signed, verify};
use crate::check::judge::standing::{list_servers, severity};
use crate::check::survey::{Asked, Facts, Link, ZoneFacts};
use crate::transport::Reply;

static SIGNATURE_EXPIRED: Code = Code {
    name: "SIGNATURE_EXPIRED",
    severity: Severity::Warning,
    meaning: "A signature has expired.",
    nearest: "Zonemaster DS04_RRSIG_EXPIRED, DNSViz EXPIRATION_IN_PAST",
};
static SIGNATURE_EXPIRES_SOON: Code = Code {
    name: "SIGNATURE_EXPIRES_SOON",
    severity: Severity::Warning,
    meaning: "Less than a tenth of a signature's time is left, and at most three days.",
    nearest: "DNSViz EXPIRATION_WITHIN_CLOCK_SKEW",
};
static SIGNATURE_NOT_YET: Code = Code {
    name: "SIGNATURE_NOT_YET",
    severity: Severity::Warning,
    meaning: "A signature begins in the future.",
    nearest: "Zonemaster DS04_RRSIG_INCEPTION_IN_FUTURE, DNSViz INCEPTION_IN_FUTURE",
};
static SIGNATURE_MISSING: Code = Code {
    name: "SIGNATURE_MISSING",
    severity: Severity::Warning,
    meaning: "Records of a signed zone have no signature.",
    nearest: "Zonemaster DS08_MISSING_RRSIG_IN_RESPONSE, DNSViz MISSING_RRSIG",
};
static SIGNATURE_WRONG: Code = Code {
    name: "SIGNATURE_WRONG",
    severity: Severity::Warning,
    meaning: "A signature is not of these records, or of none of the zone's keys.",
    nearest: "Zonemaster DS08_RRSIG_NOT_VALID_BY_DNSKEY, DNSViz SIGNATURE_INVALID",
};
pub(super) const CODES: &[&Code] = &[
    &SIGNATURE_EXPIRED,
    &SIGNATURE_EXPIRES_SOON,
    &SIGNATURE_NOT_YET,
    &SIGNATURE_MISSING,
    &SIGNATURE_WRONG,
];

/// The addresses that a finding is about.
type Servers = Vec<(Name, SocketAddr)>;

/// What a signature may have left at most to expire soon.
const SOON: Duration = Duration::from_secs(3 * 24 * 3600);

/// A set of records whose signature is looked at, as one server has it.
struct Set<'a> {
    at: (Name, SocketAddr),
    reply: &'a Reply,
    name: &'a Name,
    record_type: RecordType,
}

/// What is wrong with a signature.
#[derive(Clone)]
struct Fault {
    code: &'static Code,
    says: String,
    time: Option<SystemTime>,
}

pub(super) fn check(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (zone, trust) in chain(facts, now) {
        if let Trust::Signed(keys) = trust {
            findings.extend(unsound(zone, &sets(facts, zone), &keys, now));
        }
    }
    findings
}

/// The sets of records of a zone that a CA's resolver validates.
fn sets<'a>(facts: &'a Facts<'_>, zone: &'a ZoneFacts) -> Vec<Set<'a>> {
    let own = &zone.zone.name;
    let mut sets = Vec::new();
    let mut add = |all: &'a [Asked], name: &'a Name, record_type| {
        // A resolver was asked for no signatures.
        for asked in all.iter().filter(|one| !one.by_resolver) {
            if let Some(reply) = asked.of_zone()
                && reply
                    .answers()
                    .iter()
                    .any(|one| one.name == *name && one.record_type() == record_type)
            {
                let at = (asked.server.clone(), asked.address);
                sets.push(Set {
                    at,
                    reply,
                    name,
                    record_type,
                });
            }
        }
    };
    add(&zone.keys, own, RecordType::DNSKEY);
    for below in facts.delegated_by(own) {
        add(&below.ds, &below.zone.name, RecordType::DS);
    }
    for link in facts.links_in(own).filter(|link| !link.is_wildcard) {
        add(&link.asked, &link.name, RecordType::TXT);
        // The CNAME that a DNAME makes has no signature (RFC 6672 §5.3.1).
        match dname_above(link) {
            // Signatures are over small letters (RFC 4034 §6.2), and such a record is kept as it came.
            Some((_, target)) if !target.eq_case(&target.to_lowercase()) => {}
            Some((owner, _)) => add(&link.asked, owner, RecordType::DNAME),
            None => add(&link.asked, &link.name, RecordType::CNAME),
        }
    }
    for look in facts.caa_in(own) {
        add(&look.asked, &look.at, RecordType::CAA);
    }
    for probes in &zone.probes {
        if let Some(reply) = probes
            .udp
            .reply()
            .filter(|reply| reply.soa_of(own).is_some())
        {
            let at = probes.at();
            sets.push(Set {
                at,
                reply,
                name: own,
                record_type: RecordType::SOA,
            });
        }
    }
    sets
}

fn dname_above(link: &Link) -> Option<(&Name, Name)> {
    let mut replies = link.asked.iter().filter_map(Asked::of_zone);
    replies.find_map(|reply| reply.dname_above(&link.name))
}

fn unsound(zone: &ZoneFacts, sets: &[Set<'_>], keys: &[&DNSKEY], now: SystemTime) -> Vec<Finding> {
    let mut all: Vec<(&Set<'_>, Fault)> = Vec::new();
    for set in sets {
        let section = set.reply.answers();
        let (name, own) = (set.name, &zone.zone.name);
        let signed = verify(section, name, set.record_type, own, keys, now);
        all.extend(tell(&signed, now).map(|fault| (set, fault)));
    }
    let mut findings = Vec::new();
    while let Some((set, fault)) = all.first().cloned() {
        let is_same = |(other, one): &(&Set<'_>, Fault)| {
            (other.name, other.record_type, one.code) == (set.name, set.record_type, fault.code)
        };
        let same = all.extract_if(.., |one| is_same(one));
        let servers: Vec<_> = same.map(|(set, _)| set.at.clone()).collect();
        findings.push(finding(set, &fault, servers, sets));
    }
    findings
}

fn finding(set: &Set<'_>, fault: &Fault, servers: Servers, sets: &[Set<'_>]) -> Finding {
    let (name, record_type) = (set.name, set.record_type);
    let alike = sets
        .iter()
        .filter(|other| other.name == name && other.record_type == record_type);
    let detail = format!(
        "the {record_type} records of {name} at {}: {}",
        list_servers(&servers),
        fault.says
    );
    let severity = match fault.code == &SIGNATURE_EXPIRES_SOON {
        true => Severity::Warning,
        false => severity(servers.len(), alike.count()),
    };
    let finding = Finding::new(fault.code, name, detail)
        .severity(severity)
        .arg("type", record_type.to_string())
        .servers(servers)
        .dig("+dnssec", name, record_type)
        .hint(hint(fault.code));
    match fault.time {
        Some(time) => finding.arg("time", time),
        None => finding,
    }
}

/// What a signature's worth means, if it is not well.
fn tell(signed: &Signed, now: SystemTime) -> Option<Fault> {
    let fault = |code, says: &str, time| {
        Some(Fault {
            code,
            says: says.to_owned(),
            time,
        })
    };
    match signed {
        Signed::Well(from, until) => {
            let left = until.duration_since(now).unwrap_or_default();
            let whole = until.duration_since(*from).unwrap_or_default();
            if left > SOON || left > whole / 10 {
                return None;
            }
            fault(
                &SIGNATURE_EXPIRES_SOON,
                "their signature expires soon",
                Some(*until),
            )
        }
        // Who does not know an algorithm cannot tell.
        Signed::Unknown(_) => None,
        Signed::Missing => fault(&SIGNATURE_MISSING, "no signature", None),
        Signed::Expired(at) => fault(&SIGNATURE_EXPIRED, "their signature has expired", Some(*at)),
        Signed::NotYet(at) => fault(
            &SIGNATURE_NOT_YET,
            "their signature begins in the future",
            Some(*at),
        ),
        Signed::NoKey(tag) => {
            let says = format!("they are signed by key {tag}, which the zone does not have");
            fault(&SIGNATURE_WRONG, &says, None)
        }
        Signed::Wrong(tag) => {
            let says = format!("the signature of key {tag} is not of these records");
            fault(&SIGNATURE_WRONG, &says, None)
        }
    }
}

fn hint(code: &Code) -> &'static str {
    match code.name {
        "SIGNATURE_EXPIRES_SOON" => {
            "The signer should have renewed it by now: is it running, and are transfers?"
        }
        "SIGNATURE_EXPIRED" => {
            "The signer, or the transfer to this server, has stopped. A CA's resolver has no tolerance."
        }
        "SIGNATURE_NOT_YET" => "Set the signer's clock, and sign again.",
        _ => "Sign the zone again. A CA's resolver answers SERVFAIL for what it cannot validate.",
    }
}
