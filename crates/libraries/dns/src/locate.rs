//! From a challenge's name to the zone that holds its record.
//!
//! A caching resolver is asked only about what lies above the name. It would remember for the zone's negative TTL
//! that there is nothing at the name (RFC 2308 §5), and hide the record from whoever validates through it. So the
//! resolver says which zone holds the name's parent; that zone's own servers say whether the name is in it, below
//! another cut, or an alias.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;

use crate::chain;
use crate::enclosing::{enclosing_zone, not_registered};
use crate::error::{Cause, Error};
use crate::location::{Location, Server};
use crate::memo::Memo;
use crate::name::{from_wire, is_top_level, is_within};
use crate::pulse::Pulses;
use crate::resolvers::Resolvers;
use crate::servers::{Servers, addresses_of, no_answer};
use crate::standing::{self, Standing};
use crate::transport::{Client, Question, Reply, ReplyFault, random_id};
use crate::unasked::Unasked;

/// Zone cuts below the zone that the resolver found.
const DEEPEST_DELEGATION: usize = 8;

/// How long a search may take in all; each question in it has limits of its own.
const LONGEST_SEARCH: Duration = Duration::from_secs(90);

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
    servers: Servers,
    follow_cnames: bool,
    allow_top_level: bool,
    unasked: Unasked,
    locations: Memo<Name, Result<Location, Error>>,
    enclosing: Memo<Name, Result<Name, Error>>,
    resolved: Memo<Name, Result<Vec<Server>, Error>>,
    delegated: Memo<Name, Result<Vec<Server>, Error>>,
    apexes: Memo<Name, Result<Vec<Server>, Error>>,
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

/// The closest zone whose servers the resolver knows.
struct Closest {
    zone: Name,
    servers: Vec<Server>,
    /// The zone below it, nearer to the name, whose servers the resolver does not know, and what it said.
    lost: Option<(Name, Error)>,
}

impl Locator {
    /// A locator that asks through `client`.
    #[must_use]
    pub fn new(client: Client, search: Search) -> Self {
        let resolvers = Resolvers::new(client.clone(), search.resolvers);
        Self(Arc::new(Inner {
            pulses: Pulses::new(client.clone()),
            servers: Servers::new(client.clone(), resolvers.clone()),
            resolvers,
            client,
            follow_cnames: search.follow_cnames,
            allow_top_level: search.allow_top_level,
            unasked: Unasked::default(),
            locations: Memo::default(),
            enclosing: Memo::default(),
            resolved: Memo::default(),
            delegated: Memo::default(),
            apexes: Memo::default(),
        }))
    }

    /// Says that these names will be searched for: what they are aliases of is found out before a resolver is asked
    /// about anything near to it.
    pub fn expect(&self, names: impl IntoIterator<Item = Name>) {
        self.0.unasked.expect(names);
    }

    /// The name after its CNAMEs, the zone that holds it, and the zone's servers.
    ///
    /// # Errors
    ///
    /// A failure of the search, never a guess: what was lost or refused is asked for again elsewhere, and then said.
    pub async fn locate(&self, fqdn: &Name) -> Result<Location, Error> {
        let find = || async {
            let found = timeout(LONGEST_SEARCH, self.0.follow(fqdn)).await;
            found.unwrap_or_else(|_| {
                let seconds = LONGEST_SEARCH.as_secs();
                let detail = format!("the zone of {fqdn} was not found within {seconds} s");
                Err(Error::new(Cause::NoUsableServer, detail)
                    .hint("Too many of the servers on the way to it do not answer; `dig +trace` shows which."))
            })
        };
        self.0.locations.get(fqdn.clone(), find).await
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
        self.0.servers.addresses(server).await
    }
}

impl Inner {
    /// Follows the name's CNAMEs to the zone at their end.
    async fn follow(&self, fqdn: &Name) -> Result<Location, Error> {
        let mut chain = vec![fqdn.clone()];
        let mut wildcard = None;
        loop {
            let name = chain.last().unwrap_or(fqdn);
            let found = self.find(name, &chain).await;
            let target = match &found {
                Ok(Found::Alias { target, .. }) => Some(target),
                _ => None,
            };
            self.unasked.settle(name, target);
            let (zone, soa, servers, exists) = match found? {
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
                        if target.is_root() {
                            return Err(bad_alias(name, &target));
                        }
                        chain::extend(&mut chain, target)?;
                        self.unasked.all_settled().await;
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
                .get(zone.clone(), || {
                    self.servers.by_zone(&zone, &servers, &chain)
                })
                .await?;
            let soa = match soa {
                Some(soa) => soa,
                None => self.ask_soa(&zone, &servers).await?,
            };
            return Ok(Location {
                effective_fqdn: name.clone(),
                zone,
                primary: from_wire(&soa.mname),
                serial: soa.serial,
                nameservers,
                wildcard,
                cnames: chain.split_off(1),
            });
        }
    }

    /// Finds the zone that holds `name`, or its CNAME; `chain` is how it was come to.
    async fn find(&self, name: &Name, chain: &[Name]) -> Result<Found, Error> {
        let Closest {
            zone,
            servers,
            lost,
        } = self.closest(self.unasked.parent(name)).await?;
        let found = self.descend(name, zone, servers, chain).await?;
        let (Found::Zone { zone, .. } | Found::Alias { zone, .. }) = &found;
        match lost {
            // The zone above is not settled for where there is known to be one below it.
            Some((below, error)) if !is_within(zone, &below) => Err(error),
            _ => Ok(found),
        }
    }

    /// Asks `zone`'s servers for `name`, and those that they refer to, down to the zone that holds it.
    async fn descend(
        &self,
        name: &Name,
        mut zone: Name,
        mut servers: Vec<Server>,
        chain: &[Name],
    ) -> Result<Found, Error> {
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
                    return Err(bad_alias(name, &target));
                }
                Standing::Delegated(delegation) => {
                    let cut = delegation.zone.clone();
                    let found = self
                        .delegated
                        .get(cut.clone(), || self.servers.by_referral(delegation, chain));
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

    /// The closest zone above a name, or the name itself, whose servers the resolver knows.
    ///
    /// Each zone has servers. A resolver that sees none has believed one that is lame: Unbound takes the NS records out
    /// of such a server's referral (CVE-2025-11411), and is left with nothing. Then it is the servers of the zone above
    /// that lead down to those of this one.
    async fn closest(&self, mut name: Name) -> Result<Closest, Error> {
        let mut lost = None;
        loop {
            let ask = || enclosing_zone(&self.resolvers, &name, self.allow_top_level);
            let zone = self.enclosing.get(name.clone(), ask).await?;
            let ask = || self.servers.by_resolver(&zone);
            match self.resolved.get(zone.clone(), ask).await {
                Ok(servers) => {
                    return Ok(Closest {
                        zone,
                        servers,
                        lost,
                    });
                }
                Err(error) if error.cause == Cause::NoUsableServer && !is_top_level(&zone) => {
                    name = self.unasked.parent(&zone);
                    lost.get_or_insert((zone, error));
                }
                Err(error) => return Err(lost.map_or(error, |(_, error)| error)),
            }
        }
    }

    /// Asks a zone's own servers where `name` stands.
    async fn ask_standing(
        &self,
        name: &Name,
        zone: &Name,
        servers: &[Server],
    ) -> Result<Standing, Error> {
        let question = Question::new(name, RecordType::SOA);
        let judge = |reply: Box<Reply>| standing::classify(&reply, name, zone);
        let faults = match self
            .client
            .ask_authoritative(&addresses_of(servers), &question, judge)
            .await
        {
            Ok(standing) => return Ok(standing),
            Err(faults) => faults,
        };
        // Some servers fail on SOA anywhere but at an apex.
        let question = Question::new(name, RecordType::TXT);
        self.client
            .ask_authoritative(&addresses_of(servers), &question, judge)
            .await
            .map_err(|_| no_answer(zone, &faults))
    }

    /// Asks a zone's own servers for its SOA.
    async fn ask_soa(&self, zone: &Name, servers: &[Server]) -> Result<SOA, Error> {
        let question = Question::new(zone, RecordType::SOA);
        let judge = |reply: Box<Reply>| match reply.soa_of(zone) {
            _ if !reply.is_authoritative() => Err(ReplyFault::NotAuthoritative),
            Some(soa) => Ok(soa.clone()),
            None => Err(ReplyFault::NoSoa),
        };
        let soa = self
            .client
            .ask_authoritative(&addresses_of(servers), &question, judge)
            .await;
        soa.map_err(|faults| no_answer(zone, &faults))
    }

    /// Whether the CNAME at `name` is made by a wildcard: a name below it has the same then, and has nothing where
    /// `name` itself owns the CNAME (RFC 4592 §2.2.1).
    async fn is_by_wildcard(&self, name: &Name, target: &Name, servers: &[Server]) -> bool {
        let label = format!("acmepipe-{:04x}", random_id());
        let Ok(below) = name.prepend_label(label.as_str()) else {
            return false;
        };
        let question = Question::new(&below, RecordType::SOA);
        let judge = |reply: Box<Reply>| {
            if reply.is_about_name() && reply.is_authoritative() {
                Ok(reply.cname_of(&below) == Some(target))
            } else {
                Err(ReplyFault::NotAuthoritative)
            }
        };
        self.client
            .ask_authoritative(&addresses_of(servers), &question, judge)
            .await
            .unwrap_or(false)
    }
}

/// The error for a name whose CNAME leads to where no record can be kept.
fn bad_alias(name: &Name, target: &impl Display) -> Error {
    let detail = format!("{name} is a CNAME to {target}, at which no record can be kept");
    Error::new(Cause::BadName, detail)
}
