//! The resolvers that this machine is set up with.

use std::net::SocketAddr;

use hickory_resolver::config::{GOOGLE, ResolverConfig};
use hickory_resolver::system_conf::read_system_conf;

use crate::address;

/// The system's resolvers, in its order, or Google's public ones where the system names none.
#[must_use]
pub fn system_resolvers() -> Vec<SocketAddr> {
    let config = match read_system_conf() {
        Ok((config, _)) if !config.name_servers().is_empty() => config,
        _ => ResolverConfig::udp_and_tcp(&GOOGLE),
    };
    let mut addresses = Vec::new();
    for server in config.name_servers() {
        let port = server
            .connections
            .first()
            .map_or(address::PORT, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}
