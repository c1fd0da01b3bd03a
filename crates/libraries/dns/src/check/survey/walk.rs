//! The way from the root down to the zone that holds a name, a label at a time: each zone's servers are asked whether
//! there is a zone cut.

use std::rc::Rc;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use crate::check::survey::found::{Cut, End, Walk, Zone};
use crate::check::survey::kept::{Cache, Caches};
use crate::check::survey::said::{Asked, ns_of};
use crate::check::survey::view::View;
use crate::check::survey::zones::glue_of;
use crate::name::is_within;
use crate::transport::Reply;

/// What a zone's servers say about a name below the zone.
enum Step {
    Pending,
    Cut(Cut),
    NoCut(Option<Asked>),
    NoAnswer(Vec<Asked>),
}

/// What one server says.
enum Saying {
    Cut(Cut),
    NoCut,
    Absent,
}

impl View<'_> {
    /// Goes from the root down to the zone that holds a name.
    pub(super) fn walk(&self, name: &Name) -> Rc<Walk> {
        let cache: fn(&mut Caches) -> &mut Cache<Walk> = |caches| &mut caches.walks;
        match self.recall(cache, name) {
            Some(walk) => walk,
            None => self.find(cache, name, || self.find_walk(name)),
        }
    }

    /// One step on from the way to the name above.
    fn find_walk(&self, name: &Name) -> Walk {
        if name.is_root() {
            return Walk {
                zones: vec![self.root()],
                absent: Vec::new(),
                end: End::NotRegistered(name.clone()),
                leads_on: true,
            };
        }
        let mut walk = Walk::clone(&self.walk(&name.base_name()));
        let Some(zone) = walk.zone().filter(|_| walk.leads_on).cloned() else {
            return walk;
        };
        let mut is_top = zone.is_top();
        let end = match self.step(&zone, name) {
            Step::Pending => Some(End::Pending),
            Step::NoAnswer(asked) => Some(End::NoAnswer(asked)),
            Step::NoCut(Some(_)) if is_top => Some(End::NotRegistered(name.clone())),
            Step::NoCut(Some(absent)) => {
                walk.absent.push((name.clone(), absent));
                None
            }
            Step::NoCut(None) => None,
            Step::Cut(cut) => {
                let zone = self.zone(name, &zone, cut);
                is_top = zone.is_top();
                walk.zones.push(zone);
                None
            }
        };
        walk.leads_on = end.is_none();
        walk.end = match end {
            Some(end) => end,
            None if is_top => End::NotRegistered(name.clone()),
            None => End::Found,
        };
        walk
    }

    fn step(&self, zone: &Zone, below: &Name) -> Step {
        let all = self.consult(zone, below, RecordType::NS);
        let mut cut: Option<Cut> = None;
        let (mut is_there, mut absent) = (false, None);
        for asked in &all {
            match asked.reply().and_then(|reply| read(reply, zone, below)) {
                Some(Saying::Cut(one)) => merge(cut.get_or_insert_default(), one),
                Some(Saying::NoCut) => is_there = true,
                Some(Saying::Absent) => absent = Some(asked.clone()),
                None => {}
            }
        }
        let is_pending = all.iter().any(|asked| asked.said.is_pending());
        match (cut, is_there, absent) {
            (Some(cut), ..) => Step::Cut(cut),
            // Another server may know of a cut.
            _ if is_pending => Step::Pending,
            (None, true, _) => Step::NoCut(None),
            (None, false, Some(asked)) => Step::NoCut(Some(asked)),
            // The root's servers are found only after a while.
            (None, false, None) if all.is_empty() && zone.parent.is_none() => Step::Pending,
            (None, false, None) => Step::NoAnswer(all),
        }
    }
}

/// What a server of `zone` says that was asked for the NS records of `below`.
fn read(reply: &Reply, zone: &Zone, below: &Name) -> Option<Saying> {
    if reply.cname_of(below).is_some() {
        return Some(Saying::NoCut);
    }
    if !reply.is_about_name() {
        return None;
    }
    let own = ns_of(reply, below);
    if !own.is_empty() {
        return Some(Saying::Cut(cut(reply, zone, own, false)));
    }
    if let Some((owner, servers)) = reply.referral() {
        let servers = servers.into_iter().map(Name::to_lowercase).collect();
        return (owner == below).then(|| Saying::Cut(cut(reply, zone, servers, true)));
    }
    match reply.negative_soa() {
        // The zone lacks NS records of its own, and the server holds the one above it too.
        Some((owner, _)) if owner == below => Some(Saying::Cut(Cut {
            servers: zone
                .servers
                .iter()
                .map(|one| (one.name.clone(), one.addresses()))
                .collect(),
            is_referral: false,
        })),
        Some((owner, _)) if !(is_within(below, owner) && is_within(owner, &zone.name)) => None,
        None if !reply.is_authoritative() => None,
        _ if reply.code() == ResponseCode::NXDomain => Some(Saying::Absent),
        _ => Some(Saying::NoCut),
    }
}

fn cut(reply: &Reply, zone: &Zone, servers: Vec<Name>, is_referral: bool) -> Cut {
    let servers = servers.into_iter().map(|name| {
        // Addresses of names outside of the zone could be anybody's (RFC 5452 §6).
        let glue = match is_within(&name, &zone.name) {
            true => glue_of(reply, &name),
            false => Vec::new(),
        };
        (name, glue)
    });
    Cut {
        servers: servers.collect(),
        is_referral,
    }
}

/// Adds what another server says: a referral counts more than the answer of a server that holds both zones.
fn merge(cut: &mut Cut, other: Cut) {
    if other.is_referral && !cut.is_referral {
        *cut = other;
        return;
    }
    if cut.is_referral && !other.is_referral {
        return;
    }
    for (name, glue) in other.servers {
        match cut.servers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                for ip in glue {
                    if !known.contains(&ip) {
                        known.push(ip);
                    }
                }
            }
            None => cut.servers.push((name, glue)),
        }
    }
}
