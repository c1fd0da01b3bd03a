//! What is found on the way: zones with their servers, the way itself, hosts.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use hickory_proto::rr::Name;

use crate::address::PORT;
use crate::check::survey::said::{Asked, Said};
use crate::name::is_top_level;

/// More addresses of one server than this are not looked at.
pub(super) const MOST_ADDRESSES: usize = 16;

/// A zone.
#[derive(Debug)]
pub(in crate::check) struct Zone {
    pub(in crate::check) name: Name,
    /// None above the root.
    pub(in crate::check) parent: Option<Rc<Zone>>,
    pub(in crate::check) servers: Vec<Server>,
    /// Whether the zone above said which servers it names: one server may hold both, and answer from the lower one.
    pub(in crate::check) is_referred: bool,
    /// Whether the zone itself said which servers it names.
    pub(in crate::check) names_servers: bool,
}

/// A server of a zone.
#[derive(Clone, Debug)]
pub(in crate::check) struct Server {
    pub(in crate::check) name: Name,
    /// Whether the zone above names it.
    pub(in crate::check) by_parent: bool,
    /// Whether the zone itself names it.
    pub(in crate::check) by_zone: bool,
    /// The addresses that came along from the zone above.
    pub(in crate::check) glue: Vec<IpAddr>,
    /// Those that its own zone has for it, where that says so.
    pub(in crate::check) own: Option<Vec<IpAddr>>,
    /// What its name is an alias of.
    pub(in crate::check) alias: Option<Name>,
    /// Who did not say which addresses it has.
    pub(in crate::check) unheard: Option<Unheard>,
}

/// A zone none of whose servers says anything of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Unheard {
    pub(in crate::check) zone: Name,
    /// Whether there is no route from here to one of them.
    pub(in crate::check) has_no_route: bool,
}

/// How a zone above leads to one below.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    pub(super) servers: Vec<(Name, Vec<IpAddr>)>,
    pub(super) is_referral: bool,
}

impl Zone {
    /// Whether it delegates to its users: such a zone is not judged, and not all of its servers are asked.
    pub(in crate::check) fn is_top(&self) -> bool {
        is_top_level(&self.name)
    }

    /// Each address once, with the name of the first server that has it.
    pub(in crate::check) fn addresses(&self) -> Vec<(Name, SocketAddr)> {
        let mut all: Vec<(Name, SocketAddr)> = Vec::new();
        for server in &self.servers {
            for ip in server.addresses() {
                let address = SocketAddr::new(ip, PORT);
                if !all.iter().any(|(_, known)| *known == address) {
                    all.push((server.name.clone(), address));
                }
            }
        }
        // This machine may have no IPv6.
        all.sort_by_key(|(_, address)| address.is_ipv6());
        all
    }
}

impl Server {
    pub(super) fn new(name: Name, glue: Vec<IpAddr>) -> Server {
        Server {
            name,
            by_parent: false,
            by_zone: false,
            glue,
            own: None,
            alias: None,
            unheard: None,
        }
    }

    /// All of its addresses, whoever says so.
    pub(in crate::check) fn addresses(&self) -> Vec<IpAddr> {
        let own = self.own.iter().flatten();
        let mut all: Vec<IpAddr> = Vec::new();
        for ip in self.glue.iter().chain(own) {
            if !all.contains(ip) && all.len() < MOST_ADDRESSES {
                all.push(*ip);
            }
        }
        all
    }
}

/// What is known of a zone.
pub(in crate::check) struct ZoneFacts {
    pub(in crate::check) zone: Rc<Zone>,
    /// Each address of its servers; none of the root's and of a top-level domain's.
    pub(in crate::check) probes: Vec<Probes>,
    /// What the servers of the zone above say to the question for DS.
    pub(in crate::check) ds: Vec<Asked>,
    /// What its own servers say to the question for DNSKEY.
    pub(in crate::check) keys: Vec<Asked>,
    /// Whether only a resolver says anything of it: it is above all that is looked at.
    pub(in crate::check) is_resolved: bool,
}

/// What one address of a zone's server says to the question for the zone's SOA, in each way.
pub(in crate::check) struct Probes {
    pub(in crate::check) server: Name,
    pub(in crate::check) address: SocketAddr,
    pub(in crate::check) udp: Said,
    pub(in crate::check) mixed: Said,
    pub(in crate::check) plain: Said,
    pub(in crate::check) tcp: Said,
    /// To the question for its NS records.
    pub(in crate::check) ns: Said,
}

/// The way to a name.
#[derive(Clone, Debug)]
pub(in crate::check) struct Walk {
    /// The zones from the root down.
    pub(in crate::check) zones: Vec<Rc<Zone>>,
    /// Names on the way that do not exist, as a server says.
    pub(in crate::check) absent: Vec<(Name, Asked)>,
    pub(in crate::check) end: End,
    /// Whether what is below the name is to be looked for.
    pub(super) leads_on: bool,
}

impl Walk {
    /// The last zone, which holds the name where it was found.
    pub(in crate::check) fn zone(&self) -> Option<&Rc<Zone>> {
        self.zones.last()
    }
}

/// How a walk ends.
#[derive(Clone, Debug)]
pub(in crate::check) enum End {
    /// Not all was asked yet.
    Pending,
    /// The last zone holds the name.
    Found,
    /// The root or a top-level domain says that this name does not exist, or does not delegate it.
    NotRegistered(Name),
    /// None of the last zone's servers says anything of use.
    NoAnswer(Vec<Asked>),
}

/// A host.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    /// Its addresses, where its zone says so.
    pub(super) addresses: Option<Vec<IpAddr>>,
    /// What it is an alias of.
    pub(super) alias: Option<Name>,
    /// Who did not say which addresses it has.
    pub(super) unheard: Option<Unheard>,
}
