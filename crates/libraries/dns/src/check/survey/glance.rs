//! What a CA's resolver looks at beside the record itself, where the zones and their servers are known: a few questions to
//! those servers, and to a resolver about what is above them. Nothing is looked for from the root down.

use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::aliases::ChainEnd;
use crate::check::survey::closer::CloserLook;
use crate::check::survey::facts::Facts;
use crate::check::survey::found::{Probes, Server, Zone, ZoneFacts};
use crate::check::survey::said::{Asked, Said, rejects_edns};
use crate::check::survey::view::View;
use crate::check::target::{KnownZone, Target};
use crate::name::is_within;
use crate::transport::NetworkFault;

/// So many servers of a zone are asked for CAA: each name has a question of its own, and a server may limit how many it answers.
const ENOUGH: usize = 2;

/// What is known of a target in these zones, and what is to be asked before more can be known. Resolvers are those of `roots`.
pub(in crate::check) fn glance<'a>(
    target: &'a Target,
    known: &[KnownZone],
    capture: &Capture,
    roots: &Roots,
) -> (Facts<'a>, Vec<Probe>) {
    let view = View::new(capture, roots);
    let mut zones: Vec<Rc<ZoneFacts>> = Vec::new();
    // Those above before those below.
    let mut known: Vec<&KnownZone> = known.iter().collect();
    known.sort_by_key(|zone| zone.name.num_labels());
    for zone in known {
        let above = zone.name.base_name();
        for facts in [above_of(&above), facts_of(&view, zone, &above)] {
            if !zones.iter().any(|one| one.zone.name == facts.zone.name) {
                zones.push(Rc::new(facts));
            }
        }
    }
    let few: Vec<Zone> = zones.iter().map(|facts| few_of(&facts.zone)).collect();
    let ask = |at: &Name| -> Option<(Option<Name>, Vec<Asked>)> {
        let holding = few
            .iter()
            .filter(|zone| !zone.servers.is_empty() && is_within(at, &zone.name));
        match holding.max_by_key(|zone| zone.name.num_labels()) {
            Some(zone) => Some((
                Some(zone.name.clone()),
                view.consult(zone, at, RecordType::CAA),
            )),
            None => Some((None, view.resolved(at, RecordType::CAA))),
        }
    };
    let caa = match &target.domain {
        Some(domain) => view.climb(domain, &ask),
        None => Vec::new(),
    };
    let facts = Facts {
        target,
        zones,
        chain: Vec::new(),
        chain_end: ChainEnd::Name,
        caa,
        resolved: None,
        inside: Vec::new(),
        closer: CloserLook::default(),
    };
    (facts, view.into_wanted())
}

/// The zone with so many of its servers as are asked for CAA.
fn few_of(zone: &Zone) -> Zone {
    let mut few = Zone {
        name: zone.name.clone(),
        parent: zone.parent.clone(),
        servers: zone.servers.clone(),
        ..*zone
    };
    let mut left = ENOUGH;
    for server in &mut few.servers {
        server.glue.truncate(left);
        left -= server.glue.len();
    }
    few
}

/// The zone above one that is known: only a resolver says anything of it.
fn above_of(name: &Name) -> ZoneFacts {
    ZoneFacts {
        zone: Rc::new(Zone {
            name: name.clone(),
            parent: None,
            servers: Vec::new(),
            is_referred: true,
            names_servers: true,
        }),
        probes: Vec::new(),
        ds: Vec::new(),
        keys: Vec::new(),
        is_resolved: true,
    }
}

fn facts_of(view: &View<'_>, known: &KnownZone, above: &Name) -> ZoneFacts {
    let servers = known.servers.iter().map(|server| {
        let ips = server.addresses.iter().map(std::net::SocketAddr::ip);
        Server::new(server.name.clone(), ips.collect())
    });
    let zone = Rc::new(Zone {
        name: known.name.clone(),
        parent: Some(above_of(above).zone),
        servers: servers.collect(),
        is_referred: true,
        names_servers: true,
    });
    let probes = zone.addresses().into_iter().map(|(server, address)| {
        let ask = |way| view.probe(address, way, &zone.name, RecordType::SOA);
        let udp = ask(Way::Udp);
        let fails_with_edns = match &udp {
            Said::Pending | Said::Silent(NetworkFault::Unroutable | NetworkFault::Refused) => false,
            Said::Silent(_) => true,
            Said::Reply(answer) => rejects_edns(answer.reply()),
        };
        let if_so = |is_so, way| if is_so { ask(way) } else { Said::Pending };
        Probes {
            mixed: if_so(udp.answer().is_some(), Way::MixedCase),
            plain: if_so(fails_with_edns, Way::Plain),
            udp,
            tcp: Said::Pending,
            ns: Said::Pending,
            server,
            address,
        }
    });
    ZoneFacts {
        probes: probes.collect(),
        ds: view.resolved(&zone.name, RecordType::DS),
        keys: view.consult(&zone, &zone.name, RecordType::DNSKEY),
        is_resolved: false,
        zone,
    }
}

impl View<'_> {
    /// What the first resolver that answers says.
    pub(super) fn resolved(&self, name: &Name, record_type: RecordType) -> Vec<Asked> {
        for resolver in &self.roots.resolvers {
            let said = self.probe(*resolver, Way::Resolver, name, record_type);
            if matches!(said, Said::Silent(_)) {
                continue;
            }
            return vec![Asked {
                server: Name::root(),
                address: *resolver,
                said,
                by_resolver: true,
            }];
        }
        Vec::new()
    }
}
