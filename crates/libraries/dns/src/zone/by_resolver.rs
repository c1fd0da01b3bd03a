//! Where a record belongs as recursive resolvers alone tell it: for networks that let nobody but those out, and for zones whose
//! servers are not to be reached from here.
//!
//! They are asked from the top down for NS records, as far as the name above the record's, and for nothing of the record's own
//! name, not even for a CNAME: they would remember that there is nothing there (RFC 2308).

use futures_util::future::join_all;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use crate::name::{from_wire, is_top_level};
use crate::transport::Reply;
use crate::zone::do_not_query::DoNotQuery;
use crate::zone::error::Error;
use crate::zone::location::{Location, NameServer};
use crate::zone::name_servers::{NameServers, server_names};
use crate::zone::registered::suffixes;
use crate::zone::resolvers::Resolvers;

/// What the search is about, and whom it asks.
pub(super) struct ByResolver<'a> {
    pub(super) resolvers: &'a Resolvers,
    pub(super) name_servers: &'a NameServers,
    pub(super) do_not_query: &'a DoNotQuery,
    /// Whether a top-level domain may be the zone.
    pub(super) allow_top_level: bool,
}

impl ByResolver<'_> {
    /// The zone that holds `name`, and its servers.
    pub(super) async fn locate(&self, name: &Name) -> Result<Location, Box<Error>> {
        let (zone, servers) = self.zone(name).await?;
        let soa = self.resolvers.ask(&zone, RecordType::SOA).await?;
        let soa = soa.soa_of(&zone);
        let find = async |name: Name| NameServer {
            addresses: self.name_servers.addresses(&name).await,
            name,
        };
        Ok(Location {
            name: name.clone(),
            cnames: Vec::new(),
            primary: soa.and_then(|soa| from_wire(&soa.mname)),
            serial: soa.map(|soa| soa.serial),
            servers: join_all(servers.into_iter().map(find)).await,
            zone,
            wildcard_target: None,
        })
    }

    /// The nearest zone above the name, and the names of its servers.
    async fn zone(&self, name: &Name) -> Result<(Name, Vec<Name>), Box<Error>> {
        let shortest = if self.allow_top_level { 1 } else { 2 };
        let mut found = None;
        let mut denied = None;
        for suffix in candidates(name, shortest) {
            if suffix != *name && self.do_not_query.contains(&suffix) {
                break;
            }
            let reply = match self.resolvers.ask(&suffix, RecordType::NS).await {
                Ok(reply) => reply,
                Err(_) if found.is_some() => break,
                Err(error) => return Err(error),
            };
            let servers = server_names(&reply, &suffix);
            if !servers.is_empty() {
                found = Some((suffix, servers));
            } else if reply.code() == ResponseCode::NXDomain {
                // Nothing is below it either (RFC 8020), unless the resolver has a zone of its own further down.
                denied.get_or_insert_with(|| denial(&reply, suffix));
                if found.is_some() {
                    break;
                }
            }
        }
        match (found, denied) {
            (Some(found), _) => Ok(found),
            (None, Some(denied)) => Err(denied),
            (None, None) => Err(Box::new(Error::NoZoneSeen(name.clone()))),
        }
    }
}

/// The names that may be the zone's: those above the record's. What has no more labels than a registered domain is none that a
/// challenge's record is at, and may be the zone itself.
fn candidates(name: &Name, shortest: usize) -> impl Iterator<Item = Name> {
    let itself = name.iter().len() == shortest && shortest > 1;
    suffixes(name, shortest).chain(itself.then(|| name.clone()))
}

fn denial(reply: &Reply, name: Name) -> Box<Error> {
    let owner = reply.negative_soa().map(|(owner, _)| owner.to_lowercase());
    match owner.filter(is_top_level) {
        Some(top_level) => Box::new(Error::NotRegistered {
            name,
            top_level,
            exists: false,
            errors: reply.extended_errors(),
        }),
        None => Box::new(Error::NoZoneSeen(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn a_name_of_two_labels_is_looked_for_itself_and_no_record_name_is() {
        for (name, shortest, expected) in [
            ("exmaple.test", 2, vec!["exmaple.test."]),
            ("_acme-challenge.exmaple.test", 2, vec!["exmaple.test."]),
            ("exmaple.test", 1, vec!["test."]),
            ("test", 2, vec![]),
            ("test", 1, vec![]),
        ] {
            let name = parse(name).unwrap();
            let found = candidates(&name, shortest);
            let found: Vec<_> = found.map(|name| name.to_ascii()).collect();
            assert_eq!(found, expected, "{name} {shortest}");
        }
    }
}
