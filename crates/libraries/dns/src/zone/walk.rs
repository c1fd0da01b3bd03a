//! The way down to the zone that holds a name: from the zone that the resolver knows, from referral to referral.

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};

use crate::name::{is_top_level, is_within};
use crate::transport::{Client, Question, Reply};
use crate::zone::by_resolver::zone_by_resolver;
use crate::zone::do_not_query::DoNotQuery;
use crate::zone::error::Error;
use crate::zone::location::{NameServer, addresses_of};
use crate::zone::name_servers::NameServers;
use crate::zone::resolvers::Resolvers;
use crate::zone::response::{self, Response};
use crate::zone::single_flight::SingleFlight;

/// How many zone cuts there may be below the zone that the resolver knows.
const MOST_REFERRALS: usize = 8;

/// Zones by the names in them, and their servers; what is known is shared.
pub(super) struct Walk {
    client: Client,
    resolvers: Resolvers,
    pub(super) name_servers: NameServers,
    pub(super) do_not_query: DoNotQuery,
    allow_top_level: bool,
    /// The zone that a name is in, as the resolver sees it.
    zones: SingleFlight<Name, Result<Name, Box<Error>>>,
    /// A zone's servers as the resolver knows them.
    resolved: SingleFlight<Name, Result<Vec<NameServer>, Box<Error>>>,
    /// A zone's servers as the zone above names them.
    referred: SingleFlight<Name, Result<Vec<NameServer>, Box<Error>>>,
}

/// The zone that holds a name.
pub(super) struct Found {
    pub(super) zone: Name,
    /// The zone's servers as the resolver or the zone above names them.
    pub(super) servers: Vec<NameServer>,
    /// The zone's SOA, where it came along.
    pub(super) soa: Option<SOA>,
    /// Whether there is anything at the name or below it.
    pub(super) exists: bool,
    /// What the name is an alias of.
    pub(super) cname: Option<Name>,
}

/// The zone from which the servers lead down.
struct Start {
    zone: Name,
    servers: Vec<NameServer>,
    /// The zone below it, nearer to the name, whose servers the resolver does not know, and the error.
    skipped: Option<(Name, Box<Error>)>,
}

impl Walk {
    pub(super) fn new(client: Client, resolvers: Resolvers, allow_top_level: bool) -> Self {
        Self {
            name_servers: NameServers::new(client.clone(), resolvers.clone()),
            client,
            resolvers,
            do_not_query: DoNotQuery::default(),
            allow_top_level,
            zones: SingleFlight::default(),
            resolved: SingleFlight::default(),
            referred: SingleFlight::default(),
        }
    }

    /// Finds the zone that holds `name`; `chain` are the names whose CNAMEs have led to it.
    pub(super) async fn find(&self, name: &Name, chain: &[Name]) -> Result<Found, Box<Error>> {
        let Start {
            zone,
            servers,
            skipped,
        } = self.start(self.do_not_query.parent(name)).await?;
        let found = self.descend(name, zone, servers, chain).await?;
        match skipped {
            // A zone above is not the answer where a zone below it is known to exist.
            Some((below, error)) if !is_within(&found.zone, &below) => Err(error),
            _ => Ok(found),
        }
    }

    /// The nearest zone above a name, or at the name itself, whose servers the resolver knows.
    ///
    /// Each zone has servers. A resolver that sees none has believed one that is lame: Unbound takes the NS records out
    /// of such a server's referral (CVE-2025-11411), and is left with nothing. Then the servers of the zone above lead
    /// down to those of this one.
    async fn start(&self, mut name: Name) -> Result<Start, Box<Error>> {
        let mut skipped = None;
        loop {
            let ask = || zone_by_resolver(&self.resolvers, &name, self.allow_top_level);
            let zone = self.zones.get(name.clone(), ask).await?;
            let ask = || self.name_servers.by_resolver(&zone);
            match self.resolved.get(zone.clone(), ask).await {
                Ok(servers) => {
                    return Ok(Start {
                        zone,
                        servers,
                        skipped,
                    });
                }
                Err(error) if sees_no_servers(&error) && !is_top_level(&zone) => {
                    name = self.do_not_query.parent(&zone);
                    skipped.get_or_insert((zone, error));
                }
                Err(error) => return Err(skipped.map_or(error, |(_, error)| error)),
            }
        }
    }

    /// Asks `zone`'s servers for `name`, and those that they refer to, down to the zone that holds it.
    async fn descend(
        &self,
        name: &Name,
        mut zone: Name,
        mut servers: Vec<NameServer>,
        chain: &[Name],
    ) -> Result<Found, Box<Error>> {
        for _ in 0..MOST_REFERRALS {
            match self.ask(name, &zone, &servers).await? {
                Response::InZone { zone, soa, exists } => {
                    return Ok(Found {
                        zone,
                        servers,
                        soa,
                        exists,
                        cname: None,
                    });
                }
                Response::Cname(target) => {
                    return Ok(Found {
                        zone,
                        servers,
                        soa: None,
                        exists: true,
                        cname: Some(target),
                    });
                }
                Response::BadCname(target) => {
                    let name = name.clone();
                    return Err(Box::new(Error::BadCname { name, target }));
                }
                Response::Referral(referral) => {
                    let cut = referral.zone.clone();
                    let found = self.referred.get(cut.clone(), || {
                        self.name_servers.by_referral(referral, chain)
                    });
                    // It is on the heap: it is rarely needed, and larger than everything else.
                    servers = Box::pin(found).await?;
                    zone = cut;
                }
            }
        }
        Err(Box::new(Error::TooManyReferrals {
            name: name.clone(),
            zone,
            most: MOST_REFERRALS,
        }))
    }

    /// Asks a zone's own servers about `name`.
    async fn ask(
        &self,
        name: &Name,
        zone: &Name,
        servers: &[NameServer],
    ) -> Result<Response, Box<Error>> {
        let addresses = addresses_of(servers);
        let read = |reply: Box<Reply>| response::classify(&reply, name, zone);
        let question = Question::new(name, RecordType::SOA);
        let first = self.client.ask_authoritative(&addresses, &question, read);
        let faults = match first.await {
            Ok(response) => return Ok(response),
            Err(faults) => faults,
        };
        // Some servers fail on SOA anywhere but at an apex.
        let question = Question::new(name, RecordType::TXT);
        let second = self.client.ask_authoritative(&addresses, &question, read);
        second.await.map_err(|_| {
            Box::new(Error::NoAuthority {
                zone: zone.clone(),
                faults,
            })
        })
    }
}

fn sees_no_servers(error: &Error) -> bool {
    matches!(error, Error::NoNameServers(_) | Error::NoAddresses { .. })
}
