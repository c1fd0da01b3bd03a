//! What resolvers of this network say of the zones that a name leads to: inside they may be others than a CA sees (split
//! horizon). Nothing else rests on it.

use std::net::{IpAddr, SocketAddr};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, RecordType};

use crate::address::PORT;
use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::aliases::Link;
use crate::check::survey::found::End;
use crate::check::survey::said::{Answer, Said, ns_of};
use crate::check::survey::view::View;
use crate::check::target::Target;
use crate::transport::is_internal;

/// So many resolvers are asked, and for the addresses of so many servers.
const ENOUGH: usize = 3;

/// A zone as a resolver sees it.
#[derive(Clone, Debug)]
pub(in crate::check) struct Inside {
    pub(in crate::check) resolver: SocketAddr,
    /// For which name it was asked.
    pub(in crate::check) name: Name,
    /// The zone that holds the name; none where that does not exist.
    pub(in crate::check) zone: Option<Name>,
    /// The zone's SOA, where the name is its apex.
    pub(in crate::check) soa: Option<SOA>,
    /// The servers that the zone has for itself.
    pub(in crate::check) servers: Vec<Name>,
    /// Addresses of some of them.
    pub(in crate::check) addresses: Vec<IpAddr>,
}

impl Inside {
    /// Whether no CA reaches any of its servers.
    pub(in crate::check) fn is_internal(&self) -> bool {
        let mut addresses = self.addresses.iter();
        !self.addresses.is_empty() && addresses.all(|ip| is_internal(&SocketAddr::new(*ip, PORT)))
    }

    /// Whether it is what a resolver was asked on the way to this link.
    pub(in crate::check) fn is_of(&self, link: &Link) -> bool {
        asked_for(link).is_some_and(|name| *name == self.name)
    }
}

/// What is to be asked of resolvers, where the way to the name is known.
pub(in crate::check) fn inside(target: &Target, capture: &Capture, roots: &Roots) -> Vec<Probe> {
    let view = View::new(capture, roots);
    let (chain, _) = view.chain(&target.name);
    match view.wants_nothing() {
        true => seen_inside(&chain, capture, roots).1,
        false => Vec::new(),
    }
}

/// What resolvers say of the zone that each link of a chain is in, and what is to be asked before more can be known.
pub(super) fn seen_inside(
    chain: &[Link],
    capture: &Capture,
    roots: &Roots,
) -> (Vec<Inside>, Vec<Probe>) {
    let view = View::new(capture, roots);
    let mut all: Vec<Inside> = Vec::new();
    for link in chain {
        if !all.iter().any(|one| one.is_of(link)) {
            all.extend(asked_for(link).and_then(|name| view.inside(name)));
        }
    }
    (all, view.into_wanted())
}

/// The zone that a link is in, or the domain that nobody has. Resolvers are not asked for names in a zone, since they would
/// remember that those are not there before the record is written (RFC 2308).
fn asked_for(link: &Link) -> Option<&Name> {
    match &link.walk.end {
        End::Pending | End::NoAnswer(_) => None,
        End::NotRegistered(name) => Some(name),
        End::Found => link.walk.zone().map(|zone| &zone.name),
    }
}

impl View<'_> {
    /// What the first resolver says that says anything of use.
    fn inside(&self, name: &Name) -> Option<Inside> {
        let resolvers = self.roots.resolvers.iter().take(ENOUGH);
        let asked: Vec<(SocketAddr, Said)> = resolvers
            .map(|resolver| (*resolver, self.resolve(*resolver, name, RecordType::SOA)))
            .collect();
        let mut holders = asked
            .iter()
            .filter_map(|(resolver, said)| Some((*resolver, holder(whole(said)?)?)));
        let (resolver, (zone, soa)) = holders.next()?;
        let servers = match &zone {
            Some(zone) => {
                let said = self.resolve(resolver, zone, RecordType::NS);
                if said.is_pending() {
                    return None;
                }
                whole(&said).map_or_else(Vec::new, |answer| ns_of(answer.reply(), zone))
            }
            None => Vec::new(),
        };
        Some(Inside {
            resolver,
            name: name.clone(),
            addresses: self.addresses_inside(resolver, &servers),
            zone,
            soa,
            servers,
        })
    }

    /// The addresses of some servers; none before all of these are known.
    fn addresses_inside(&self, resolver: SocketAddr, servers: &[Name]) -> Vec<IpAddr> {
        let kinds = [RecordType::A, RecordType::AAAA];
        let hosts = servers.iter().take(ENOUGH);
        let said: Vec<(&Name, Said)> = hosts
            .flat_map(|host| kinds.map(|kind| (host, self.resolve(resolver, host, kind))))
            .collect();
        if said.iter().any(|(_, said)| said.is_pending()) {
            return Vec::new();
        }
        let answers = said
            .iter()
            .filter_map(|(host, said)| Some((host, whole(said)?)));
        let data = answers.flat_map(|(host, answer)| answer.reply().answers_of(host));
        data.filter_map(RData::ip_addr).collect()
    }

    fn resolve(&self, resolver: SocketAddr, name: &Name, record_type: RecordType) -> Said {
        self.probe(resolver, Way::Resolver, name, record_type)
    }
}

/// A reply that nothing was left out of.
fn whole(said: &Said) -> Option<&Answer> {
    said.answer().filter(|answer| !answer.is_truncated())
}

/// The zone that a reply to the question for SOA comes from, and its SOA where that was asked for; no zone where the name does
/// not exist.
fn holder(answer: &Answer) -> Option<(Option<Name>, Option<SOA>)> {
    let reply = answer.reply();
    if !reply.is_about_name() {
        return None;
    }
    let own = reply
        .answers()
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some((record.name.to_lowercase(), soa.clone())),
            _ => None,
        });
    match (own, reply.negative_soa()) {
        (Some((owner, soa)), _) => Some((Some(owner), Some(soa))),
        (None, Some((owner, _))) => Some((Some(owner.to_lowercase()), None)),
        // Some leave the SOA out.
        (None, None) if reply.code() == ResponseCode::NXDomain => Some((None, None)),
        (None, None) => None,
    }
}
