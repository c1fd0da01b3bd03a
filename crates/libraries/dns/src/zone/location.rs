//! Where a record belongs.

use std::net::SocketAddr;

use hickory_proto::rr::Name;

/// An authoritative name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// The name that the zone's NS record gives it.
    pub name: Name,
    /// All of its addresses; none where its name has none or they could not be found.
    pub addresses: Vec<SocketAddr>,
}

/// A name on the way to where a record belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: Name,
    /// What its CNAME is to lead to.
    pub target: Name,
    /// The zone that holds the CNAME.
    pub zone: Name,
    /// The zone's servers.
    pub servers: Vec<NameServer>,
}

/// Where a record belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The record's name after its CNAMEs.
    pub name: Name,
    /// The targets of the CNAMEs that were followed, in order.
    pub cnames: Vec<Name>,
    /// The zone that holds `name`.
    pub zone: Name,
    /// The zone's primary server (MNAME of its SOA), where that is a name that a server can have.
    pub primary: Option<Name>,
    /// The zone's serial, as the server that was asked had it; a resolver may not tell.
    pub serial: Option<u32>,
    /// The zone's servers, as the zone and the zone above it name them.
    pub servers: Vec<NameServer>,
    /// The target of a CNAME that was not followed, since only a wildcard makes it (RFC 4592 §2.2): it does not apply
    /// once there is a record at the name.
    pub wildcard_target: Option<Name>,
}

/// All addresses of these servers.
pub(crate) fn addresses_of(servers: &[NameServer]) -> Vec<SocketAddr> {
    servers
        .iter()
        .flat_map(|server| &server.addresses)
        .copied()
        .collect()
}
