//! A zone: its name, the zone above, and its servers as both name them.

use std::net::IpAddr;
use std::rc::Rc;

use hickory_proto::rr::{Name, RData, RecordType};

use crate::check::probe::Way;
use crate::check::roots::hints;
use crate::check::survey::found::{Cut, MOST_ADDRESSES, Server, Zone};
use crate::check::survey::kept::{Cache, Caches};
use crate::check::survey::said::{Asked, Said, ns_of};
use crate::check::survey::view::View;
use crate::name::{from_wire, is_within};
use crate::transport::{NetworkFault, Reply};

/// More servers than this are not looked at; the root has 13.
pub(super) const MOST_SERVERS: usize = 32;
const ZONES: fn(&mut Caches) -> &mut Cache<Zone> = |caches| &mut caches.zones;

/// Of so many servers of the root, or of a top-level domain, an answer is waited for.
const ENOUGH: usize = 2;

impl View<'_> {
    /// Asks the servers of a zone: all of them, or as many of the root's and a top-level domain's as are enough.
    pub(in crate::check) fn consult(
        &self,
        zone: &Zone,
        name: &Name,
        record_type: RecordType,
    ) -> Vec<Asked> {
        let mut asked = Vec::new();
        let mut enough = if zone.is_top() { ENOUGH } else { usize::MAX };
        for (server, address) in zone.addresses() {
            if enough == 0 {
                break;
            }
            let said = self.ask(address, name, record_type);
            let is_of_use =
                said.is_pending() || said.reply().is_some_and(|reply| reply.is_about_name());
            enough -= usize::from(is_of_use).min(enough);
            // They are not waited for one after the other.
            let is_left_out = |fault: &NetworkFault| {
                matches!(fault, NetworkFault::Unroutable | NetworkFault::OtherFamily)
            };
            if said.fault().is_some_and(|fault| !is_left_out(fault)) {
                enough = usize::MAX;
            }
            asked.push(Asked {
                server,
                address,
                said,
                by_resolver: false,
            });
        }
        asked
    }

    /// The root zone, and its servers: the well-known ones, or those that a resolver names.
    pub(super) fn root(&self) -> Rc<Zone> {
        match self.recall(ZONES, &Name::root()) {
            Some(zone) => zone,
            None => self.find(ZONES, &Name::root(), || self.find_root()),
        }
    }

    fn find_root(&self) -> Zone {
        let known = || {
            let servers = hints().filter_map(|(name, address)| {
                Some(Server::new(
                    from_wire(&Name::from_ascii(name).ok()?)?,
                    vec![address.ip()],
                ))
            });
            servers.collect::<Vec<_>>()
        };
        let of = |servers| Zone {
            name: Name::root(),
            parent: None,
            servers,
            is_referred: true,
            names_servers: true,
        };
        if self.roots.by_resolver {
            return of(self.resolved_root());
        }
        let known = of(known());
        match self.is_unusable(&known).then(|| self.resolved_root()) {
            Some(servers) if !servers.is_empty() => of(servers),
            _ => known,
        }
    }

    /// Whether none of the root's servers answers as one: a network may keep us from asking them, or answer in their place.
    fn is_unusable(&self, root: &Zone) -> bool {
        let asked = self.consult(root, &root.name, RecordType::NS);
        let is_one = |asked: &Asked| {
            let reply = asked.of_zone();
            reply.is_some_and(|reply| !ns_of(reply, &root.name).is_empty())
        };
        !asked
            .iter()
            .any(|asked| is_one(asked) || asked.said.is_pending())
    }

    /// The root's servers as a resolver names them.
    fn resolved_root(&self) -> Vec<Server> {
        let root = Name::root();
        for resolver in &self.roots.resolvers {
            let ask = |name: &Name, kind| self.probe(*resolver, Way::Resolver, name, kind);
            let said = ask(&root, RecordType::NS);
            let names = match &said {
                Said::Reply(answer) => ns_of(answer.reply(), &root),
                Said::Pending => return Vec::new(),
                Said::Silent(_) => continue,
            };
            let servers: Vec<Server> = names
                .into_iter()
                .take(MOST_SERVERS)
                .map(|name| {
                    let four = ask(&name, RecordType::A);
                    let six = ask(&name, RecordType::AAAA);
                    let replies = [&four, &six].into_iter().filter_map(|said| said.reply());
                    let ips = replies.flat_map(|reply| ips_of(reply, &name)).collect();
                    Server::new(name, ips)
                })
                .filter(|server| !server.glue.is_empty())
                .collect();
            if !servers.is_empty() {
                return servers;
            }
        }
        Vec::new()
    }

    /// The zone that a cut leads to.
    pub(super) fn zone(&self, name: &Name, parent: &Rc<Zone>, cut: Cut) -> Rc<Zone> {
        match self.recall(ZONES, name) {
            Some(zone) => zone,
            None => self.find_here(ZONES, name, || self.find_zone(name, parent, cut)),
        }
    }

    fn find_zone(&self, name: &Name, parent: &Rc<Zone>, mut cut: Cut) -> Zone {
        // Servers rotate them, and of many the same are to be looked at each time.
        cut.servers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let is_referral = cut.is_referral;
        let mut servers: Vec<Server> = Vec::new();
        for (server, glue) in cut.servers.into_iter().take(MOST_SERVERS) {
            let mut server = Server::new(server, glue);
            server.by_parent = is_referral;
            server.by_zone = !is_referral;
            match is_within(&server.name, name) {
                _ if !server.glue.is_empty() => {}
                false => self.look_up(&mut server),
                // The servers of the zone above hold this one as well, and their answer needs not have the addresses.
                true if !is_referral => self.ask_zone_for_addresses(parent, &mut server),
                true => {}
            }
            servers.push(server);
        }
        let mut zone = Zone {
            name: name.clone(),
            parent: Some(parent.clone()),
            servers,
            is_referred: is_referral,
            names_servers: !is_referral,
        };
        if !zone.is_top() {
            self.ask_zone_for_servers(&mut zone);
        }
        zone
    }

    /// Adds the servers that the zone itself names, and the addresses that their own zones have for them.
    fn ask_zone_for_servers(&self, zone: &mut Zone) {
        for asked in self.consult(zone, &zone.name, RecordType::NS) {
            let Some(reply) = asked.of_zone() else {
                continue;
            };
            let mut names = ns_of(reply, &zone.name);
            names.sort();
            for name in names {
                zone.names_servers = true;
                let has_room = zone.servers.len() < MOST_SERVERS;
                match zone.servers.iter_mut().find(|one| one.name == name) {
                    Some(server) => server.by_zone = true,
                    None if has_room => {
                        let mut server = Server::new(name, Vec::new());
                        server.by_zone = true;
                        zone.servers.push(server);
                    }
                    None => {}
                }
            }
        }
        let mut servers = std::mem::take(&mut zone.servers);
        let asking = Zone {
            name: zone.name.clone(),
            parent: zone.parent.clone(),
            servers: servers.clone(),
            ..*zone
        };
        for server in &mut servers {
            match is_within(&server.name, &zone.name) {
                true => self.ask_zone_for_addresses(&asking, server),
                false => self.look_up(server),
            }
        }
        zone.servers = servers;
    }

    /// Asks a zone's servers for the addresses of one that is named in the zone.
    fn ask_zone_for_addresses(&self, zone: &Zone, server: &mut Server) {
        for record_type in [RecordType::A, RecordType::AAAA] {
            for asked in self.consult(zone, &server.name, record_type) {
                let Some(reply) = asked.of_zone() else {
                    continue;
                };
                if let Some(target) = reply.cname_of(&server.name) {
                    server.alias = Some(target.to_lowercase());
                }
                let own = server.own.get_or_insert_default();
                let new = ips_of(reply, &server.name);
                own.extend(
                    new.iter()
                        .filter(|ip| !own.contains(ip))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
        }
    }

    /// Finds the addresses of a server that is named in another zone.
    fn look_up(&self, server: &mut Server) {
        let host = self.host(&server.name);
        server.own.clone_from(&host.addresses);
        server.alias.clone_from(&host.alias);
        server.unheard.clone_from(&host.unheard);
    }
}

/// The addresses of a name in the answer.
pub(super) fn ips_of(reply: &Reply, name: &Name) -> Vec<IpAddr> {
    reply.answers_of(name).filter_map(ip).collect()
}

/// The addresses of a name beside the answer.
pub(super) fn glue_of(reply: &Reply, name: &Name) -> Vec<IpAddr> {
    let ips = reply.additionals_of(name).filter_map(ip);
    ips.take(MOST_ADDRESSES).collect()
}

fn ip(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(a.0.into()),
        RData::AAAA(aaaa) => Some(aaaa.0.into()),
        _ => None,
    }
}
