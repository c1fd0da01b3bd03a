//! Where a challenge record belongs, in the words of the pipeline's documents.

use std::net::SocketAddr;

use hickory_proto::rr::Name;
use serde::{Serialize, Serializer};

use crate::address;

/// An authoritative name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// The name that the zone's NS record gives it.
    #[serde(serialize_with = "name")]
    pub name: Name,
    /// All of its addresses; none where its name has none or they could not be found.
    #[serde(serialize_with = "addresses")]
    pub addresses: Vec<SocketAddr>,
}

/// Where a challenge record belongs.
#[derive(Clone, Debug, Serialize)]
pub struct Location {
    /// The record's name after its CNAMEs.
    #[serde(serialize_with = "name")]
    pub effective_fqdn: Name,
    /// The targets of the CNAMEs that were followed, in order.
    #[serde(serialize_with = "names")]
    pub cnames: Vec<Name>,
    /// The zone that holds `effective_fqdn`.
    #[serde(serialize_with = "name")]
    pub zone: Name,
    /// The zone's primary server (MNAME of its SOA), where that is a name that a server can have.
    #[serde(serialize_with = "optional", skip_serializing_if = "Option::is_none")]
    pub primary: Option<Name>,
    /// The zone's serial, as the server that was asked had it.
    pub serial: u32,
    /// The zone's servers, as its own NS records name them.
    pub nameservers: Vec<Server>,
    /// The target of a CNAME that was not followed, since only a wildcard makes it (RFC 4592 §2.2): the record itself
    /// will end its reach.
    #[serde(skip)]
    pub wildcard: Option<Name>,
}

// `Display` would decode the labels of an international name.
fn name<S: Serializer>(name: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&name.to_ascii())
}

fn optional<S: Serializer>(name: &Option<Name>, serializer: S) -> Result<S::Ok, S::Error> {
    name.as_ref().map(Name::to_ascii).serialize(serializer)
}

fn names<S: Serializer>(names: &[Name], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(Name::to_ascii))
}

fn addresses<S: Serializer>(addresses: &[SocketAddr], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(addresses.iter().map(address::format))
}
