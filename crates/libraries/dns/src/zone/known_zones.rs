//! Zones that are known, with their servers: whoever looks for a name below one of them can begin there.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_proto::rr::Name;

use crate::name::is_top_level;
use crate::zone::location::{NameServer, addresses_of};

/// For how long a zone's servers are taken for the same: a run that goes on for longer sees changes.
const FRESH: Duration = Duration::from_secs(30);

/// The most zones that are kept.
const MOST: usize = 1 << 14;

/// A zone, and servers that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) name: Name,
    pub(super) servers: Vec<NameServer>,
    /// All addresses of the servers.
    pub(super) addresses: Vec<SocketAddr>,
    /// Who names these servers.
    pub(super) source: Source,
}

/// Who names the servers of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A resolver does.
    Resolver,
    /// The zone above does, with a referral.
    Parent,
}

impl Zone {
    pub(super) fn new(name: Name, servers: Vec<NameServer>, source: Source) -> Arc<Zone> {
        Arc::new(Zone {
            addresses: addresses_of(&servers),
            name,
            servers,
            source,
        })
    }
}

/// The zones that were found.
#[derive(Default)]
pub(super) struct KnownZones(Mutex<HashMap<Name, (Instant, Arc<Zone>)>>);

impl KnownZones {
    /// Remembers a zone.
    pub(super) fn add(&self, zone: &Arc<Zone>, now: Instant) {
        let mut zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if zones.len() >= MOST {
            zones.clear();
        }
        zones.insert(zone.name.clone(), (now, zone.clone()));
    }

    /// The nearest zone at a name or above it, but no top-level domain and not the root: whether there is another zone below
    /// those, resolvers know better.
    pub(super) fn nearest(&self, name: &Name, now: Instant) -> Option<Arc<Zone>> {
        let zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = name.clone();
        while !is_top_level(&at) {
            if let Some((since, zone)) = zones.get(&at)
                && now.saturating_duration_since(*since) < FRESH
            {
                return Some(zone.clone());
            }
            at = at.base_name();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn zone(name: &str) -> Arc<Zone> {
        Zone::new(parse(name).unwrap(), Vec::new(), Source::Resolver)
    }

    #[test]
    fn the_nearest_zone_at_a_name_or_above_it_is_where_to_begin_for_a_while() {
        let (known, start) = (KnownZones::default(), Instant::now());
        for name in ["test", "example.test", "a.b.example.test"] {
            known.add(&zone(name), start);
        }
        let later = |seconds| start + Duration::from_secs(seconds);
        for (name, at, nearest) in [
            ("x.a.b.example.test", 0, Some("a.b.example.test")),
            ("a.b.example.test", 0, Some("a.b.example.test")),
            ("b.example.test", 0, Some("example.test")),
            ("x.b.example.test", 29, Some("example.test")),
            ("x.b.example.test", 30, None),
            ("other.test", 0, None),
            ("test", 0, None),
        ] {
            let found = known.nearest(&parse(name).unwrap(), later(at));
            let found = found.map(|zone| zone.name.clone());
            assert_eq!(found, nearest.map(|zone| parse(zone).unwrap()), "{name}");
        }
    }

    #[test]
    fn a_zone_that_is_found_again_has_its_new_servers() {
        let (known, start) = (KnownZones::default(), Instant::now());
        known.add(&zone("example.test"), start);
        let servers = vec![NameServer {
            name: parse("ns.test").unwrap(),
            addresses: vec![([192, 0, 2, 1], 53).into()],
        }];
        let name = parse("example.test").unwrap();
        let again = Zone::new(name.clone(), servers, Source::Parent);
        known.add(&again, start + FRESH);
        assert_eq!(known.nearest(&name, start + FRESH), Some(again));
    }
}
