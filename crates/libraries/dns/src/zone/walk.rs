//! The way down to the zone that holds a name: from the nearest zone that is known, from referral to referral.

use std::sync::Arc;
use std::time::Instant;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};

use crate::name::is_within;
use crate::transport::{Client, Question, Reply};
use crate::zone::do_not_query::DoNotQuery;
use crate::zone::error::Error;
use crate::zone::known_zones::{KnownZones, Source, Zone};
use crate::zone::name_servers::NameServers;
use crate::zone::registered::{Registered, Start};
use crate::zone::resolvers::Resolvers;
use crate::zone::response::{self, Referral, Response};
use crate::zone::single_flight::SingleFlight;

/// How many zone cuts there may be below the zone that the resolver knows.
const MOST_REFERRALS: usize = 8;

/// Zones by the names in them, and their servers; what is known is shared.
pub(super) struct Walk {
    client: Client,
    pub(super) registered: Registered,
    pub(super) name_servers: NameServers,
    pub(super) do_not_query: DoNotQuery,
    known: KnownZones,
    /// Zones with their servers as the zone above names them.
    referred: SingleFlight<Name, Result<Arc<Zone>, Box<Error>>>,
}

/// The zone that holds a name.
pub(super) struct Found {
    pub(super) zone: Name,
    /// The zone whose servers were asked: this one, unless they hold one below it as well.
    pub(super) asked: Arc<Zone>,
    /// The zone's SOA, where it came along.
    pub(super) soa: Option<SOA>,
    /// Whether there is anything at the name or below it.
    pub(super) exists: bool,
    /// What the name is an alias of.
    pub(super) cname: Option<Name>,
}

impl Walk {
    pub(super) fn new(client: Client, resolvers: Resolvers, allow_top_level: bool) -> Self {
        Self {
            registered: Registered::new(client.clone(), resolvers.clone(), allow_top_level),
            name_servers: NameServers::new(client.clone(), resolvers),
            client,
            do_not_query: DoNotQuery::default(),
            known: KnownZones::default(),
            referred: SingleFlight::default(),
        }
    }

    /// Finds the zone that holds `name`; `chain` are the names whose CNAMEs have led to it.
    pub(super) async fn find(&self, name: &Name, chain: &[Name]) -> Result<Found, Box<Error>> {
        if let Some(zone) = self.known.nearest(name, Instant::now()) {
            return self.descend(name, zone, chain).await;
        }
        // It is on the heap: it is needed once for each zone.
        let find = Box::pin(
            self.registered
                .find(name, &self.do_not_query, &self.name_servers),
        );
        let Start { zone, skipped } = find.await?;
        self.known.add(&zone, Instant::now());
        let found = self.descend(name, zone, chain).await?;
        match skipped {
            // A zone above is not the answer where a zone below it is known to exist.
            Some((below, error)) if !is_within(&found.zone, &below) => Err(error),
            _ => Ok(found),
        }
    }

    /// Asks `zone`'s servers for `name`, and those that they refer to, down to the zone that holds it.
    async fn descend(
        &self,
        name: &Name,
        mut asked: Arc<Zone>,
        chain: &[Name],
    ) -> Result<Found, Box<Error>> {
        for _ in 0..MOST_REFERRALS {
            match self.ask(name, &asked).await? {
                Response::InZone { zone, soa, exists } => {
                    return Ok(Found {
                        zone,
                        asked,
                        soa,
                        exists,
                        cname: None,
                    });
                }
                Response::Cname(target) => {
                    return Ok(Found {
                        zone: asked.name.clone(),
                        asked,
                        soa: None,
                        exists: true,
                        cname: Some(target),
                    });
                }
                Response::BadCname(target) => {
                    let name = name.clone();
                    return Err(Box::new(Error::BadCname { name, target }));
                }
                // It is on the heap: it is rarely needed, and larger than everything else.
                Response::Referral(referral) => {
                    asked = Box::pin(self.follow(referral, chain)).await?;
                }
            }
        }
        Err(Box::new(Error::TooManyReferrals {
            name: name.clone(),
            zone: asked.name.clone(),
            most: MOST_REFERRALS,
        }))
    }

    /// The zone that a referral leads to, with its servers.
    pub(super) async fn follow(
        &self,
        referral: Referral,
        chain: &[Name],
    ) -> Result<Arc<Zone>, Box<Error>> {
        let cut = referral.zone.clone();
        let find = || async {
            let zone = referral.zone.clone();
            let servers = self.name_servers.by_referral(referral, chain).await?;
            Ok(Zone::new(zone, servers, Source::Parent))
        };
        let zone = self.referred.get(cut, find).await?;
        self.known.add(&zone, Instant::now());
        Ok(zone)
    }

    /// Asks a zone's own servers about `name`.
    pub(super) async fn ask(&self, name: &Name, zone: &Zone) -> Result<Response, Box<Error>> {
        let read = |reply: &Reply| response::classify(reply, name, &zone.name);
        let question = Question::new(name, RecordType::SOA);
        let addresses = &zone.addresses;
        let first = self.client.ask_authoritative(addresses, &question, read);
        let faults = match first.await {
            Ok(response) => return Ok(response),
            Err(faults) => faults,
        };
        // Some servers fail on SOA anywhere but at an apex.
        let question = Question::new(name, RecordType::TXT);
        let second = self.client.ask_authoritative(addresses, &question, read);
        second.await.map_err(|_| {
            Box::new(Error::NoAuthority {
                zone: zone.name.clone(),
                faults,
            })
        })
    }
}
