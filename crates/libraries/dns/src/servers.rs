//! The servers of a zone and their addresses: as a resolver, a referral or the zone itself names them.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;
use hickory_proto::rr::{Name, RData, RecordType};

use crate::address::PORT;
use crate::error::{Cause, Error};
use crate::location::Server;
use crate::memo::Memo;
use crate::name::{from_wire, is_within};
use crate::resolvers::Resolvers;
use crate::standing::{self, Delegation, MOST_ADDRESSES, MOST_SERVERS};
use crate::transport::{Client, Question, Reply, ReplyFault, ServerFault, list_faults};

const ADDRESS_TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

/// Finds the servers of zones; what is known of their addresses is shared.
pub(crate) struct Servers {
    client: Client,
    resolvers: Resolvers,
    addresses: Memo<Name, Vec<SocketAddr>>,
}

impl Servers {
    pub(crate) fn new(client: Client, resolvers: Resolvers) -> Self {
        Self {
            client,
            resolvers,
            addresses: Memo::default(),
        }
    }

    /// A zone's servers as the resolver knows them.
    pub(crate) async fn by_resolver(&self, zone: &Name) -> Result<Vec<Server>, Error> {
        let reply = self.resolvers.ask(zone, RecordType::NS).await?;
        let servers = self.with_addresses(server_names(&reply, zone), &[]).await;
        has_address(zone, servers)
    }

    /// A zone's servers as a referral names them, with glue where it came along.
    pub(crate) async fn by_referral(
        &self,
        delegation: Delegation,
        chain: &[Name],
    ) -> Result<Vec<Server>, Error> {
        let names = delegation.servers.iter().map(|(name, _)| name.clone());
        let known: Vec<_> = delegation
            .servers
            .iter()
            .filter(|(name, glue)| !glue.is_empty() || chain.contains(name))
            .map(|(name, glue)| Server {
                name: name.clone(),
                addresses: glue.iter().map(|ip| SocketAddr::new(*ip, PORT)).collect(),
            })
            .collect();
        let servers = self.with_addresses(names.collect(), &known).await;
        has_address(&delegation.zone, servers)
    }

    /// A zone's servers as it names them itself; the zone above may name others.
    pub(crate) async fn by_zone(
        &self,
        zone: &Name,
        servers: &[Server],
        chain: &[Name],
    ) -> Result<Vec<Server>, Error> {
        let question = Question::new(zone, RecordType::NS);
        let judge = |reply: Box<Reply>| match server_names(&reply, zone) {
            _ if !reply.is_authoritative() => Err(ReplyFault::NotAuthoritative),
            names if names.is_empty() => Err(ReplyFault::NoNs),
            names => Ok(names),
        };
        let names = self
            .client
            .ask_authoritative(&addresses_of(servers), &question, judge)
            .await;
        let names = names.map_err(|faults| no_answer(zone, &faults))?;
        let known: Vec<_> = servers
            .iter()
            .filter(|server| chain.contains(&server.name))
            .cloned()
            .collect();
        let mut found = self.with_addresses(names, &known).await;
        // Where the resolver knows of none, the zone itself may: it holds the addresses of those named below it.
        let unknown = found
            .iter_mut()
            .filter(|server| server.addresses.is_empty() && is_within(&server.name, zone));
        join_all(unknown.map(async |server| {
            server.addresses = self.addresses_in(&server.name, servers).await;
        }))
        .await;
        has_address(zone, found)
    }

    /// Each server with all of its addresses, by the resolver but for those `known` already.
    async fn with_addresses(&self, names: Vec<Name>, known: &[Server]) -> Vec<Server> {
        let mut servers = Vec::new();
        let mut lookups = Vec::new();
        for name in names {
            match known.iter().find(|server| server.name == name) {
                Some(server) => servers.push(server.clone()),
                None => lookups.push(name),
            }
        }
        for (name, addresses) in lookups
            .iter()
            .zip(join_all(lookups.iter().map(|name| self.addresses(name))).await)
        {
            servers.push(Server {
                name: name.clone(),
                addresses,
            });
        }
        servers
    }

    /// All addresses of a server, by its name; none where there are none or the resolver does not say.
    pub(crate) async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        let find = || async {
            let ask = |record_type| self.resolvers.ask(server, record_type);
            let replies = join_all(ADDRESS_TYPES.into_iter().map(ask)).await;
            replies
                .iter()
                .flatten()
                .flat_map(|reply| addresses_from(reply))
                .collect()
        };
        self.addresses.get(server.clone(), find).await
    }

    /// The addresses of a server by the zone that its name is in, which is held by `servers`.
    async fn addresses_in(&self, name: &Name, servers: &[Server]) -> Vec<SocketAddr> {
        let servers = addresses_of(servers);
        let ask = async |record_type| {
            let question = Question::new(name, record_type);
            let judge = |reply: Box<Reply>| match reply.is_authoritative() {
                true => Ok(addresses_from(&reply)),
                false => Err(ReplyFault::NotAuthoritative),
            };
            self.client
                .ask_authoritative(&servers, &question, judge)
                .await
        };
        let replies = join_all(ADDRESS_TYPES.into_iter().map(ask)).await;
        replies.into_iter().flatten().flatten().collect()
    }
}

fn server_names(reply: &Reply, zone: &Name) -> Vec<Name> {
    let names: BTreeSet<_> = reply
        .answers_of(zone)
        .filter_map(|data| match data {
            RData::NS(server) => from_wire(&server.0),
            _ => None,
        })
        .collect();
    names.into_iter().take(MOST_SERVERS).collect()
}

/// The addresses in an answer; a resolver follows a CNAME of the server's name, which should not be there
/// (RFC 2181 §10.3).
fn addresses_from(reply: &Reply) -> Vec<SocketAddr> {
    let records = reply.answers().iter();
    records
        .filter_map(|record| standing::address(&record.data))
        .take(MOST_ADDRESSES)
        .map(|ip: IpAddr| SocketAddr::new(ip, PORT))
        .collect()
}

/// All of their addresses.
pub(crate) fn addresses_of(servers: &[Server]) -> Vec<SocketAddr> {
    servers
        .iter()
        .flat_map(|server| &server.addresses)
        .copied()
        .collect()
}

fn has_address(zone: &Name, servers: Vec<Server>) -> Result<Vec<Server>, Error> {
    if servers.iter().any(|server| !server.addresses.is_empty()) {
        return Ok(servers);
    }
    let names = servers
        .iter()
        .map(|server| server.name.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let detail = if servers.is_empty() {
        format!("the zone {zone} has no NS records")
    } else {
        format!("no address can be found for the name servers of {zone}: {names}")
    };
    Err(Error::new(Cause::NoUsableServer, detail)
        .hint("Their names need A or AAAA records, and glue at the parent where they lie in the zone itself."))
}

/// The error for a zone of which each server had one of these `faults`.
pub(crate) fn no_answer(zone: &Name, faults: &[(SocketAddr, ServerFault)]) -> Error {
    let said = list_faults(faults);
    Error::new(Cause::NoUsableServer, format!("no name server of {zone} answers with authority: {said}"))
        .hint("Until one of them does, no CA can validate: is the zone loaded, the server up, port 53 open here?")
}
