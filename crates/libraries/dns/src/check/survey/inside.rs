//! What a resolver of this network says of the zone of a name: inside, it may be another zone than a CA sees (split horizon).

use std::net::{IpAddr, SocketAddr};

use hickory_proto::rr::{Name, RecordType};

use crate::address::PORT;
use crate::check::probe::Way;
use crate::check::survey::aliases::Link;
use crate::check::survey::found::End;
use crate::check::survey::said::ns_of;
use crate::check::survey::view::View;
use crate::transport::{Reply, is_internal};

/// The addresses of so many servers are asked for.
const ENOUGH: usize = 3;

/// A zone as a resolver sees it.
#[derive(Clone, Debug)]
pub(in crate::check) struct Inside {
    pub(in crate::check) resolver: SocketAddr,
    /// For which name it was asked.
    pub(in crate::check) name: Name,
    /// The zone that holds the name.
    pub(in crate::check) zone: Name,
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
}

impl View<'_> {
    /// What the first resolver says of the last zone on the way; nothing where it says nothing of use. It is not asked for names in
    /// that zone, since it would remember that they are not there before the record is written (RFC 2308).
    pub(super) fn inside(&self, chain: &[Link]) -> Option<Inside> {
        let walk = &chain.last()?.walk;
        let name = match &walk.end {
            End::Pending | End::NoAnswer(_) => return None,
            End::NotRegistered(name) => name,
            End::Found => &walk.zone()?.name,
        };
        let resolver = *self.roots.resolvers.first()?;
        if self.is_given_up((resolver, Some(Way::Resolver))) {
            return None;
        }
        let ask = |name: &Name, kind| self.probe(resolver, Way::Resolver, name, kind);
        let soa = ask(name, RecordType::SOA);
        let zone = zone_of(soa.reply()?)?;
        let ns = ask(&zone, RecordType::NS);
        let servers = ns_of(ns.reply()?, &zone);
        let hosts = servers.iter().take(ENOUGH);
        let replies = hosts
            .flat_map(|host| [RecordType::A, RecordType::AAAA].map(|kind| (host, ask(host, kind))));
        let mut addresses = Vec::new();
        for (host, said) in replies {
            let answers = said
                .reply()
                .into_iter()
                .flat_map(|reply| reply.answers_of(host));
            addresses.extend(answers.filter_map(|data| data.ip_addr()));
        }
        Some(Inside {
            resolver,
            name: name.clone(),
            zone,
            servers,
            addresses,
        })
    }
}

/// The zone that a reply to the question for SOA comes from.
fn zone_of(reply: &Reply) -> Option<Name> {
    if !reply.is_about_name() {
        return None;
    }
    let mut own = reply.answers().iter();
    let own = own.find(|one| one.record_type() == RecordType::SOA);
    let owner = own.map(|one| &one.name);
    let negative = || reply.negative_soa().map(|(owner, _)| owner);
    Some(owner.or_else(negative)?.to_lowercase())
}
