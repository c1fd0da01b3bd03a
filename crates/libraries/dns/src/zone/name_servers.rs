//! The names of a zone's servers and their addresses: as a resolver, a referral or the zone itself has them.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::time::{Instant, timeout_at};

use crate::address::PORT;
use crate::name::{from_wire, is_within};
use crate::transport::{Client, Question, Reply, ReplyFault};
use crate::zone::error::Error;
use crate::zone::known_zones::Zone;
use crate::zone::location::NameServer;
use crate::zone::resolvers::Resolvers;
use crate::zone::response::{MOST_ADDRESSES, MOST_SERVERS, Referral, address};
use crate::zone::single_flight::SingleFlight;

/// How long the addresses of other servers are waited for when one has some.
const SLOWER: Duration = Duration::from_millis(500);

const ADDRESS_TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

/// Finds the servers of zones; what is known of their addresses is shared.
pub(super) struct NameServers {
    client: Client,
    resolvers: Resolvers,
    addresses: SingleFlight<Name, Vec<SocketAddr>>,
    /// Why the resolvers did not tell the addresses of a name.
    failures: Mutex<HashMap<Name, Box<Error>>>,
}

impl NameServers {
    pub(super) fn new(client: Client, resolvers: Resolvers) -> Self {
        Self {
            client,
            resolvers,
            addresses: SingleFlight::default(),
            failures: Mutex::default(),
        }
    }

    /// A zone's servers as a referral names them, with glue where it came along. No resolver is asked for the
    /// addresses of names in `chain`.
    pub(super) async fn by_referral(
        &self,
        referral: Referral,
        chain: &[Name],
    ) -> Result<Vec<NameServer>, Box<Error>> {
        let names = referral.servers.iter().map(|(name, _)| name.clone());
        let known: Vec<_> = referral
            .servers
            .iter()
            .filter(|(name, glue)| !glue.is_empty() || chain.contains(name))
            .map(|(name, glue)| NameServer {
                name: name.clone(),
                addresses: glue.iter().map(|ip| SocketAddr::new(*ip, PORT)).collect(),
            })
            .collect();
        let servers = self.with_known(names.collect(), &known).await;
        // Where they all lie in the zone itself, only glue leads to them: that resolvers fail at them says nothing more.
        let is_lost = |server: &NameServer| {
            server.addresses.is_empty() && is_within(&server.name, &referral.zone)
        };
        if !servers.is_empty() && servers.iter().all(is_lost) {
            return Err(no_addresses(&referral.zone, servers));
        }
        self.has_address(&referral.zone, servers)
    }

    /// The servers of `zone` as it names them itself, as far as the servers of `asked` say; none where it names none. No
    /// resolver is asked for the addresses of names in `chain`.
    pub(super) async fn by_zone(
        &self,
        zone: &Name,
        asked: &Zone,
        chain: &[Name],
    ) -> Result<Vec<NameServer>, Box<Error>> {
        let names = self.own_names(zone, &asked.addresses).await?;
        // The zone itself holds the addresses of those named in it, or knows who does.
        let inside = names.iter().filter(|name| is_within(name, zone));
        let inside = inside.map(async |name| NameServer {
            name: name.clone(),
            addresses: self.addresses_in(name, &asked.addresses).await,
        });
        let inside = join_all(inside).await.into_iter();
        let known = asked.servers.iter().cloned();
        let known = known.filter(|server| chain.contains(&server.name));
        let known = inside
            .filter(|server| !server.addresses.is_empty())
            .chain(known);
        Ok(self.with_known(names, &known.collect::<Vec<_>>()).await)
    }

    /// The names of a zone's servers in its own NS records. The servers at `addresses` may have different ones, so each is asked;
    /// slow ones are not waited for when another has answered.
    async fn own_names(
        &self,
        zone: &Name,
        addresses: &[SocketAddr],
    ) -> Result<Vec<Name>, Box<Error>> {
        let question = Question::new(zone, RecordType::NS);
        let read = |reply: &Reply| read_names(reply, zone);
        let (names, faults) = self.client.ask_each(addresses, &question, read).await;
        if names.is_empty() {
            let zone = zone.clone();
            return Err(Box::new(Error::NoAuthority { zone, faults }));
        }
        let names: BTreeSet<_> = names.into_iter().flatten().collect();
        Ok(names.into_iter().take(MOST_SERVERS).collect())
    }

    /// Servers with the addresses at which a search in their zone can begin: slow look-ups are not waited for, and such
    /// servers have none.
    ///
    /// Of servers in the zone itself only A records are asked for, where there are some: a resolver would remember that there is
    /// no AAAA record at the name, and so nothing near it (RFC 8198). The zone's own servers know the rest.
    pub(super) async fn with_some_addresses(
        &self,
        zone: &Name,
        names: Vec<Name>,
    ) -> Result<Vec<NameServer>, Box<Error>> {
        let find = |name: &Name| {
            let name = name.clone();
            async move {
                let is_inside = is_within(&name, zone);
                let addresses = match is_inside {
                    true => self.first_addresses(&name).await,
                    false => self.addresses(&name).await,
                };
                NameServer { name, addresses }
            }
        };
        let mut asked: FuturesUnordered<_> = names.iter().map(find).collect();
        let (mut servers, mut until) = (Vec::new(), None);
        loop {
            let next = match until {
                Some(until) => timeout_at(until, asked.next()).await.unwrap_or_default(),
                None => asked.next().await,
            };
            let Some(server) = next else { break };
            if !server.addresses.is_empty() {
                until.get_or_insert_with(|| Instant::now() + SLOWER);
            }
            servers.push(server);
        }
        drop(asked);
        for name in names {
            if !servers.iter().any(|server| server.name == name) {
                let addresses = Vec::new();
                servers.push(NameServer { name, addresses });
            }
        }
        servers.sort_by(|one, other| one.name.cmp(&other.name));
        self.has_address(zone, servers)
    }

    /// The same servers, with the addresses that were not waited for before.
    pub(super) async fn with_rest(&self, servers: &[NameServer]) -> Vec<NameServer> {
        let names = servers.iter().map(|server| server.name.clone()).collect();
        let known: Vec<_> = servers
            .iter()
            .filter(|server| !server.addresses.is_empty())
            .cloned()
            .collect();
        self.with_known(names, &known).await
    }

    /// The A records of a server, and its AAAA records where it has no A records, or these are not used or nothing leads to them
    /// from here.
    async fn first_addresses(&self, server: &Name) -> Vec<SocketAddr> {
        let mut addresses = Vec::new();
        for record_type in ADDRESS_TYPES {
            match self.ask_resolvers(server, record_type).await {
                Ok(found) => addresses.extend(found),
                // They took their time already.
                Err(error) if error.is_silence() => break,
                Err(_) => {}
            }
            let is_used = |address: &SocketAddr| self.client.uses(*address) && is_routable(address);
            if addresses.iter().any(is_used) {
                break;
            }
        }
        addresses
    }

    /// Each server with all of its addresses. The resolver is asked for those that are not `known` already.
    async fn with_known(&self, names: Vec<Name>, known: &[NameServer]) -> Vec<NameServer> {
        let mut servers = Vec::new();
        let mut unknown = Vec::new();
        for name in names {
            match known.iter().find(|server| server.name == name) {
                Some(server) => servers.push(server.clone()),
                None => unknown.push(name),
            }
        }
        let addresses = join_all(unknown.iter().map(|name| self.addresses(name))).await;
        let found = unknown.into_iter().zip(addresses);
        servers.extend(found.map(|(name, addresses)| NameServer { name, addresses }));
        servers
    }

    /// All addresses of a server, by its name; none where there are none or the resolver does not say.
    pub(super) async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        let find = || async {
            let ask = |record_type| self.ask_resolvers(server, record_type);
            let found = join_all(ADDRESS_TYPES.map(ask)).await;
            found.into_iter().flatten().flatten().collect()
        };
        self.addresses.get(server.clone(), find).await
    }

    /// The addresses of one type that the resolvers say a server has.
    async fn ask_resolvers(
        &self,
        server: &Name,
        record_type: RecordType,
    ) -> Result<Vec<SocketAddr>, Box<Error>> {
        match self.resolvers.ask(server, record_type).await {
            Ok(reply) => Ok(addresses_from(&reply)),
            Err(error) => {
                self.failures().insert(server.clone(), error.clone());
                Err(error)
            }
        }
    }

    /// These servers of a zone, where one of them has an address; or else why none is known: the resolvers fail, or there is none.
    fn has_address(
        &self,
        zone: &Name,
        servers: Vec<NameServer>,
    ) -> Result<Vec<NameServer>, Box<Error>> {
        if servers.iter().any(|server| !server.addresses.is_empty()) {
            return Ok(servers);
        }
        let failures = self.failures();
        if let Some(error) = servers.iter().find_map(|server| failures.get(&server.name)) {
            return Err(error.clone());
        }
        Err(match servers.is_empty() {
            true => Box::new(Error::NoNameServers(zone.clone())),
            false => no_addresses(zone, servers),
        })
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<Name, Box<Error>>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The addresses of a server, asked of the servers at `addresses`, which hold the zone that its name is in.
    async fn addresses_in(&self, name: &Name, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let ask = async |record_type| {
            let question = Question::new(name, record_type);
            let read = |reply: &Reply| match reply.fault() {
                None => Ok(addresses_from(reply)),
                Some(fault) => Err(fault),
            };
            self.client
                .ask_authoritative(addresses, &question, read)
                .await
        };
        let replies = join_all(ADDRESS_TYPES.map(ask)).await;
        replies.into_iter().flatten().flatten().collect()
    }
}

/// Whether there is a route to this address: to connect a UDP socket sends nothing.
fn is_routable(address: &SocketAddr) -> bool {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0)).is_ok_and(|socket| socket.connect(address).is_ok())
}

/// The names in a zone's own NS records, which may be none.
fn read_names(reply: &Reply, zone: &Name) -> Result<Vec<Name>, ReplyFault> {
    match reply.fault() {
        None => Ok(server_names(reply, zone)),
        Some(fault) => Err(fault),
    }
}

/// The names in the NS records of `zone`.
pub(super) fn server_names(reply: &Reply, zone: &Name) -> Vec<Name> {
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
        .filter_map(|record| address(&record.data))
        .take(MOST_ADDRESSES)
        .map(|ip: IpAddr| SocketAddr::new(ip, PORT))
        .collect()
}

fn no_addresses(zone: &Name, servers: Vec<NameServer>) -> Box<Error> {
    Box::new(Error::NoAddresses {
        zone: zone.clone(),
        servers: servers.into_iter().map(|server| server.name).collect(),
    })
}
