//! Finds where the record of a name belongs: at the end of the name's CNAMEs, in the zone that holds that name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;

use crate::name::{from_wire, is_top_level};
use crate::transport::{Client, Question, Reply, ReplyFault};
use crate::zone::cname_chain;
use crate::zone::error::Error;
use crate::zone::location::{Location, NameServer, addresses_of};
use crate::zone::resolvers::Resolvers;
use crate::zone::single_flight::SingleFlight;
use crate::zone::walk::{Found, Walk};
use crate::zone::wildcard;

/// How long a search may take in all; each question in it has limits of its own.
const LONGEST_SEARCH: Duration = Duration::from_secs(90);

/// How to look for a zone.
#[derive(Clone, Debug)]
pub struct Search {
    /// The recursive resolvers to be asked, in order of preference.
    pub resolvers: Vec<SocketAddr>,
    /// Whether the record's name may be an alias of another.
    pub follow_cnames: bool,
    /// Whether a top-level domain, or the root, may be the zone.
    pub allow_top_level: bool,
}

/// Finds out where records belong. Clones share what they know.
#[derive(Clone)]
pub struct ZoneFinder(Arc<Inner>);

struct Inner {
    client: Client,
    walk: Walk,
    follow_cnames: bool,
    allow_top_level: bool,
    locations: SingleFlight<Name, Result<Location, Box<Error>>>,
    /// A zone's servers as it names them itself.
    apexes: SingleFlight<Name, Result<Vec<NameServer>, Box<Error>>>,
}

impl ZoneFinder {
    /// A finder that asks through `client`.
    #[must_use]
    pub fn new(client: Client, search: Search) -> Self {
        let resolvers = Resolvers::new(client.clone(), search.resolvers);
        Self(Arc::new(Inner {
            walk: Walk::new(client.clone(), resolvers, search.allow_top_level),
            client,
            follow_cnames: search.follow_cnames,
            allow_top_level: search.allow_top_level,
            locations: SingleFlight::default(),
            apexes: SingleFlight::default(),
        }))
    }

    /// Says that these names will be searched for: what they are aliases of is found out before a resolver is asked
    /// about anything near to it.
    pub fn expect(&self, names: impl IntoIterator<Item = Name>) {
        self.0.walk.do_not_query.expect(names);
    }

    /// The name after its CNAMEs, the zone that holds it, and the zone's servers.
    ///
    /// # Errors
    ///
    /// The search has failed. It never guesses: a query that is lost or refused is sent elsewhere, and then is an error.
    pub async fn locate(&self, name: &Name) -> Result<Location, Box<Error>> {
        let find = || async {
            let found = timeout(LONGEST_SEARCH, self.0.follow(name)).await;
            found.unwrap_or_else(|_| {
                Err(Box::new(Error::Timeout {
                    name: name.clone(),
                    limit: LONGEST_SEARCH,
                }))
            })
        };
        self.0.locations.get(name.clone(), find).await
    }

    /// All addresses of a server, by its name; none where there are none or the resolver does not say.
    pub(crate) async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        self.0.walk.name_servers.addresses(server).await
    }
}

impl Inner {
    /// Follows the name's CNAMEs to the zone at their end.
    async fn follow(&self, name: &Name) -> Result<Location, Box<Error>> {
        let mut chain = vec![name.clone()];
        loop {
            let name = chain.last().unwrap_or(name);
            let found = self.walk.find(name, &chain).await;
            let target = found.as_ref().ok().and_then(|found| found.cname.as_ref());
            self.walk.do_not_query.resolve(name, target);
            let mut found = found?;
            let Some(target) = found.cname.take() else {
                return self.location(name, &chain, found, None).await;
            };
            let by_wildcard = chain.len() == 1 && {
                let servers = addresses_of(&found.servers);
                Box::pin(wildcard::makes_cname(&self.client, &servers, name, &target)).await
            };
            if by_wildcard || !self.follow_cnames {
                let unfollowed = by_wildcard.then_some(target);
                return self.location(name, &chain, found, unfollowed).await;
            }
            cname_chain::extend(&mut chain, target)?;
            self.walk.do_not_query.all_resolved().await;
        }
    }

    /// What was found for `name`, the last of the chain, and what the zone's own servers say about the zone.
    async fn location(
        &self,
        name: &Name,
        chain: &[Name],
        found: Found,
        wildcard_target: Option<Name>,
    ) -> Result<Location, Box<Error>> {
        let Found { zone, servers, .. } = found;
        if is_top_level(&zone) && !self.allow_top_level {
            return Err(Box::new(Error::NotRegistered {
                name: name.clone(),
                top_level: zone,
                exists: found.exists,
            }));
        }
        let name_servers = &self.walk.name_servers;
        let find = || name_servers.by_zone(&zone, &servers, chain);
        let own_servers = self.apexes.get(zone.clone(), find).await?;
        let soa = match found.soa {
            Some(soa) => soa,
            None => self.ask_soa(&zone, &servers).await?,
        };
        Ok(Location {
            name: name.clone(),
            cnames: chain.iter().skip(1).cloned().collect(),
            zone,
            primary: from_wire(&soa.mname),
            serial: soa.serial,
            servers: own_servers,
            wildcard_target,
        })
    }

    /// Asks a zone's own servers for its SOA.
    async fn ask_soa(&self, zone: &Name, servers: &[NameServer]) -> Result<SOA, Box<Error>> {
        let question = Question::new(zone, RecordType::SOA);
        let read = |reply: Box<Reply>| match reply.soa_of(zone) {
            _ if !reply.is_authoritative() => Err(ReplyFault::NotAuthoritative),
            Some(soa) => Ok(soa.clone()),
            None => Err(ReplyFault::NoSoa),
        };
        let servers = addresses_of(servers);
        let soa = self.client.ask_authoritative(&servers, &question, read);
        soa.await.map_err(|faults| {
            Box::new(Error::NoAuthority {
                zone: zone.clone(),
                faults,
            })
        })
    }
}
