//! Proofs by NSEC (RFC 4035 §5.4, RFC 6840 §4) and NSEC3 (RFC 5155 §8) records that something is not there. That the records are
//! signed well is looked at elsewhere.

use std::cell::RefCell;
use std::collections::HashMap;

use hickory_proto::dnssec::rdata::{DNSSECRData, NSEC, NSEC3};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::name::is_within;

/// What is hashed more often resolvers take for unsigned (Unbound's val-nsec3-keysize-iterations), and nobody is to make us do it.
const MOST_ITERATIONS: u16 = 150;

/// What an answer says, and has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// The name does not exist.
    NoName,
    /// The name has no records of this type.
    NoData(RecordType),
    /// The records are those of the wildcard below the name's last so many labels.
    Wildcard(usize),
}

/// What is not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// There is no NSEC or NSEC3 record at all.
    Everything,
    /// That this name does not exist.
    Name(Name),
    /// That this wildcard does not exist, or has no records of the type.
    Wildcard(Name),
    /// That some name above this one exists: the closest encloser.
    Encloser(Name),
    /// A record says that the type, or a CNAME, is at this name.
    HasType(Name),
}

/// Looks whether these records prove what is claimed about a name of the zone.
///
/// # Errors
/// What they do not prove.
pub(super) fn prove<'a>(
    records: impl Iterator<Item = &'a Record> + Clone,
    zone: &Name,
    name: &Name,
    claim: Claim,
) -> Result<(), Gap> {
    let name = &name.to_lowercase();
    let nsec: Vec<Nsec<'_>> = records.clone().filter_map(Nsec::of).collect();
    if !nsec.is_empty() {
        return by_nsec(&nsec, name, claim);
    }
    let hashed = Hashed::of(records);
    match hashed.records.is_empty() {
        true => Err(Gap::Everything),
        false => hashed.prove(zone, name, claim),
    }
}

/// An NSEC record and its owner.
struct Nsec<'a> {
    owner: &'a Name,
    data: &'a NSEC,
}

impl<'a> Nsec<'a> {
    fn of(record: &'a Record) -> Option<Nsec<'a>> {
        match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC(data)) => Some(Nsec {
                owner: &record.name,
                data,
            }),
            _ => None,
        }
    }

    /// Whether the name is between its owner and the next one, in canonical order (RFC 4034 §6.1). The last one leads back to the
    /// apex. What is below a zone cut or a DNAME it says nothing of.
    fn covers(&self, name: &Name) -> bool {
        let next = self.data.next_domain_name();
        let is_last = *next <= *self.owner;
        let is_hidden = is_within(name, self.owner) && self.data.is_ancestor_delegation();
        *self.owner < *name && (is_last || *name < *next) && !is_hidden
    }

    /// Whether the next name is below this one, which then exists without records of its own.
    fn leads_below(&self, name: &Name) -> bool {
        self.covers(name) && is_within(self.data.next_domain_name(), name)
    }

    /// The closest name above this one that exists, where it covers this one.
    fn encloser(&self, name: &Name) -> Name {
        let next = self.data.next_domain_name();
        let of = |other: &Name| common(name, other);
        let (owner, next) = (of(self.owner), of(next));
        if owner.iter().len() >= next.iter().len() {
            owner
        } else {
            next
        }
    }

    fn denies(&self, record_type: RecordType) -> bool {
        let has = |kind| self.data.type_set().contains(kind);
        denies(has, record_type)
    }
}

/// Whether a record with these types says that there are none of this one, and no CNAME in its place. One from above a zone cut
/// says that of DS alone, and one from below it of all others (RFC 6840 §4.1, RFC 5155 §8.9).
fn denies(has: impl Fn(RecordType) -> bool, record_type: RecordType) -> bool {
    let is_above_cut = has(RecordType::NS) && !has(RecordType::SOA);
    let is_right_side = match record_type {
        RecordType::DS => !has(RecordType::SOA),
        _ => !is_above_cut,
    };
    is_right_side && !has(record_type) && !has(RecordType::CNAME)
}

/// The labels that two names have in common at their ends.
fn common(name: &Name, other: &Name) -> Name {
    let same = name.iter().rev().zip(other.iter().rev());
    let same = same.take_while(|(one, two)| one.eq_ignore_ascii_case(two));
    name.trim_to(same.count())
}

fn star(name: &Name) -> Option<Name> {
    name.prepend_label("*").ok()
}

fn by_nsec(all: &[Nsec<'_>], name: &Name, claim: Claim) -> Result<(), Gap> {
    let covering = || {
        all.iter()
            .find(|one| one.covers(name) && !one.leads_below(name))
    };
    let covers = |name: &Name| {
        all.iter()
            .any(|one| one.covers(name) && !one.leads_below(name))
    };
    match claim {
        Claim::NoName => {
            let covering = covering().ok_or_else(|| Gap::Name(name.clone()))?;
            match star(&covering.encloser(name)) {
                Some(star) if !covers(&star) => Err(Gap::Wildcard(star)),
                _ => Ok(()),
            }
        }
        Claim::NoData(record_type) => {
            if let Some(own) = all.iter().find(|one| one.owner == name) {
                return match own.denies(record_type) {
                    true => Ok(()),
                    false => Err(Gap::HasType(name.clone())),
                };
            }
            if all.iter().any(|one| one.leads_below(name)) {
                return Ok(());
            }
            let covering = covering().ok_or_else(|| Gap::Name(name.clone()))?;
            let Some(star) = star(&covering.encloser(name)) else {
                return Ok(());
            };
            match all.iter().find(|one| *one.owner == star) {
                Some(own) if own.denies(record_type) => Ok(()),
                _ => Err(Gap::Wildcard(star)),
            }
        }
        Claim::Wildcard(labels) => {
            let encloser = name.trim_to(labels);
            let is_next = |one: &Nsec<'_>| one.covers(name) && one.encloser(name) == encloser;
            match all.iter().any(is_next) {
                true => Ok(()),
                false => Err(Gap::Name(name.clone())),
            }
        }
    }
}

/// NSEC3 records, and the hashes of names.
struct Hashed<'a> {
    /// The hash of the owner's name and of the next one, in the digits that the owner has.
    records: Vec<(Vec<u8>, Vec<u8>, &'a NSEC3)>,
    hashes: RefCell<HashMap<Name, Option<Vec<u8>>>>,
}

impl<'a> Hashed<'a> {
    fn of(records: impl Iterator<Item = &'a Record>) -> Hashed<'a> {
        let read = |record: &'a Record| match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC3(data)) => {
                let own = record.name.iter().next()?.to_ascii_lowercase();
                let next = data
                    .next_hashed_owner_name_base32()?
                    .as_bytes()
                    .to_ascii_lowercase();
                Some((own, next, data))
            }
            _ => None,
        };
        let mut records: Vec<_> = records.filter_map(read).collect();
        // All are to be hashed alike (RFC 5155 §8.2).
        if let Some((_, _, first)) = records.first().cloned() {
            records.retain(|(_, _, one)| {
                (one.hash_algorithm(), one.salt(), one.iterations())
                    == (first.hash_algorithm(), first.salt(), first.iterations())
            });
        }
        Hashed {
            records,
            hashes: RefCell::default(),
        }
    }

    /// The hash of a name in base 32; nothing where there is none.
    fn hash(&self, name: &Name) -> Option<Vec<u8>> {
        if let Some(hash) = self.hashes.borrow().get(name) {
            return hash.clone();
        }
        let (_, _, data) = self.records.first()?;
        let hash = data
            .hash_algorithm()
            .hash(data.salt(), name, data.iterations());
        let hash = hash.ok().map(|hash| base32hex(hash.as_ref()));
        self.hashes.borrow_mut().insert(name.clone(), hash.clone());
        hash
    }

    fn matching(&self, name: &Name) -> Option<&'a NSEC3> {
        let hash = self.hash(name)?;
        let mut all = self.records.iter();
        all.find(|(own, ..)| *own == hash).map(|(_, _, data)| *data)
    }

    fn covering(&self, name: &Name) -> Option<&'a NSEC3> {
        let hash = self.hash(name)?;
        let mut all = self.records.iter();
        let found = all.find(|(own, next, _)| match own < next {
            true => *own < hash && hash < *next,
            // The last one leads back to the first.
            false => *own < hash || hash < *next,
        });
        found.map(|(_, _, data)| *data)
    }

    /// The closest name above this one that is proved to exist, and the name below that which is on the way to this one
    /// (RFC 5155 §8.3).
    fn encloser(&self, zone: &Name, name: &Name) -> Result<(Name, Name), Gap> {
        let count = name.iter().len();
        for labels in (zone.iter().len()..count).rev() {
            let above = name.trim_to(labels);
            // What is below a zone cut or a DNAME is not proved by what is above it.
            if let Some(data) = self.matching(&above) {
                return match data.is_ancestor_delegation() {
                    true => Err(Gap::Encloser(name.clone())),
                    false => Ok((above, name.trim_to(labels + 1))),
                };
            }
        }
        Err(Gap::Encloser(name.clone()))
    }

    fn prove(&self, zone: &Name, name: &Name, claim: Claim) -> Result<(), Gap> {
        let first = self.records.first();
        if first.is_some_and(|(_, _, data)| data.iterations() > MOST_ITERATIONS) {
            return Ok(());
        }
        let denies = |data: &NSEC3, record_type| {
            let has = |kind| data.type_set().contains(kind);
            denies(has, record_type)
        };
        match claim {
            Claim::NoName => {
                let (encloser, next) = self.encloser(zone, name)?;
                self.covering(&next).ok_or(Gap::Name(next))?;
                match star(&encloser) {
                    Some(star) if self.covering(&star).is_none() => Err(Gap::Wildcard(star)),
                    _ => Ok(()),
                }
            }
            Claim::NoData(record_type) => {
                if let Some(own) = self.matching(name) {
                    return match denies(own, record_type) {
                        true => Ok(()),
                        false => Err(Gap::HasType(name.clone())),
                    };
                }
                let (encloser, next) = self.encloser(zone, name)?;
                let covering = self.covering(&next).ok_or(Gap::Name(next))?;
                let Some(star) = star(&encloser) else {
                    return Ok(());
                };
                match self.matching(&star) {
                    Some(own) if denies(own, record_type) => Ok(()),
                    // There may be delegations without DS between: resolvers take what is there for unsigned (RFC 5155 §8.6).
                    None if covering.opt_out() => Ok(()),
                    _ => Err(Gap::Wildcard(star)),
                }
            }
            Claim::Wildcard(labels) => {
                let next = name.trim_to(labels + 1);
                self.covering(&next).map(drop).ok_or(Gap::Name(next))
            }
        }
    }
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

#[cfg(test)]
mod tests;
