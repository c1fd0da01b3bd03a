//! From a challenge's name to the zone that holds its record.
//!
//! A caching resolver is asked only about what lies above the name. It would remember for the zone's negative TTL
//! that there is nothing at the name (RFC 2308 §5), and hide the record from whoever validates through it. So the
//! resolver says which zone holds the name's parent; that zone's own servers say whether the name is in it, below
//! another cut, or an alias.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, RecordType};

use crate::address::PORT;
use crate::chain;
use crate::client::Client;
use crate::concurrent::all;
use crate::enclosing::{enclosing_zone, not_registered};
use crate::error::{Cause, Error};
use crate::location::{Location, Server};
use crate::memo::Memo;
use crate::message::{Question, Reply};
use crate::name::{from_wire, is_top_level};
use crate::pulse::Pulses;
use crate::resolver::Resolvers;
use crate::silence::{self, Fault};
use crate::standing::{self, Delegation, MOST_ADDRESSES, MOST_SERVERS, Standing};

/// Zone cuts below the zone that the resolver found.
const DEEPEST_DELEGATION: usize = 8;

/// How to look for a zone.
#[derive(Clone, Debug)]
pub struct Search {
    /// The resolvers to be asked, in order of preference.
    pub resolvers: Vec<SocketAddr>,
    /// Whether the record's name may be an alias of another.
    pub follow_cnames: bool,
    /// Whether a top-level domain, or the root, may be the zone.
    pub allow_top_level: bool,
}

/// Finds out where challenge records belong. Clones share what they know.
#[derive(Clone)]
pub struct Locator(Arc<Inner>);

struct Inner {
    client: Client,
    pulses: Pulses,
    resolvers: Resolvers,
    follow_cnames: bool,
    allow_top_level: bool,
    locations: Memo<Name, Result<Location, Error>>,
    enclosing: Memo<Name, Result<Name, Error>>,
    delegated: Memo<Name, Result<Vec<Server>, Error>>,
    apexes: Memo<Name, Result<Vec<Server>, Error>>,
    addresses: Memo<Name, Vec<SocketAddr>>,
}

/// The zone that holds a name, or what the name is an alias of.
enum Found {
    Zone {
        zone: Name,
        soa: Option<SOA>,
        servers: Vec<Server>,
        exists: bool,
    },
    Alias {
        target: Name,
        zone: Name,
        servers: Vec<Server>,
    },
}

impl Locator {
    /// A locator that asks through `client`.
    #[must_use]
    pub fn new(client: Client, search: Search) -> Self {
        Self(Arc::new(Inner {
            pulses: Pulses::new(client.clone()),
            resolvers: Resolvers::new(client.clone(), search.resolvers),
            client,
            follow_cnames: search.follow_cnames,
            allow_top_level: search.allow_top_level,
            locations: Memo::default(),
            enclosing: Memo::default(),
            delegated: Memo::default(),
            apexes: Memo::default(),
            addresses: Memo::default(),
        }))
    }

    /// The name after its CNAMEs, the zone that holds it, and the zone's servers.
    ///
    /// # Errors
    ///
    /// A failure of the search, never a guess: what was lost or refused is asked for again elsewhere, and then said.
    pub async fn locate(&self, fqdn: &Name) -> Result<Location, Error> {
        self.0
            .locations
            .get(fqdn.clone(), || self.0.follow(fqdn))
            .await
    }

    /// What it asks through.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// The serials of zones, at single servers.
    pub(crate) fn pulses(&self) -> &Pulses {
        &self.0.pulses
    }

    /// All addresses of a server, by its name; none where there are none or the resolver does not say.
    pub(crate) async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        self.0.addresses(server).await
    }
}

impl Inner {
    /// Follows the name's CNAMEs to the zone at their end.
    async fn follow(&self, fqdn: &Name) -> Result<Location, Error> {
        let mut chain = vec![fqdn.clone()];
        let mut wildcard = None;
        loop {
            let name = chain.last().unwrap_or(fqdn);
            let (zone, soa, servers, exists) = match self.find(name, &chain).await? {
                Found::Zone {
                    zone,
                    soa,
                    servers,
                    exists,
                } => (zone, soa, servers, exists),
                Found::Alias {
                    target,
                    zone,
                    servers,
                } => {
                    let by_wildcard = chain.len() == 1
                        && Box::pin(self.is_by_wildcard(name, &target, &servers)).await;
                    if self.follow_cnames && !by_wildcard {
                        chain::extend(&mut chain, target)?;
                        continue;
                    }
                    wildcard = by_wildcard.then_some(target);
                    (zone, None, servers, true)
                }
            };
            if is_top_level(&zone) && !self.allow_top_level {
                return Err(not_registered(name, &zone, exists));
            }
            let nameservers = self
                .apexes
                .get(zone.clone(), || self.ask_servers(&zone, &servers, &chain))
                .await?;
            let soa = match soa {
                Some(soa) => soa,
                None => self.ask_soa(&zone, &servers).await?,
            };
            return Ok(Location {
                effective_fqdn: name.clone(),
                zone,
                primary: soa.mname.to_lowercase(),
                serial: soa.serial,
                nameservers,
                wildcard,
                cnames: chain.split_off(1),
            });
        }
    }

    /// Finds the zone that holds `name`, or its CNAME. `chain` is what no resolver is to be asked about.
    async fn find(&self, name: &Name, chain: &[Name]) -> Result<Found, Error> {
        let parent = chain::parent(name, chain);
        let mut zone = self
            .enclosing
            .get(parent.clone(), || {
                enclosing_zone(&self.resolvers, &parent, self.allow_top_level)
            })
            .await?;
        let mut servers = self
            .delegated
            .get(zone.clone(), || self.servers_by_resolver(&zone))
            .await?;
        for _ in 0..DEEPEST_DELEGATION {
            match self.ask_standing(name, &zone, &servers).await? {
                Standing::Here { zone, soa, exists } => {
                    return Ok(Found::Zone {
                        zone,
                        soa,
                        servers,
                        exists,
                    });
                }
                Standing::Alias(target) => {
                    return Ok(Found::Alias {
                        target,
                        zone,
                        servers,
                    });
                }
                Standing::BadAlias(target) => {
                    let detail = format!(
                        "{name} is a CNAME to {target}, which is no name for a challenge record"
                    );
                    return Err(Error::new(Cause::BadName, detail));
                }
                Standing::Delegated(delegation) => {
                    let cut = delegation.zone.clone();
                    let found = self
                        .delegated
                        .get(cut.clone(), || self.servers_by_referral(delegation, chain));
                    // On the heap: rarely needed, and larger than all else.
                    servers = Box::pin(found).await?;
                    zone = cut;
                }
            }
        }
        let detail = format!(
            "{name} lies below more than {DEEPEST_DELEGATION} delegations, the last one {zone}"
        );
        Err(Error::new(Cause::NoUsableServer, detail))
    }

    /// A zone's servers as the resolver knows them.
    async fn servers_by_resolver(&self, zone: &Name) -> Result<Vec<Server>, Error> {
        let reply = self.resolvers.ask(zone, RecordType::NS).await?;
        let servers = self.with_addresses(server_names(&reply, zone), &[]).await;
        has_address(zone, servers)
    }

    /// A zone's servers as a referral names them, with glue where it came along.
    async fn servers_by_referral(
        &self,
        delegation: Delegation,
        chain: &[Name],
    ) -> Result<Vec<Server>, Error> {
        let mut servers = Vec::new();
        for (name, glue) in delegation.servers {
            let addresses = if glue.is_empty() && !chain.contains(&name) {
                self.addresses(&name).await
            } else {
                glue.into_iter()
                    .map(|ip| SocketAddr::new(ip, PORT))
                    .collect()
            };
            servers.push(Server { name, addresses });
        }
        has_address(&delegation.zone, servers)
    }

    /// Asks a zone's own servers where `name` stands.
    async fn ask_standing(
        &self,
        name: &Name,
        zone: &Name,
        servers: &[Server],
    ) -> Result<Standing, Error> {
        let question = Question::direct(name, RecordType::SOA);
        let judge = |reply: Box<Reply>| standing::classify(&reply, name, zone);
        let faults = match self
            .client
            .ask_any(&addresses_of(servers), &question, judge)
            .await
        {
            Ok(standing) => return Ok(standing),
            Err(faults) => faults,
        };
        // Some servers fail on SOA anywhere but at an apex.
        let question = Question::direct(name, RecordType::TXT);
        self.client
            .ask_any(&addresses_of(servers), &question, judge)
            .await
            .map_err(|_| no_answer(zone, &faults))
    }

    /// Asks a zone's own servers for its SOA.
    async fn ask_soa(&self, zone: &Name, servers: &[Server]) -> Result<SOA, Error> {
        let question = Question::direct(zone, RecordType::SOA);
        let judge = |reply: Box<Reply>| {
            reply
                .soa_of(zone)
                .cloned()
                .ok_or_else(|| "no SOA at the zone's apex".into())
        };
        let soa = self
            .client
            .ask_any(&addresses_of(servers), &question, judge)
            .await;
        soa.map_err(|faults| no_answer(zone, &faults))
    }

    /// Asks a zone's own servers for its NS records; the parent's may name others.
    async fn ask_servers(
        &self,
        zone: &Name,
        servers: &[Server],
        chain: &[Name],
    ) -> Result<Vec<Server>, Error> {
        let question = Question::direct(zone, RecordType::NS);
        let judge = |reply: Box<Reply>| match server_names(&reply, zone) {
            names if names.is_empty() => Err("no NS at the zone's apex".into()),
            names => Ok(names),
        };
        let names = self
            .client
            .ask_any(&addresses_of(servers), &question, judge)
            .await;
        let names = names.map_err(|faults| no_answer(zone, &faults))?;
        let known: Vec<_> = servers
            .iter()
            .filter(|server| chain.contains(&server.name))
            .cloned()
            .collect();
        has_address(zone, self.with_addresses(names, &known).await)
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
            .zip(all(lookups.iter().map(|name| self.addresses(name))).await)
        {
            servers.push(Server {
                name: name.clone(),
                addresses,
            });
        }
        servers
    }

    async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        let find = || async {
            let types = [RecordType::A, RecordType::AAAA];
            let replies = all(types
                .iter()
                .map(|record_type| self.resolvers.ask(server, *record_type)))
            .await;
            let mut addresses = Vec::new();
            for reply in replies.into_iter().flatten() {
                // The resolver follows a CNAME of the server's name, which should not be there (RFC 2181 §10.3).
                let found = reply
                    .0
                    .answers
                    .iter()
                    .filter_map(|record| standing::address(&record.data));
                addresses.extend(
                    found
                        .take(MOST_ADDRESSES)
                        .map(|ip: IpAddr| SocketAddr::new(ip, PORT)),
                );
            }
            addresses
        };
        self.addresses.get(server.clone(), find).await
    }

    /// Whether the CNAME at `name` is made by a wildcard: a name below it has the same then, and has nothing where
    /// `name` itself owns the CNAME (RFC 4592 §2.2.1).
    async fn is_by_wildcard(&self, name: &Name, target: &Name, servers: &[Server]) -> bool {
        let label = format!(
            "acmepipe-{:04x}",
            Question::direct(name, RecordType::SOA).message(false).id
        );
        let Ok(below) = name.prepend_label(label.as_str()) else {
            return false;
        };
        let question = Question::direct(&below, RecordType::SOA);
        let judge = |reply: Box<Reply>| {
            if reply.is_about_name() {
                Ok(reply.cname_of(&below) == Some(target))
            } else {
                Err(String::new())
            }
        };
        self.client
            .ask_any(&addresses_of(servers), &question, judge)
            .await
            .unwrap_or(false)
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

fn addresses_of(servers: &[Server]) -> Vec<SocketAddr> {
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

fn no_answer(zone: &Name, faults: &[(SocketAddr, Fault)]) -> Error {
    let said = silence::list(faults);
    Error::new(Cause::NoUsableServer, format!("no name server of {zone} answers with authority: {said}"))
        .hint("Until one of them does, no CA can validate: is the zone loaded, the server up, port 53 open here?")
}
