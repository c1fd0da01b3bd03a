//! What an authoritative server's reply says about a name (RFC 1034 §4.3.2).

use std::net::IpAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData};

use crate::name::{from_wire, is_within};
use crate::transport::{Reply, ReplyFault};

/// More servers than this are not looked at; the root has 13.
pub(super) const MOST_SERVERS: usize = 32;
/// More addresses of one server than this are not looked at.
pub(super) const MOST_ADDRESSES: usize = 16;

/// What a server of a zone above a name says about the name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// The name is in this zone, which the server answers for.
    InZone {
        zone: Name,
        /// The zone's SOA, where it came along.
        soa: Option<SOA>,
        /// Whether there is anything at the name or below it.
        exists: bool,
    },
    /// The name is an alias of this one.
    Cname(Name),
    /// The name is an alias of one that no record can be kept at.
    BadCname(String),
    /// The name is below a zone cut, and has to be asked for at these servers.
    Referral(Referral),
}

/// The zone that a server refers to, and that zone's servers with the addresses that came along (glue).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Referral {
    pub(super) zone: Name,
    pub(super) servers: Vec<(Name, Vec<IpAddr>)>,
}

/// Reads the reply of a server of `zone` that was asked for the SOA of `name`, whether it has authority or not.
///
/// # Errors
///
/// Why the server is lame (RFC 1912 §2.8).
pub(super) fn classify(reply: &Reply, name: &Name, zone: &Name) -> Result<Response, ReplyFault> {
    // A server that follows CNAMEs itself, and fails on the way, has sent those before (SERVFAIL).
    if let Some(target) = reply.cname_of(name) {
        return Ok(from_wire(target)
            .map_or_else(|| Response::BadCname(target.to_string()), Response::Cname));
    }
    if !reply.is_about_name() {
        return Err(reply.code_fault());
    }
    if let Some((cut, servers)) = reply.referral()
        && !(reply.is_authoritative() && cut == zone)
    {
        let downwards = cut != zone && is_within(cut, zone) && is_within(name, cut);
        return if downwards {
            Ok(Response::Referral(referral(reply, (zone, cut), &servers)))
        } else {
            Err(ReplyFault::Referral(cut.clone()))
        };
    }
    let exists = reply.code() == ResponseCode::NoError;
    if let Some(soa) = reply.soa_of(name) {
        return Ok(Response::InZone {
            zone: name.clone(),
            soa: Some(soa.clone()),
            exists,
        });
    }
    match reply.negative_soa() {
        Some((owner, soa)) if is_within(name, owner) && is_within(owner, zone) => {
            Ok(Response::InZone {
                zone: owner.to_lowercase(),
                soa: Some(soa.clone()),
                exists,
            })
        }
        Some((owner, _)) => Err(ReplyFault::OtherZone(owner.clone())),
        None if !reply.is_authoritative() => Err(ReplyFault::NotAuthoritative),
        None => Ok(Response::InZone {
            zone: zone.clone(),
            soa: None,
            exists,
        }),
    }
}

fn referral(reply: &Reply, (zone, cut): (&Name, &Name), servers: &[&Name]) -> Referral {
    let mut known = Vec::new();
    for server in servers.iter().filter_map(|server| from_wire(server)) {
        if known.len() == MOST_SERVERS {
            break;
        }
        // Addresses of names outside of the zone could be anybody's (RFC 5452 §6), or old: resolvers know better.
        let glue = match is_within(&server, zone) {
            true => reply
                .additionals_of(&server)
                .filter_map(address)
                .take(MOST_ADDRESSES)
                .collect(),
            false => Vec::new(),
        };
        if !known.iter().any(|(name, _)| *name == server) {
            known.push((server, glue));
        }
    }
    Referral {
        zone: cut.to_lowercase(),
        servers: known,
    }
}

/// The address in an A or AAAA record.
pub(super) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
