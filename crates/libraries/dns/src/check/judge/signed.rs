//! DNSSEC: the signatures of what a CA's resolver asks for.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use hickory_proto::dnssec::rdata::DNSKEY;
use hickory_proto::rr::{Name, Record, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Trust, chain, ds_of, is_vouched_for, unsigned_copies};
use crate::check::judge::denial::{Denial, denials};
use crate::check::judge::signatures::{Signed, time_of, verify};
use crate::check::judge::standing::{Servers, list, list_servers, severity};
use crate::check::survey::{Asked, Facts, Link, ZoneFacts};

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

/// What a signature may have left at most to expire soon.
const SOON: Duration = Duration::from_secs(3 * 24 * 3600);

/// A set of records whose signature is looked at, as one server has it.
struct Set<'a> {
    at: (Name, SocketAddr),
    section: &'a [Record],
    name: &'a Name,
    record_type: RecordType,
    /// What was asked for.
    asked: (&'a Name, RecordType),
    /// How many servers answer that.
    answering: usize,
}

impl Set<'_> {
    /// What its signatures are worth by their times alone.
    fn time_of(&self, now: SystemTime) -> Signed {
        time_of(self.section, self.name, self.record_type, now)
    }
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
            let (sets, denials) = (sets(facts, zone), denials(facts, zone));
            let mut all = faults(zone, &sets, &keys, now);
            let proofs = proofs(&denials);
            let of_proofs = proofs.iter();
            let of_proofs = of_proofs.filter_map(|set| Some((set, tell(&set.time_of(now), now)?)));
            all.extend(of_proofs.filter(|(_, fault)| fault.time.is_some()));
            findings.extend(unsound(zone, all, now));
        }
    }
    findings
}

/// The sets of records of a zone that a CA's resolver validates.
fn sets<'a>(facts: &'a Facts<'_>, zone: &'a ZoneFacts) -> Vec<Set<'a>> {
    let own = &zone.zone.name;
    let mut sets = Vec::new();
    let mut add = |all: &'a [Asked], asked: &'a Name, name: &'a Name, record_type| {
        // A resolver was asked for no signatures.
        let all = all.iter().filter(|one| !one.by_resolver);
        let answers = all.filter_map(|one| Some((one, one.of_zone()?)));
        let answering = answers.clone().count();
        for (one, reply) in answers {
            let section = reply.answers();
            if section
                .iter()
                .any(|one| one.name == *name && one.record_type() == record_type)
            {
                let asked = match record_type {
                    RecordType::CNAME | RecordType::DNAME => (asked, RecordType::TXT),
                    _ => (asked, record_type),
                };
                sets.push(Set {
                    at: one.at(),
                    section,
                    name,
                    record_type,
                    asked,
                    answering,
                });
            }
        }
    };
    add(&zone.keys, own, own, RecordType::DNSKEY);
    for below in facts.delegated_by(own) {
        add(
            &below.ds,
            &below.zone.name,
            &below.zone.name,
            RecordType::DS,
        );
    }
    for link in facts.links_in(own).filter(|link| !link.is_wildcard) {
        add(&link.asked, &link.name, &link.name, RecordType::TXT);
        // The CNAME that a DNAME makes has no signature (RFC 6672 §5.3.1).
        match dname_above(link) {
            // Signatures are over small letters (RFC 4034 §6.2), and such a record is kept as it came.
            Some((_, target)) if !target.eq_case(&target.to_lowercase()) => {}
            Some((owner, _)) => add(&link.asked, &link.name, owner, RecordType::DNAME),
            None => add(&link.asked, &link.name, &link.name, RecordType::CNAME),
        }
    }
    for look in facts.caa_in(own) {
        add(&look.asked, &look.at, &look.at, RecordType::CAA);
    }
    let soas = zone.probes.iter().filter_map(|probes| {
        let reply = probes.udp.reply()?;
        reply.soa_of(own).map(|_| (probes.at(), reply))
    });
    let answering = soas.clone().count();
    sets.extend(soas.map(|(at, reply)| Set {
        at,
        section: reply.answers(),
        name: own,
        record_type: RecordType::SOA,
        asked: (own, RecordType::SOA),
        answering,
    }));
    sets
}

/// The records that prove what is not there: whether they are signed well is told of with the proof, and here only when.
fn proofs<'a>(denials: &[Denial<'a>]) -> Vec<Set<'a>> {
    let sets = denials.iter().flat_map(|denial| {
        denial.records().map(|record| Set {
            at: denial.at.clone(),
            section: &denial.reply.message().authorities,
            name: &record.name,
            record_type: record.record_type(),
            asked: (denial.name, denial.record_type),
            answering: denial.answering,
        })
    });
    sets.collect()
}

fn dname_above(link: &Link) -> Option<(&Name, Name)> {
    let mut replies = link.asked.iter().filter_map(Asked::of_zone);
    replies.find_map(|reply| reply.dname_above(&link.name))
}

/// What is wrong with the signatures of each set.
fn faults<'a>(
    zone: &ZoneFacts,
    sets: &'a [Set<'a>],
    keys: &[&DNSKEY],
    now: SystemTime,
) -> Vec<(&'a Set<'a>, Fault)> {
    let own = &zone.zone.name;
    let vouched_for = vouched_for(zone, keys);
    let faults = sets.iter().filter_map(|set| {
        let by = match set.record_type {
            RecordType::DNSKEY => &vouched_for,
            _ => keys,
        };
        let signed = verify(set.section, set.name, set.record_type, own, by, now);
        let fault = match signed {
            Signed::NoKey(tag) if set.record_type == RecordType::DNSKEY => Fault {
                code: &SIGNATURE_WRONG,
                says: format!("they are signed by key {tag}, which no DS above is of"),
                time: None,
            },
            signed => tell(&signed, now)?,
        };
        Some((set, fault))
    });
    faults.collect()
}

/// The keys that a DS is of: by one of these the set of keys has to be signed (RFC 4035 §5.2). The root has no DS.
fn vouched_for<'a>(zone: &ZoneFacts, keys: &[&'a DNSKEY]) -> Vec<&'a DNSKEY> {
    let ds = ds_of(zone);
    let is_of_ds = |key: &&&DNSKEY| ds.is_empty() || is_vouched_for(&ds, &zone.zone.name, key);
    keys.iter().filter(is_of_ds).copied().collect()
}

fn unsound(zone: &ZoneFacts, mut all: Vec<(&Set<'_>, Fault)>, now: SystemTime) -> Vec<Finding> {
    let own = &zone.zone.name;
    let bare = unsigned_copies(zone, now);
    // That is told of by the key that is not there.
    all.retain(|(set, fault)| fault.code != &SIGNATURE_MISSING || !bare.contains(&set.at.1));
    let mut findings = Vec::new();
    while let Some((set, fault)) = all.first().cloned() {
        // All signatures of a zone end together where its signer has stopped.
        let is_same = |(other, one): &(&Set<'_>, Fault)| {
            let is_one = (other.name, other.record_type) == (set.name, set.record_type);
            one.code == fault.code && (fault.time.is_some() || is_one)
        };
        let same: Vec<_> = all.extract_if(.., |one| is_same(one)).collect();
        findings.push(match fault.time {
            Some(_) => timed(own, &same),
            None => finding(&same),
        });
    }
    findings
}

/// The servers of these sets, each once.
fn servers_of<'a>(all: impl Iterator<Item = &'a Set<'a>>) -> Servers {
    let mut servers: Servers = Vec::new();
    for set in all {
        if !servers.contains(&set.at) {
            servers.push(set.at.clone());
        }
    }
    servers
}

/// How severe it is that these sets are not signed well: whether another server answers one of the questions.
fn severity_of(code: &Code, same: &[(&Set<'_>, Fault)]) -> Severity {
    let is_all = |(set, _): &(&Set<'_>, Fault)| {
        let alike = same.iter().map(|(other, _)| *other);
        let alike = alike.filter(|other| other.asked == set.asked);
        severity(servers_of(alike).len(), set.answering) == Severity::Error
    };
    match code == &SIGNATURE_EXPIRES_SOON || !same.iter().any(is_all) {
        true => Severity::Warning,
        false => Severity::Error,
    }
}

/// Signatures of one set of records.
fn finding(same: &[(&Set<'_>, Fault)]) -> Finding {
    let (set, fault) = &same[0];
    let (name, record_type) = (set.name, set.record_type);
    let servers = servers_of(same.iter().map(|(set, _)| *set));
    let detail = format!(
        "the {record_type} records of {name} at {}: {}",
        list_servers(&servers),
        fault.says
    );
    Finding::new(fault.code, name, detail)
        .severity(severity_of(fault.code, same))
        .arg("type", record_type.to_string())
        .servers(servers)
        .dig("+dnssec", set.asked.0, set.asked.1)
        .hint(hint(fault.code))
}

/// Signatures of a zone that end, or begin, at a wrong time.
fn timed(zone: &Name, same: &[(&Set<'_>, Fault)]) -> Finding {
    let (set, fault) = &same[0];
    let servers = servers_of(same.iter().map(|(set, _)| *set));
    let mut records: Vec<String> = Vec::new();
    for (set, _) in same {
        let record = format!("{} {}", set.record_type, set.name);
        if !records.contains(&record) {
            records.push(record);
        }
    }
    let mut times: Vec<SystemTime> = same.iter().filter_map(|(_, one)| one.time).collect();
    times.sort_unstable();
    times.dedup();
    let first = times.first().copied().unwrap_or(SystemTime::UNIX_EPOCH);
    let when = match times.len() {
        1 => "",
        _ => "the first ",
    };
    let detail = format!(
        "the records {} of the zone {zone} at {}: {}, {when}on {}",
        list(&records),
        list_servers(&servers),
        fault.says,
        humantime::format_rfc3339_seconds(first)
    );
    Finding::new(fault.code, set.name, detail)
        .severity(severity_of(fault.code, same))
        .arg("type", set.record_type.to_string())
        .arg("records", records)
        .arg("time", first)
        .servers(servers)
        .dig("+dnssec", set.asked.0, set.asked.1)
        .hint(hint(fault.code))
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
