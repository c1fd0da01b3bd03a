//! What of the network is used, by the wish of whoever asks.

use std::net::{IpAddr, SocketAddr};

use crate::transport::tls::Tls;

/// What of the network is used.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Over which version of IP servers are asked.
    pub family: Family,
    /// What resolvers are asked over that are asked over TLS; without it they are not.
    pub tls: Option<Tls>,
    /// Who is asked for the addresses of resolvers that have a name.
    pub finders: Vec<SocketAddr>,
}

/// Over which version of IP servers are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Over both.
    #[default]
    Both,
    /// Over IPv4 alone.
    V4,
    /// Over IPv6 alone.
    V6,
}

impl Family {
    /// Whether an address is of it.
    #[must_use]
    pub fn has(self, ip: IpAddr) -> bool {
        match self {
            Family::Both => true,
            Family::V4 => ip.is_ipv4(),
            Family::V6 => ip.is_ipv6(),
        }
    }
}
