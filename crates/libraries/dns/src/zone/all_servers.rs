//! All servers of a zone that a resolver may ask: those that the zone names itself and those that the zone above names. They
//! should be the same (RFC 1034 §4.2.2), and are not always.

use std::sync::Arc;

use crate::transport::{Client, Remark};
use crate::zone::both_sides::unite;
use crate::zone::error::Error;
use crate::zone::known_zones::{Source, Zone};
use crate::zone::location::NameServer;
use crate::zone::walk::Walk;
use hickory_proto::rr::Name;

/// The servers of `zone`, found through those of `asked`. No resolver is asked for the addresses of names in `chain`.
///
/// # Errors
///
/// No server of the zone says anything, or none has an address.
pub(super) async fn all_servers(
    client: &Client,
    walk: &Walk,
    zone: &Name,
    asked: &Arc<Zone>,
    chain: &[Name],
) -> Result<Vec<NameServer>, Box<Error>> {
    let is_asked = asked.name == *zone;
    let above = async {
        match asked.source {
            Source::Parent if is_asked => asked.servers.clone(),
            Source::Resolver if is_asked => walk.named_above(zone, chain).await,
            _ => Vec::new(),
        }
    };
    let own = walk.name_servers.by_zone(zone, asked, chain);
    let (own, above) = futures_util::future::join(own, above).await;
    let own = own?;
    if own.is_empty() {
        client.remark(Remark::NoNs(zone.clone()));
        return Ok(asked.servers.clone());
    }
    let (servers, remark) = unite(zone, own, above);
    if let Some(remark) = remark {
        client.remark(remark);
    }
    if servers.iter().any(|server| !server.addresses.is_empty()) {
        return Ok(servers);
    }
    Err(Box::new(Error::NoAddresses {
        zone: zone.clone(),
        servers: servers.into_iter().map(|server| server.name).collect(),
    }))
}
