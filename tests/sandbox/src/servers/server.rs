//! Which servers there are.

use crate::{Hosts, Zone};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// NSD with the root zone and `test.`
    Root,
    /// Knot, the primary.
    Ns1,
    /// NSD, a secondary.
    Ns2,
    /// BIND, a secondary.
    Ns3,
    /// Knot, for [`Hosts::Ns4`].
    Ns4,
    /// Unbound.
    Resolver,
    /// Pebble.
    Ca,
    /// Caddy, for [`Config::caddy`](crate::Config::caddy).
    Caddy,
}

impl Server {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Server::Root => "root",
            Server::Ns1 => "ns1",
            Server::Ns2 => "ns2",
            Server::Ns3 => "ns3",
            Server::Ns4 => "ns4",
            Server::Resolver => "resolver",
            Server::Ca => "ca",
            Server::Caddy => "caddy",
        }
    }

    /// Where it answers queries.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Server::Root => "198.51.100.1",
            Server::Ns1 => "198.51.100.11",
            Server::Ns2 => "198.51.100.12",
            Server::Ns3 => "198.51.100.13",
            Server::Ns4 => "198.51.100.21",
            Server::Resolver => "127.0.0.1",
            Server::Ca => "198.51.100.5",
            Server::Caddy => "198.51.100.6",
        }
    }

    /// What starts when this one is ready: a secondary that finds no primary, and a resolver that finds no root,
    /// would wait before they try again.
    pub(super) fn dependents(self) -> &'static [Server] {
        match self {
            Server::Root => &[Server::Resolver],
            Server::Ns1 => &[Server::Ns2, Server::Ns3],
            _ => &[],
        }
    }

    pub(crate) fn holds(self, zone: &Zone) -> bool {
        match self {
            Server::Ns1 | Server::Ns2 | Server::Ns3 => zone.hosts == Hosts::Three,
            Server::Ns4 => zone.hosts == Hosts::Ns4,
            _ => false,
        }
    }
}
