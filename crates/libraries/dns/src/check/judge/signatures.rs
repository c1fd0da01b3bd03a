//! Signatures over sets of records (RFC 4034 §3, RFC 4035 §5.3).

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::dnssec::Verifier;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType, SerialNumber};
use hickory_proto::serialize::binary::BinEncodable;

/// No zone has more signatures of one set, nor more keys of one tag; a hostile one has so many that to try each takes hours
/// (CVE-2023-50387).
const MOST: usize = 8;

/// What the signatures of a set of records are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// By a key of the zone, from then until then.
    Well(SystemTime, SystemTime),
    /// There is none.
    Missing,
    /// It ended then.
    Expired(SystemTime),
    /// It begins then.
    NotYet(SystemTime),
    /// No key of the zone has this tag.
    NoKey(u16),
    /// It is not of these records, or not of this key.
    Wrong(u16),
    /// Nobody here knows the algorithm.
    Unknown(u8),
}

impl Signed {
    /// Of several signatures the best one counts.
    fn rank(&self) -> u8 {
        match self {
            Signed::Well(..) => 0,
            Signed::Unknown(_) => 1,
            Signed::Expired(_) | Signed::NotYet(_) => 2,
            Signed::Wrong(_) => 3,
            Signed::NoKey(_) => 4,
            Signed::Missing => 5,
        }
    }
}

/// The time that a signature's field means: the nearest to now of those 2^32 seconds apart (RFC 4034 §3.1.5).
fn time(serial: SerialNumber, now: SystemTime) -> SystemTime {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // The difference wraps around, as RFC 1982 has it.
    let difference = i64::from(serial.get().wrapping_sub(now as u32) as i32);
    UNIX_EPOCH + Duration::from_secs(now.saturating_add_signed(difference))
}

/// The keys of a zone that sign (RFC 4034 §2.1.1).
pub(super) fn keys_of<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    zone: &Name,
) -> Vec<&'a DNSKEY> {
    let keys = records.into_iter().filter(|record| record.name == *zone);
    keys.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) if key.zone_key() && !key.revoke() => Some(key),
        _ => None,
    })
    .collect()
}

/// The signatures in a section over the records of one type at a name.
pub(super) fn signatures<'a>(
    section: &'a [Record],
    name: &'a Name,
    record_type: RecordType,
) -> impl Iterator<Item = &'a RRSIG> {
    let of_name = section.iter().filter(move |record| record.name == *name);
    of_name.filter_map(move |record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature))
            if signature.input().type_covered == record_type =>
        {
            Some(signature)
        }
        _ => None,
    })
}

/// What the signatures of the records of one type at a name are worth, by these keys.
pub(super) fn verify(
    section: &[Record],
    name: &Name,
    record_type: RecordType,
    zone: &Name,
    keys: &[&DNSKEY],
    now: SystemTime,
) -> Signed {
    let all = signatures(section, name, record_type).take(MOST);
    let all =
        all.map(|signature| verify_one(section, name, record_type, zone, keys, signature, now));
    all.min_by_key(Signed::rank).unwrap_or(Signed::Missing)
}

/// What the signatures of the records of one type at a name are worth by their times alone.
pub(super) fn time_of(
    section: &[Record],
    name: &Name,
    record_type: RecordType,
    now: SystemTime,
) -> Signed {
    let all = signatures(section, name, record_type).take(MOST);
    let all = all.map(|signature| in_time(signature, now));
    all.min_by_key(Signed::rank).unwrap_or(Signed::Missing)
}

fn in_time(signature: &RRSIG, now: SystemTime) -> Signed {
    let input = signature.input();
    let from = time(input.sig_inception, now);
    let until = time(input.sig_expiration, now);
    match () {
        () if now > until => Signed::Expired(until),
        () if now < from => Signed::NotYet(from),
        () => Signed::Well(from, until),
    }
}

fn verify_one(
    section: &[Record],
    name: &Name,
    record_type: RecordType,
    zone: &Name,
    keys: &[&DNSKEY],
    signature: &RRSIG,
    now: SystemTime,
) -> Signed {
    let input = signature.input();
    let (from, until) = match in_time(signature, now) {
        Signed::Well(from, until) => (from, until),
        other => return other,
    };
    if !input.algorithm.is_supported() {
        return Signed::Unknown(u8::from(input.algorithm));
    }
    if input.signer_name != *zone {
        return Signed::Wrong(input.key_tag);
    }
    let has_tag = |key: &&&DNSKEY| {
        key.calculate_key_tag()
            .is_ok_and(|tag| tag == input.key_tag)
            && key.algorithm() == input.algorithm
    };
    let mut with_tag = keys.iter().filter(has_tag).take(MOST).peekable();
    if with_tag.peek().is_none() {
        return Signed::NoKey(input.key_tag);
    }
    let set = set(section, name, record_type);
    let is_of = |key: &&DNSKEY| {
        let records = set.iter().copied();
        key.verify_rrsig(name, DNSClass::IN, signature, records)
            .is_ok()
    };
    match with_tag.any(is_of) {
        true => Signed::Well(from, until),
        false => Signed::Wrong(input.key_tag),
    }
}

/// The records of one type at a name, each once: a signature is over those alone (RFC 4034 §6.3).
fn set<'a>(section: &'a [Record], name: &Name, record_type: RecordType) -> Vec<&'a Record> {
    let mut seen = HashSet::new();
    let of_name = section
        .iter()
        .filter(|record| record.name == *name && record.record_type() == record_type);
    of_name
        .filter(|record| {
            record
                .data
                .to_bytes()
                .is_ok_and(|octets| seen.insert(octets))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::TXT;

    use super::*;
    use crate::name::parse;

    #[test]
    fn a_set_has_each_of_its_records_once() {
        let record = |name: &str, text: &str| {
            let data = RData::TXT(TXT::new(vec![text.to_owned()]));
            Record::from_rdata(parse(name).unwrap(), 60, data)
        };
        let section = [
            record("a.test", "one"),
            record("a.test", "two"),
            record("A.test", "one"),
            record("b.test", "one"),
        ];
        let own = parse("a.test").unwrap();
        assert_eq!(set(&section, &own, RecordType::TXT).len(), 2);
        assert_eq!(set(&section, &own, RecordType::A).len(), 0);
    }

    #[test]
    fn a_time_of_a_signature_is_the_nearest_one_that_it_can_mean() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let wrap = 1_u64 << 32;
        for (field, now, means) in [
            (100_u32, 100, 100),
            (200, 100, 200),
            (50, 100, 50),
            (5, wrap - 5, wrap + 5),
            (u32::MAX, wrap + 5, wrap - 1),
        ] {
            assert_eq!(
                time(SerialNumber::new(field), at(now)),
                at(means),
                "{field} {now}"
            );
        }
    }
}
