//! The chain of trust (RFC 4035 §5): from zone to zone by DS and DNSKEY, as far down as it reaches.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::dnssec::Verifier;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_proto::rr::{Name, RData, RecordType};

use crate::check::judge::signatures::{Signed, keys_of, verify};
use crate::check::survey::{Asked, Facts, Zone, ZoneFacts};

/// Whether a zone is signed, as a validating resolver sees it.
pub(super) enum Trust<'a> {
    /// Not all was asked.
    Unknown,
    /// A resolver is believed about it.
    Resolved,
    /// There is no DS for it, or for a zone above it.
    Unsigned,
    /// It has these keys, by one of its servers at least.
    Signed(Vec<&'a DNSKEY>),
    /// It is to be signed, and no server has a key that the DS vouches for.
    Broken,
}

/// What one server has of a zone's keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Keyed {
    /// It says nothing of them.
    Unknown,
    /// It has none.
    None,
    /// None that the DS vouches for.
    Other(Vec<u16>),
    /// One that the DS vouches for; the set is signed like this.
    Own(Signed),
}

/// Each zone with what it can be trusted for, those above before those below.
pub(super) fn chain<'a>(facts: &'a Facts<'_>, now: SystemTime) -> Vec<(&'a ZoneFacts, Trust<'a>)> {
    let mut chain: Vec<(&ZoneFacts, Trust<'_>)> = Vec::new();
    for zone in facts.zones.iter().map(std::rc::Rc::as_ref) {
        let parent = zone.zone.parent.as_ref().map(|parent| &parent.name);
        let above = chain
            .iter()
            .find(|(known, _)| Some(&known.zone.name) == parent);
        let trust = match (parent, above.map(|(_, trust)| trust)) {
            (None, _) if zone.is_resolved => Trust::Resolved,
            // Whether the root's key is the well-known one is not looked at: a network may have a root of its own.
            (None, _) => match all_keys(zone) {
                keys if !keys.is_empty() => Trust::Signed(keys),
                _ if zone.keys.iter().any(|one| one.of_zone().is_some()) => Trust::Unsigned,
                _ => Trust::Unknown,
            },
            (_, Some(Trust::Signed(_) | Trust::Resolved)) => below(zone, now),
            (_, Some(Trust::Unsigned)) => Trust::Unsigned,
            _ => Trust::Unknown,
        };
        chain.push((zone, trust));
    }
    chain
}

fn below(zone: &ZoneFacts, now: SystemTime) -> Trust<'_> {
    let ds = ds_of(zone);
    if ds.is_empty() {
        return match zone.ds.iter().any(|one| one.of_zone().is_some()) {
            true => Trust::Unsigned,
            false => Trust::Unknown,
        };
    }
    // Who knows none of the algorithms takes the zone for unsigned (RFC 4035 §5.2).
    if !ds.iter().any(|ds| is_known(ds)) {
        return Trust::Unsigned;
    }
    let by_server = zone
        .keys
        .iter()
        .map(|asked| keyed(&zone.zone, &ds, asked, now));
    let by_server: Vec<Keyed> = by_server.collect();
    match by_server.iter().any(|keyed| matches!(keyed, Keyed::Own(_))) {
        true => Trust::Signed(all_keys(zone)),
        false if by_server.contains(&Keyed::Unknown) => Trust::Unknown,
        false => Trust::Broken,
    }
}

/// The DS records that the zone above has.
pub(super) fn ds_of(zone: &ZoneFacts) -> Vec<&DS> {
    let replies = zone.ds.iter().filter_map(Asked::of_zone);
    let answers = replies.flat_map(|reply| reply.answers_of(&zone.zone.name));
    let mut all: Vec<&DS> = Vec::new();
    for data in answers {
        if let RData::DNSSEC(DNSSECRData::DS(ds)) = data
            && !all.contains(&ds)
        {
            all.push(ds);
        }
    }
    all
}

/// Whether its algorithms are known here, and so by most resolvers.
pub(super) fn is_known(ds: &DS) -> bool {
    ds.algorithm().is_supported() && ds.digest_type().is_supported()
}

fn all_keys(zone: &ZoneFacts) -> Vec<&DNSKEY> {
    let replies = zone.keys.iter().filter_map(Asked::of_zone);
    let mut all: Vec<&DNSKEY> = Vec::new();
    for key in replies.flat_map(|reply| keys_of(reply.answers(), &zone.zone.name)) {
        if !all.contains(&key) {
            all.push(key);
        }
    }
    all
}

/// What a server has of the zone's keys.
pub(super) fn keyed(zone: &Zone, ds: &[&DS], asked: &Asked, now: SystemTime) -> Keyed {
    let Some(reply) = asked.of_zone() else {
        return Keyed::Unknown;
    };
    let keys = keys_of(reply.answers(), &zone.name);
    if keys.is_empty() {
        return Keyed::None;
    }
    let own = keys.iter().copied();
    let own: Vec<&DNSKEY> = own
        .filter(|key| is_vouched_for(ds, &zone.name, key))
        .collect();
    if own.is_empty() {
        let tags = keys.iter().filter_map(|key| key.calculate_key_tag().ok());
        return Keyed::Other(tags.collect());
    }
    let answers = reply.answers();
    Keyed::Own(verify(
        answers,
        &zone.name,
        RecordType::DNSKEY,
        &zone.name,
        &own,
        now,
    ))
}

/// Whether one of these DS, whose algorithms are known, is of this key.
pub(super) fn is_vouched_for(ds: &[&DS], zone: &Name, key: &DNSKEY) -> bool {
    let mut known = ds.iter().filter(|ds| is_known(ds));
    known.any(|ds| covers(ds, zone, key))
}

/// Whether a DS is of this key.
pub(super) fn covers(ds: &DS, zone: &Name, key: &DNSKEY) -> bool {
    let is_of = || key.calculate_key_tag().is_ok_and(|tag| tag == ds.key_tag());
    ds.algorithm() == key.algorithm() && is_of() && ds.covers(zone, key).unwrap_or(false)
}

/// The servers that have an unsigned copy of a zone that another server has signed: they have no key at all.
pub(super) fn unsigned_copies(zone: &ZoneFacts, now: SystemTime) -> Vec<SocketAddr> {
    if zone.zone.is_top() {
        return Vec::new();
    }
    let ds = ds_of(zone);
    let bare = zone
        .keys
        .iter()
        .filter(|asked| keyed(&zone.zone, &ds, asked, now) == Keyed::None);
    bare.map(|asked| asked.address).collect()
}
