//! What leads to a name, as a graph: zones with their servers, and the names that are aliases of others.

use std::net::SocketAddr;

use hickory_proto::rr::Name;

use crate::check::capture::Capture;
use crate::check::judge::standing::Standing;
use crate::check::roots::Roots;
use crate::check::survey::{End, survey};
use crate::check::target::Target;

/// What leads to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Those above before those below.
    pub zones: Vec<GraphZone>,
    /// The name, and what it is an alias of, in order.
    pub names: Vec<GraphName>,
}

/// A zone on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphZone {
    /// Its name.
    pub name: Name,
    /// The zone above it.
    pub parent: Option<Name>,
    /// The addresses of its servers; none of the root's and of a top-level domain's.
    pub servers: Vec<GraphServer>,
}

/// An address of a zone's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphServer {
    /// The server's name.
    pub name: Name,
    /// Its address.
    pub address: SocketAddr,
    /// Whether it serves the zone.
    pub serves: bool,
}

/// A name of a chain of CNAMEs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphName {
    /// The name.
    pub name: Name,
    /// The zone that holds it, where that was found.
    pub zone: Option<Name>,
}

/// What leads to a name, by what was captured.
#[must_use]
pub fn graph(target: &Target, capture: &Capture, roots: &Roots) -> Graph {
    let (facts, _) = survey(target, capture, roots);
    let zones = facts.zones.iter().map(|facts| {
        let servers = facts.probes.iter().map(|probes| GraphServer {
            name: probes.server.clone(),
            address: probes.address,
            serves: probes.standing(&facts.zone) == Standing::Serves,
        });
        GraphZone {
            name: facts.zone.name.clone(),
            parent: facts.zone.parent.as_ref().map(|parent| parent.name.clone()),
            servers: servers.collect(),
        }
    });
    let names = facts.chain.iter().map(|link| GraphName {
        name: link.name.clone(),
        zone: match link.walk.end {
            End::Found => link.walk.zone().map(|zone| zone.name.clone()),
            _ => None,
        },
    });
    Graph {
        zones: zones.collect(),
        names: names.collect(),
    }
}
