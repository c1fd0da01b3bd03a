//! DNSSEC: whether a signed zone proves what it says is not there (RFC 4035 §5.4, RFC 5155 §8). Before its record is there
//! that is all that a name has, and most names never have CAA records.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Trust, chain, unsigned_copies};
use crate::check::judge::proofs::{Claim, Gap, prove};
use crate::check::judge::signatures::{Signed, signatures, verify};
use crate::check::judge::standing::{Servers, list_servers, severity};
use crate::check::survey::{Asked, Facts, ZoneFacts};
use crate::name::is_within;
use crate::transport::Reply;

static DENIAL_MISSING: Code = Code {
    name: "DENIAL_MISSING",
    severity: Severity::Warning,
    meaning: "A signed zone says that something is not there, and does not prove it by NSEC or NSEC3 records.",
    nearest: "Zonemaster DS10_NO_NSEC_NO_NSEC3, DNSViz MISSING_NSEC_FOR_NODATA",
};
static DENIAL_WRONG: Code = Code {
    name: "DENIAL_WRONG",
    severity: Severity::Warning,
    meaning: "The NSEC or NSEC3 records that are to prove it are not signed well.",
    nearest: "Zonemaster DS10_NSEC_RRSIG_VERIFY_ERROR, DNSViz SIGNATURE_INVALID",
};
static DENIAL_INCOMPLETE: Code = Code {
    name: "DENIAL_INCOMPLETE",
    severity: Severity::Warning,
    meaning: "The NSEC or NSEC3 records do not prove all that they have to: that the name, or a wildcard in its place, is not there.",
    nearest: "DNSViz SNAME_NOT_COVERED, NEXT_CLOSEST_ENCLOSER_NOT_COVERED, WILDCARD_NOT_COVERED, STYPE_IN_BITMAP",
};
static NSEC3_ITERATIONS: Code = Code {
    name: "NSEC3_ITERATIONS",
    severity: Severity::Notice,
    meaning: "NSEC3 records are hashed more than once (RFC 9276). It is a warning from 50 iterations on, where resolvers take the zone for unsigned or fail.",
    nearest: "Zonemaster DS03_ILLEGAL_ITERATION_VALUE, DNSViz NONZERO_NSEC3_ITERATION_COUNT",
};

pub(super) const CODES: &[&Code] = &[
    &DENIAL_MISSING,
    &DENIAL_WRONG,
    &DENIAL_INCOMPLETE,
    &NSEC3_ITERATIONS,
];

/// From so many iterations on BIND 9.20 and others take a zone for unsigned, or answer SERVFAIL.
const MANY: u16 = 50;

/// What one server says that needs a proof.
pub(super) struct Denial<'a> {
    pub(super) at: (Name, SocketAddr),
    /// The zone that says so.
    zone: &'a Name,
    pub(super) reply: &'a Reply,
    pub(super) name: &'a Name,
    pub(super) record_type: RecordType,
    claim: Claim,
    /// How many servers answer the question, whatever they say.
    pub(super) answering: usize,
}

impl<'a> Denial<'a> {
    /// The records that are to prove it. A server that has the zone of a CNAME's target as well adds what that zone proves.
    pub(super) fn records(&self) -> impl Iterator<Item = &'a Record> + Clone {
        let (section, zone) = (&self.reply.message().authorities, self.zone);
        let is_own = move |record: &&Record| {
            let mut all = signatures(section, &record.name, record.record_type()).peekable();
            let is_unsigned = all.peek().is_none();
            is_within(&record.name, zone)
                && (is_unsigned || all.any(|one| one.input().signer_name == *zone))
        };
        let proofs = section.iter().filter(|record| is_denial(record));
        proofs.filter(is_own)
    }
}

/// What is wrong with a proof.
#[derive(Clone, PartialEq, Eq)]
enum Fault {
    /// It is not signed well.
    Signature,
    /// There is none, or it lacks something.
    Lacks(Gap),
}

pub(super) fn check(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (zone, trust) in chain(facts, now) {
        let Trust::Signed(keys) = trust else {
            continue;
        };
        let denials = denials(facts, zone);
        findings.extend(unproved(zone, &denials, &keys, now));
        if !zone.zone.is_top() {
            findings.extend(iterations(zone, &denials));
        }
    }
    findings
}

/// What the zone's servers say that needs a proof: that something is not there, or is only there by a wildcard.
pub(super) fn denials<'a>(facts: &'a Facts<'_>, zone: &'a ZoneFacts) -> Vec<Denial<'a>> {
    let own = &zone.zone.name;
    let mut denials = Vec::new();
    let mut add = |all: &'a [Asked], name: &'a Name, record_type| {
        // A resolver was asked for no proof.
        let all = all.iter().filter(|one| !one.by_resolver);
        let answers = all.filter_map(|one| Some((one.at(), one.of_zone()?)));
        let answering = answers.clone().count();
        denials.extend(answers.filter_map(|(at, reply)| {
            Some(Denial {
                at,
                zone: own,
                reply,
                name,
                record_type,
                claim: claim(reply, own, name, record_type)?,
                answering,
            })
        }));
    };
    for below in facts.delegated_by(own) {
        add(&below.ds, &below.zone.name, RecordType::DS);
    }
    for link in facts.links_in(own) {
        add(&link.asked, &link.name, RecordType::TXT);
    }
    for look in facts.caa_in(own) {
        add(&look.asked, &look.at, RecordType::CAA);
    }
    denials
}

/// What a reply has to prove, if anything.
fn claim(reply: &Reply, zone: &Name, name: &Name, record_type: RecordType) -> Option<Claim> {
    if reply.answers().is_empty() {
        // Without an SOA it is of this zone as well: of one below there would be a referral.
        let is_own = match reply.negative_soa() {
            Some((owner, _)) => owner == zone,
            None => reply.is_authoritative() && reply.referral().is_none(),
        };
        return is_own.then(|| match reply.code() {
            ResponseCode::NXDomain => Claim::NoName,
            _ => Claim::NoData(record_type),
        });
    }
    // A signature is over fewer labels than the name has where a wildcard made the records (RFC 4035 §5.3.4).
    let labels = [record_type, RecordType::CNAME]
        .into_iter()
        .find_map(|kind| {
            let mut all = signatures(reply.answers(), name, kind);
            all.next().map(|one| usize::from(one.input().num_labels))
        })?;
    (labels < name.iter().len()).then_some(Claim::Wildcard(labels))
}

fn unproved(
    zone: &ZoneFacts,
    denials: &[Denial<'_>],
    keys: &[&DNSKEY],
    now: SystemTime,
) -> Vec<Finding> {
    let mut told: Vec<(Fault, &Denial<'_>, Servers)> = Vec::new();
    let bare = unsigned_copies(zone, now);
    for denial in denials {
        let Err(fault) = proof(denial, &zone.zone.name, keys, now) else {
            continue;
        };
        // That is told of by the key that is not there.
        if fault == Fault::Lacks(Gap::Everything) && bare.contains(&denial.at.1) {
            continue;
        }
        let is_same = |other: &Denial<'_>| {
            (other.name, other.record_type, other.claim)
                == (denial.name, denial.record_type, denial.claim)
        };
        match told
            .iter_mut()
            .find(|(known, other, _)| *known == fault && is_same(other))
        {
            Some((_, _, servers)) => servers.push(denial.at.clone()),
            None => told.push((fault, denial, vec![denial.at.clone()])),
        }
    }
    let findings = told.into_iter().map(|(fault, denial, servers)| {
        let (name, record_type) = (denial.name, denial.record_type);
        // A wildcard's TXT records are gone once there is one at the name itself.
        let passes = matches!(denial.claim, Claim::Wildcard(_)) && record_type == RecordType::TXT;
        let severity = match passes {
            true => Severity::Warning,
            false => severity(servers.len(), denial.answering),
        };
        let claims = match denial.claim {
            Claim::Wildcard(_) => format!("{record_type} at {name} comes from a wildcard"),
            _ => format!("there is no {record_type} at {name}"),
        };
        let detail = format!(
            "{} of {}: {claims}, and {}",
            list_servers(&servers),
            zone.zone.name,
            says(&fault, denial.claim)
        );
        Finding::new(code(&fault), name, detail)
            .severity(severity)
            .arg("type", record_type.to_string())
            .servers(servers)
            .dig("+dnssec", name, record_type)
            .hint(
                "Sign the zone again (PowerDNS: pdnsutil rectify-zone). A CA's resolver answers SERVFAIL for a record that is \
                 missing without proof, as CAA records mostly are.",
            )
    });
    findings.collect()
}

fn code(fault: &Fault) -> &'static Code {
    match fault {
        Fault::Signature => &DENIAL_WRONG,
        Fault::Lacks(Gap::Everything) => &DENIAL_MISSING,
        Fault::Lacks(_) => &DENIAL_INCOMPLETE,
    }
}

fn says(fault: &Fault, claim: Claim) -> String {
    let Fault::Lacks(gap) = fault else {
        return "its proof is not signed well".into();
    };
    match gap {
        Gap::Everything => "nothing proves that".into(),
        Gap::Name(name) => format!("nothing proves that {name} does not exist"),
        Gap::Encloser(name) => format!("nothing proves which name above {name} exists"),
        Gap::Wildcard(name) if claim == Claim::NoName => {
            format!("nothing proves that the wildcard {name} does not exist")
        }
        Gap::Wildcard(name) => format!("nothing proves that the wildcard {name} has none either"),
        Gap::HasType(name) => format!("the proof has it, or a CNAME, at {name}"),
    }
}

/// Whether what a reply says is proved by NSEC or NSEC3 records that are signed well.
fn proof(denial: &Denial<'_>, zone: &Name, keys: &[&DNSKEY], now: SystemTime) -> Result<(), Fault> {
    let section = &denial.reply.message().authorities;
    for record in denial.records() {
        match verify(section, &record.name, record.record_type(), zone, keys, now) {
            Signed::Well(..) | Signed::Unknown(_) => {}
            // When signatures begin and end is told of all of a zone's together.
            Signed::Expired(_) | Signed::NotYet(_) => {}
            _ => return Err(Fault::Signature),
        }
    }
    prove(denial.records(), zone, denial.name, denial.claim).map_err(Fault::Lacks)
}

fn is_denial(record: &Record) -> bool {
    matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
}

fn iterations(zone: &ZoneFacts, denials: &[Denial<'_>]) -> Option<Finding> {
    let found = denials.iter().find_map(|denial| {
        let all = denial.reply.message().authorities.iter();
        let most = all.filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => Some(nsec3.iterations()),
            _ => None,
        });
        Some((denial, most.max()?))
    });
    let (denial, iterations) = found.filter(|(_, iterations)| *iterations > 0)?;
    let name = &zone.zone.name;
    let (severity, says) = match iterations >= MANY {
        true => (
            Severity::Warning,
            "which resolvers take for unsigned, or fail at",
        ),
        false => (Severity::Notice, "where there should be none"),
    };
    let detail = format!("the NSEC3 records of {name} have {iterations} more iterations, {says}");
    Some(
        Finding::new(&NSEC3_ITERATIONS, name, detail)
            .severity(severity)
            .arg("iterations", u64::from(iterations))
            .servers([denial.at.clone()])
            .dig("+dnssec", name, RecordType::NSEC3PARAM)
            .hint("Sign with 0 iterations and without salt (RFC 9276)."),
    )
}
