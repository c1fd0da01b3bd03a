//! Finds where the record of a name belongs: at the end of the name's CNAMEs, in the zone that holds that name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::name::{from_wire, is_top_level};
use crate::resolver::Resolver;
use crate::transport::{Client, ExtendedErrors, Question, Reply, ReplyFault};
use crate::zone::all_servers::all_servers;
use crate::zone::by_resolver::ByResolver;
use crate::zone::cname_chain;
use crate::zone::error::Error;
use crate::zone::known_zones::Zone;
use crate::zone::location::{Alias, Location, NameServer};
use crate::zone::resolvers::Resolvers;
use crate::zone::single_flight::SingleFlight;
use crate::zone::walk::{Found, Walk};
use crate::zone::wildcard;

/// How long a search may take in all, once it has begun; each question in it has limits of its own.
const LONGEST_SEARCH: Duration = Duration::from_secs(90);

/// How to look for a zone.
#[derive(Clone, Debug)]
pub struct Search {
    /// The recursive resolvers to be asked, in order of preference.
    pub resolvers: Vec<Resolver>,
    /// Whether nobody but those is asked. Then no CNAMEs are followed.
    pub only_resolvers: bool,
    /// Whether the record's name may be an alias of another.
    pub follow_cnames: bool,
    /// Whether an alias that a wildcard makes is followed, too.
    pub follow_wildcard_cnames: bool,
    /// Whether a top-level domain, or the root, may be the zone.
    pub allow_top_level: bool,
}

/// Finds out where records belong. Clones share what they know.
#[derive(Clone)]
pub struct ZoneFinder(Arc<Inner>);

struct Inner {
    client: Client,
    walk: Walk,
    /// Those that are asked alone, if they are.
    alone: Option<Resolvers>,
    searches: Semaphore,
    follow_cnames: bool,
    follow_wildcard_cnames: bool,
    allow_top_level: bool,
    locations: SingleFlight<Name, Result<Location, Box<Error>>>,
    /// All servers of a zone.
    servers: SingleFlight<Name, Result<Vec<NameServer>, Box<Error>>>,
}

impl ZoneFinder {
    /// A finder that asks through `client`.
    #[must_use]
    pub fn new(client: Client, search: Search) -> Self {
        let resolvers = Resolvers::new(client.clone(), search.resolvers);
        // Each search is to come to its end, and not to wait behind the first questions of all others.
        let searches = client.most_questions();
        Self(Arc::new(Inner {
            alone: search.only_resolvers.then(|| resolvers.clone()),
            walk: Walk::new(client.clone(), resolvers, search.allow_top_level),
            client,
            searches: Semaphore::new(searches),
            follow_cnames: search.follow_cnames,
            follow_wildcard_cnames: search.follow_wildcard_cnames,
            allow_top_level: search.allow_top_level,
            locations: SingleFlight::default(),
            servers: SingleFlight::default(),
        }))
    }

    /// Says that these names will be searched for: no resolver is asked about them.
    pub fn expect(&self, names: impl IntoIterator<Item = Name>) {
        self.0.walk.do_not_query.extend(names);
    }

    /// The name after its CNAMEs, the zone that holds it, and the zone's servers.
    ///
    /// # Errors
    ///
    /// The search has failed. It never guesses: a query that is lost or refused is sent elsewhere, and then is an error.
    pub async fn locate(&self, name: &Name) -> Result<Location, Box<Error>> {
        let find = || async {
            let _turn = self.0.searches.acquire().await;
            // It is on the heap, so that what waits for its turn above takes no memory for it.
            let found = timeout(LONGEST_SEARCH, Box::pin(self.0.search(name))).await;
            found.unwrap_or_else(|_| {
                Err(Box::new(Error::Timeout {
                    name: name.clone(),
                    limit: LONGEST_SEARCH,
                }))
            })
        };
        self.0.locations.get(name.clone(), find).await
    }

    /// The names of a chain that are aliases of the next one, each with the servers of the zone that holds it.
    ///
    /// # Errors
    ///
    /// The search for one of these zones has failed.
    pub async fn aliases(&self, chain: &[Name]) -> Result<Vec<Alias>, Box<Error>> {
        let mut aliases = Vec::new();
        for (name, target) in chain.iter().zip(chain.iter().skip(1)) {
            let _turn = self.0.searches.acquire().await;
            let Found { asked, .. } = self.0.walk.find(name, chain).await?;
            let zone = self.0.walk.holder(name, &asked).await;
            let servers = self.0.servers(&zone, &asked, chain).await?;
            aliases.push(Alias {
                name: name.clone(),
                target: target.clone(),
                zone,
                servers,
            });
        }
        Ok(aliases)
    }

    /// All addresses of a server, by its name; none where there are none or the resolver does not say.
    pub(crate) async fn addresses(&self, server: &Name) -> Vec<SocketAddr> {
        self.0.walk.name_servers.addresses(server).await
    }
}

impl Inner {
    async fn search(&self, name: &Name) -> Result<Location, Box<Error>> {
        match &self.alone {
            None => self.follow(name).await,
            Some(resolvers) => {
                let by_resolver = ByResolver {
                    resolvers,
                    name_servers: &self.walk.name_servers,
                    do_not_query: &self.walk.do_not_query,
                    allow_top_level: self.allow_top_level,
                };
                by_resolver.locate(name).await
            }
        }
    }

    /// Follows the name's CNAMEs to the zone at their end.
    async fn follow(&self, name: &Name) -> Result<Location, Box<Error>> {
        let mut chain = vec![name.clone()];
        loop {
            let name = chain.last().unwrap_or(name);
            let mut found = self.walk.find(name, &chain).await?;
            let Some(target) = found.cname.take() else {
                return self.location(name, &chain, found, None).await;
            };
            if !self.follow_cnames {
                found.zone = Box::pin(self.walk.holder(name, &found.asked)).await;
                return self.location(name, &chain, found, None).await;
            }
            let by_wildcard = !self.follow_wildcard_cnames && {
                let servers = &found.asked.addresses;
                Box::pin(wildcard::makes_cname(&self.client, servers, name, &target)).await
            };
            if by_wildcard {
                found.zone = Box::pin(self.walk.holder(name, &found.asked)).await;
                return self.location(name, &chain, found, Some(target)).await;
            }
            self.walk.do_not_query.extend([target.clone()]);
            cname_chain::extend(&mut chain, target)?;
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
        let Found { zone, asked, .. } = found;
        if is_top_level(&zone) && !self.allow_top_level {
            return Err(Box::new(Error::NotRegistered {
                name: name.clone(),
                top_level: zone,
                exists: found.exists,
                errors: ExtendedErrors::default(),
            }));
        }
        let servers = self.servers(&zone, &asked, chain).await?;
        let soa = match found.soa {
            Some(soa) => soa,
            None => self.ask_soa(&zone, &asked).await?,
        };
        Ok(Location {
            name: name.clone(),
            cnames: chain.iter().skip(1).cloned().collect(),
            zone,
            primary: from_wire(&soa.mname),
            serial: Some(soa.serial),
            servers,
            wildcard_target,
        })
    }

    /// All servers of a zone, found through those that were `asked`.
    async fn servers(
        &self,
        zone: &Name,
        asked: &Arc<Zone>,
        chain: &[Name],
    ) -> Result<Vec<NameServer>, Box<Error>> {
        let find = || all_servers(&self.client, &self.walk, zone, asked, chain);
        self.servers.get(zone.clone(), find).await
    }

    /// Asks a zone's own servers for its SOA.
    async fn ask_soa(&self, zone: &Name, asked: &Zone) -> Result<SOA, Box<Error>> {
        let question = Question::new(zone, RecordType::SOA);
        let read = |reply: &Reply| match reply.soa_of(zone) {
            Some(soa) => Ok(soa.clone()),
            None => Err(ReplyFault::NoSoa),
        };
        let soa = self
            .client
            .ask_authoritative(&asked.addresses, &question, read);
        soa.await.map_err(|faults| {
            Box::new(Error::NoAuthority {
                zone: zone.clone(),
                faults,
            })
        })
    }
}
