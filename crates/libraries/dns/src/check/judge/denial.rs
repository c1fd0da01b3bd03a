//! DNSSEC: whether a signed zone proves what it says is not there (RFC 4035 §5.4, RFC 5155 §8). Before its record is there
//! that is all that a name has, and most names never have CAA records.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, NSEC3};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Trust, chain};
use crate::check::judge::signatures::{Signed, verify};
use crate::check::judge::standing::list_servers;
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
static NSEC3_ITERATIONS: Code = Code {
    name: "NSEC3_ITERATIONS",
    severity: Severity::Notice,
    meaning: "NSEC3 records are hashed more than once (RFC 9276): resolvers take many iterations for unsigned or fail.",
    nearest: "Zonemaster DS03_ILLEGAL_ITERATION_VALUE, DNSViz NONZERO_NSEC3_ITERATION_COUNT",
};

pub(super) const CODES: &[&Code] = &[&DENIAL_MISSING, &DENIAL_WRONG, &NSEC3_ITERATIONS];

/// From so many iterations on BIND 9.20 and others take a zone for unsigned, or answer SERVFAIL.
const MANY: u16 = 50;

/// A negative answer of one server.
struct Denial<'a> {
    at: (Name, SocketAddr),
    reply: &'a Reply,
    name: &'a Name,
    record_type: RecordType,
}

/// The addresses that a finding is about.
type Servers = Vec<(Name, SocketAddr)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Given,
    Missing,
    Wrong,
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

/// What the zone's servers say is not there.
fn denials<'a>(facts: &'a Facts<'_>, zone: &'a ZoneFacts) -> Vec<Denial<'a>> {
    let own = &zone.zone.name;
    let mut denials = Vec::new();
    let mut add = |all: &'a [Asked], name: &'a Name, record_type| {
        // A resolver was asked for no proof.
        for asked in all.iter().filter(|one| !one.by_resolver) {
            let is_negative = |reply: &&Reply| {
                reply.answers().is_empty()
                    && reply.negative_soa().is_some_and(|(owner, _)| owner == own)
            };
            if let Some(reply) = asked.of_zone().filter(is_negative) {
                let at = (asked.server.clone(), asked.address);
                denials.push(Denial {
                    at,
                    reply,
                    name,
                    record_type,
                });
            }
        }
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

fn unproved(
    zone: &ZoneFacts,
    denials: &[Denial<'_>],
    keys: &[&DNSKEY],
    now: SystemTime,
) -> Vec<Finding> {
    let mut told: Vec<(Proof, &Denial<'_>, Servers)> = Vec::new();
    for denial in denials {
        let proof = proof(denial, &zone.zone.name, keys, now);
        if proof == Proof::Given {
            continue;
        }
        let is_same = |other: &Denial<'_>| {
            (other.name, other.record_type) == (denial.name, denial.record_type)
        };
        match told
            .iter_mut()
            .find(|(known, other, _)| *known == proof && is_same(other))
        {
            Some((_, _, servers)) => servers.push(denial.at.clone()),
            None => told.push((proof, denial, vec![denial.at.clone()])),
        }
    }
    let findings = told.into_iter().map(|(proof, denial, servers)| {
        let (name, record_type) = (denial.name, denial.record_type);
        let all = denials.iter().filter(|one| one.name == name && one.record_type == record_type);
        let is_all = servers.len() >= all.count();
        let (code, says) = match proof {
            Proof::Wrong => (&DENIAL_WRONG, "its proof is not signed well"),
            _ => (&DENIAL_MISSING, "nothing proves that"),
        };
        let detail = format!(
            "{} of {}: there is no {record_type} at {name}, and {says}",
            list_servers(&servers),
            zone.zone.name
        );
        Finding::new(code, name, detail)
            .severity(if is_all { Severity::Error } else { Severity::Warning })
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

/// Whether a negative answer is proved: signed NSEC or NSEC3 records that match or cover the name or one above it.
fn proof(denial: &Denial<'_>, zone: &Name, keys: &[&DNSKEY], now: SystemTime) -> Proof {
    let section = &denial.reply.message().authorities;
    let records = section.iter().filter(|record| is_denial(record));
    let mut is_proved = false;
    for record in records {
        match verify(section, &record.name, record.record_type(), zone, keys, now) {
            Signed::Well(..) | Signed::Unknown(_) => {}
            _ => return Proof::Wrong,
        }
        is_proved |= match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC(nsec)) => by_nsec(record, nsec, denial),
            RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => by_nsec3(record, nsec3, denial.name, zone),
            _ => false,
        };
    }
    if is_proved {
        Proof::Given
    } else {
        Proof::Missing
    }
}

fn is_denial(record: &Record) -> bool {
    matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
}

/// Whether it says that the type is not at the name, or that the name is not between its two names. A name that is not
/// there but has others below it is between its own and the next, too (RFC 4035 §3.1.3.2).
fn by_nsec(record: &Record, nsec: &NSEC, denial: &Denial<'_>) -> bool {
    let name = denial.name;
    if record.name == *name {
        return !nsec.type_bit_maps().any(|kind| kind == denial.record_type);
    }
    let next = nsec.next_domain_name();
    // Names compare in canonical order (RFC 4034 §6.1), and the last one leads back to the apex.
    let is_last = *next <= record.name;
    record.name < *name && (is_last || *name < *next)
}

/// Whether it matches or covers the hash of the name, or of one above it in the zone.
fn by_nsec3(record: &Record, nsec3: &NSEC3, name: &Name, zone: &Name) -> bool {
    let Some(own) = record.name.iter().next().map(<[u8]>::to_ascii_lowercase) else {
        return false;
    };
    let next = nsec3.next_hashed_owner_name_base32();
    let next = next.map(|label| label.as_bytes().to_ascii_lowercase());
    let mut name = name.clone();
    while is_within(&name, zone) {
        let hash = nsec3
            .hash_algorithm()
            .hash(nsec3.salt(), &name, nsec3.iterations());
        let Ok(hash) = hash else {
            return false;
        };
        let hash = base32hex(hash.as_ref());
        let is_covered = next.as_ref().is_some_and(|next| match own < *next {
            true => own < hash && hash < *next,
            false => own < hash || hash < *next,
        });
        if own == hash || is_covered {
            return true;
        }
        if name.is_root() {
            return false;
        }
        name = name.base_name();
    }
    false
}

/// Base 32 with the extended hexadecimal alphabet, which keeps the order (RFC 4648 §7), in small letters.
fn base32hex(octets: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let bits = octets
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let digits = bits.chunks(5).map(|chunk| {
        let value = chunk.iter().fold(0, |value, bit| value << 1 | bit);
        DIGITS[usize::from(value << (5 - chunk.len()))]
    });
    digits.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_32_is_that_of_nsec3() {
        // RFC 4648 §10, without padding.
        for (octets, text) in [
            ("", ""),
            ("f", "co"),
            ("fo", "cpng"),
            ("foob", "cpnmuog"),
            ("foobar", "cpnmuoj1e8"),
        ] {
            assert_eq!(base32hex(octets.as_bytes()), text.as_bytes(), "{octets}");
        }
    }
}
