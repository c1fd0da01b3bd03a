//! All that is known of a name.

use std::net::SocketAddr;
use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::aliases::{ChainEnd, Link};
use crate::check::survey::authorization::CaaLook;
use crate::check::survey::closer::CloserLook;
use crate::check::survey::found::{End, Probes, Walk, Zone, ZoneFacts};
use crate::check::survey::inside::{Inside, seen_inside};
use crate::check::survey::said::Asked;
use crate::check::survey::view::View;
use crate::check::target::Target;

/// All that is known of a name.
pub(in crate::check) struct Facts<'a> {
    pub(in crate::check) target: &'a Target,
    /// The zones on all ways, each once, those above before those below.
    pub(in crate::check) zones: Vec<Rc<ZoneFacts>>,
    /// The name, and what it is an alias of.
    pub(in crate::check) chain: Vec<Link>,
    pub(in crate::check) chain_end: ChainEnd,
    /// The climb for CAA records.
    pub(in crate::check) caa: Vec<CaaLook>,
    /// What a resolver says to the question for TXT, where the root's servers say nothing and it is asked in place of all
    /// servers, for CAA too; it is not asked for TXT before the record is written.
    pub(in crate::check) resolved: Option<Vec<Asked>>,
    /// What a resolver sees of the zones of the chain, as far as it was asked.
    pub(in crate::check) inside: Vec<Inside>,
    /// The closer look at the last name of the chain.
    pub(in crate::check) closer: CloserLook,
}

impl Facts<'_> {
    /// Whether a resolver was asked in place of all servers, and says anything.
    pub(in crate::check) fn is_resolved(&self) -> bool {
        let Some(texts) = &self.resolved else {
            return false;
        };
        let caa = self.caa.iter().flat_map(|look| &look.asked);
        texts.iter().chain(caa).any(|one| one.reply().is_some())
    }

    /// The zones that are delegated by the zone of this name.
    pub(in crate::check) fn delegated_by(&self, name: &Name) -> impl Iterator<Item = &ZoneFacts> {
        let is_parent = |zone: &&ZoneFacts| {
            let parent = zone.zone.parent.as_ref();
            parent.is_some_and(|parent| parent.name == *name)
        };
        self.zones.iter().map(Rc::as_ref).filter(is_parent)
    }

    /// The names of the chain that are in the zone of this name.
    pub(in crate::check) fn links_in(&self, name: &Name) -> impl Iterator<Item = &Link> {
        let is_in = |link: &Link| {
            link.walk
                .zones
                .last()
                .is_some_and(|last| last.name == *name)
        };
        self.chain.iter().filter(move |link| is_in(link))
    }

    /// The looks for CAA records in the zone of this name.
    pub(in crate::check) fn caa_in(&self, name: &Name) -> impl Iterator<Item = &CaaLook> {
        self.caa
            .iter()
            .filter(move |look| look.zone.as_ref() == Some(name))
    }

    /// The last name of the chain, where the record is or is to be.
    pub(in crate::check) fn last(&self) -> Option<&Link> {
        self.chain.last()
    }

    /// The same, where its zone was found.
    pub(in crate::check) fn last_found(&self) -> Option<&Link> {
        let is_found = |link: &&Link| matches!(link.walk.end, End::Found);
        self.last().filter(is_found)
    }

    /// The zones that are judged: those below a top-level domain.
    pub(in crate::check) fn judged(&self) -> impl Iterator<Item = &ZoneFacts> {
        let all = self.zones.iter().map(Rc::as_ref);
        all.filter(|facts| !facts.zone.is_top())
    }
}

/// What is known of a name, and what is to be asked before more can be known.
pub(in crate::check) fn survey<'a>(
    target: &'a Target,
    capture: &Capture,
    roots: &Roots,
) -> (Facts<'a>, Vec<Probe>) {
    let view = View::new(capture, roots);
    let (chain, chain_end) = view.chain(&target.name);
    // A resolver may still say where the root's servers are.
    let is_rootless = view.wants_nothing() && chain.first().is_some_and(Link::is_rootless);
    let resolved = is_rootless.then(|| match target.is_presented {
        true => view.resolved(&target.name, RecordType::TXT),
        false => Vec::new(),
    });
    let ask = |at: &Name| match resolved {
        Some(_) => Some((None, view.resolved(at, RecordType::CAA))),
        None => view.holder(at),
    };
    let domain = target.domain.as_ref();
    let caa = domain.map_or_else(Vec::new, |domain| view.climb(domain, &ask));
    let mut zones: Vec<Rc<ZoneFacts>> = Vec::new();
    let add = |zones: &mut Vec<Rc<ZoneFacts>>, walk: &Walk| {
        for zone in &walk.zones {
            if !zones.iter().any(|known| known.zone.name == zone.name) {
                zones.push(view.facts_of(zone, || zone_facts(&view, zone)));
            }
        }
    };
    for link in &chain {
        add(&mut zones, &link.walk);
    }
    for look in caa.iter().filter(|_| resolved.is_none()) {
        add(&mut zones, &view.walk(&look.at));
    }
    let closer = view.closer(target, &chain);
    let inside = match resolved {
        Some(_) => Vec::new(),
        None => seen_inside(&chain, capture, roots).0,
    };
    let facts = Facts {
        target,
        resolved,
        inside,
        closer,
        zones,
        chain,
        chain_end,
        caa,
    };
    (facts, view.into_wanted())
}

fn zone_facts(view: &View<'_>, zone: &Rc<Zone>) -> ZoneFacts {
    let probes = match zone.is_top() {
        true => Vec::new(),
        false => zone
            .addresses()
            .into_iter()
            .map(|one| probes(view, zone, one))
            .collect(),
    };
    ZoneFacts {
        probes,
        ds: match &zone.parent {
            Some(parent) => view.consult(parent, &zone.name, RecordType::DS),
            None => Vec::new(),
        },
        keys: view.consult(zone, &zone.name, RecordType::DNSKEY),
        is_resolved: false,
        zone: zone.clone(),
    }
}

fn probes(view: &View<'_>, zone: &Zone, (server, address): (Name, SocketAddr)) -> Probes {
    let soa = |way| view.probe(address, way, &zone.name, RecordType::SOA);
    Probes {
        server,
        address,
        udp: soa(Way::Udp),
        mixed: soa(Way::MixedCase),
        plain: soa(Way::Plain),
        tcp: soa(Way::Tcp),
        ns: view.ask(address, &zone.name, RecordType::NS),
    }
}
