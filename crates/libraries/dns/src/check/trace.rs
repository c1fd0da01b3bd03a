//! The way from the root down to where a record belongs, as a CA's own resolver goes it: each delegation, and who said so.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::Probe;
use crate::check::roots::Roots;
use crate::check::survey::{Asked, ChainEnd, End, LONGEST_CHAIN, Link, View, Zone};
use crate::name::from_wire;
use crate::transport::{NetworkFault, Reply, ReplyFault, ServerFault};
use crate::zone::{Error, Location, NameServer};

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// Whether the record's name may be an alias of another.
    pub follow_cnames: bool,
    /// Whether a top-level domain, or the root, may be the zone.
    pub allow_top_level: bool,
}

/// The way to where a record belongs.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Each delegation once, those above before those below.
    pub delegations: Vec<Delegation>,
    /// Where the record belongs, or why that is not to be found.
    pub location: Result<Location, Box<Error>>,
}

/// How a zone leads to one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The zone that is delegated.
    pub zone: Name,
    /// The zone above, whose servers were asked.
    pub parent: Name,
    /// Those that refer to the zone, and how long each took.
    pub referred_by: Vec<Referrer>,
    /// Whether they refer, as servers of the zone above do, or answer, as those that hold both zones.
    pub is_referral: bool,
    /// The names of the zone's servers, with the addresses that came along (glue).
    pub servers: Vec<(Name, Vec<IpAddr>)>,
}

/// A server that refers to a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its name.
    pub name: Name,
    /// The address at which it was asked.
    pub address: SocketAddr,
    /// How long it took.
    pub took: Duration,
}

impl Trace {
    /// All addresses of servers on the way.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let delegated = self.delegations.iter().flat_map(|one| &one.servers);
        let glue = delegated.flat_map(|(_, glue)| glue);
        let last = self.location.iter().flat_map(|location| &location.servers);
        let last = last.flat_map(|server| server.addresses.iter().copied());
        glue.map(|ip| SocketAddr::new(*ip, crate::address::PORT))
            .chain(last)
    }
}

/// What is known of the way to a name, and what is to be asked before more can be known.
pub(super) fn survey(
    name: &Name,
    options: TraceOptions,
    capture: &Capture,
    roots: &Roots,
    limit: Duration,
) -> (Trace, Vec<Probe>) {
    let view = View::new(capture, roots);
    let (links, end) = match options.follow_cnames {
        true => view.chain(name),
        false => (vec![view.link_alone(name)], ChainEnd::Name),
    };
    let mut delegations: Vec<Delegation> = Vec::new();
    for zone in links.iter().flat_map(|link| &link.walk.zones) {
        if !delegations.iter().any(|known| known.zone == zone.name) {
            delegations.extend(delegation(&view, zone));
        }
    }
    let location = locate(&view, name, (&links, end), options, limit);
    let trace = Trace {
        delegations,
        location,
    };
    (trace, view.into_wanted())
}

fn delegation(view: &View<'_>, zone: &Zone) -> Option<Delegation> {
    let parent = zone.parent.as_ref()?;
    let refers = |asked: &Asked| {
        let reply = asked.reply()?;
        let is_referral = reply
            .referral()
            .is_some_and(|(owner, _)| *owner == zone.name);
        (is_referral || !zone.is_referred).then(|| Referrer {
            name: asked.server.clone(),
            address: asked.address,
            took: asked
                .said
                .answer()
                .map_or(Duration::ZERO, |answer| answer.took()),
        })
    };
    let asked = view.consult(parent, &zone.name, RecordType::NS);
    // What the zone alone says of its servers is none of the zone above's.
    let named = zone
        .servers
        .iter()
        .filter(|server| server.by_parent || !zone.is_referred);
    Some(Delegation {
        zone: zone.name.clone(),
        parent: parent.name.clone(),
        referred_by: asked.iter().filter_map(refers).collect(),
        is_referral: zone.is_referred,
        servers: named
            .map(|server| (server.name.clone(), server.glue.clone()))
            .collect(),
    })
}

fn locate(
    view: &View<'_>,
    name: &Name,
    (links, end): (&[Link], ChainEnd),
    options: TraceOptions,
    limit: Duration,
) -> Result<Location, Box<Error>> {
    let timeout = || Error::Timeout {
        name: name.clone(),
        limit,
    };
    let last = links.last().ok_or_else(|| Box::new(timeout()))?;
    let names = || links.iter().map(|link| link.name.clone());
    match end {
        ChainEnd::Name => {}
        ChainEnd::Loop => {
            let target = last.target.iter().map(Name::to_lowercase);
            return Err(Box::new(Error::CnameLoop(names().chain(target).collect())));
        }
        ChainEnd::TooLong => {
            return Err(Box::new(Error::TooManyCnames {
                chain: names().collect(),
                most: LONGEST_CHAIN,
            }));
        }
        ChainEnd::BadName => {
            return Err(Box::new(Error::BadCname {
                name: last.name.clone(),
                target: last
                    .target
                    .as_ref()
                    .map_or_else(String::new, Name::to_string),
            }));
        }
    }
    let zone = last.walk.zone().ok_or_else(|| Box::new(timeout()))?;
    match &last.walk.end {
        End::Found => {}
        End::NotRegistered(_) if options.allow_top_level => {}
        End::Pending => return Err(Box::new(view.no_root().unwrap_or_else(timeout))),
        End::NoAnswer(asked) if asked.is_empty() => {
            let servers: Vec<Name> = zone.servers.iter().map(|one| one.name.clone()).collect();
            let zone = zone.name.clone();
            return Err(Box::new(match servers.is_empty() {
                true => Error::NoNameServers(zone),
                false => Error::NoAddresses { zone, servers },
            }));
        }
        End::NoAnswer(asked) => {
            return Err(Box::new(Error::NoAuthority {
                zone: zone.name.clone(),
                faults: asked.iter().map(fault).collect(),
            }));
        }
        End::NotRegistered(absent) => {
            let asked = view.consult(zone, absent, RecordType::NS);
            let mut replies = asked.iter().filter_map(Asked::reply);
            let denial = replies.find(|reply| reply.code() == ResponseCode::NXDomain);
            return Err(Box::new(Error::NotRegistered {
                name: absent.clone(),
                top_level: zone.name.clone(),
                exists: denial.is_none(),
                errors: denial.map(Reply::extended_errors).unwrap_or_default(),
            }));
        }
    }
    let asked = view.consult(zone, &zone.name, RecordType::SOA);
    let soa = soa_of(&asked, &zone.name);
    if soa.is_none() && !asked.iter().any(|one| one.said.is_pending()) {
        return Err(Box::new(Error::NoAuthority {
            zone: zone.name.clone(),
            faults: asked.iter().map(fault).collect(),
        }));
    }
    Ok(Location {
        name: last.name.clone(),
        cnames: names().skip(1).collect(),
        zone: zone.name.clone(),
        primary: soa.and_then(|soa| from_wire(&soa.mname)),
        serial: soa.map(|soa| soa.serial),
        servers: servers_of(zone),
        wildcard_target: last.target.clone().filter(|_| last.is_wildcard),
    })
}

/// The zone's SOA, as the first says that has it: with authority, or else without.
fn soa_of<'a>(asked: &'a [Asked], zone: &Name) -> Option<&'a SOA> {
    let replies = asked.iter().filter_map(Asked::of_zone);
    let others = asked.iter().filter_map(Asked::reply);
    replies.chain(others).find_map(|reply| reply.soa_of(zone))
}

fn servers_of(zone: &Zone) -> Vec<NameServer> {
    let at = |ip: IpAddr| SocketAddr::new(ip, crate::address::PORT);
    let servers = zone.servers.iter().map(|server| NameServer {
        name: server.name.clone(),
        addresses: server.addresses().into_iter().map(at).collect(),
    });
    servers.collect()
}

/// What is wrong with a server that says nothing of use.
fn fault(asked: &Asked) -> (SocketAddr, ServerFault) {
    let fault = match (asked.said.fault(), asked.reply()) {
        (Some(fault), _) => fault.clone().into(),
        (None, Some(reply)) => reply.fault().unwrap_or(ReplyFault::NotAuthoritative).into(),
        (None, None) => NetworkFault::Timeout.into(),
    };
    (asked.address, fault)
}

#[cfg(test)]
mod tests;
