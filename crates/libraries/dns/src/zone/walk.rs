//! The way down to the zone that holds a name: from the nearest zone that is known, from referral to referral.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;

use crate::name::{is_top_level, is_within};
use crate::transport::{Client, Question, Remark, Reply, ReplyFault};
use crate::zone::both_sides::unite;
use crate::zone::do_not_query::DoNotQuery;
use crate::zone::error::Error;
use crate::zone::known_zones::{KnownZones, Source, Zone};
use crate::zone::location::NameServer;
use crate::zone::name_servers::NameServers;
use crate::zone::registered::{Registered, Start};
use crate::zone::resolvers::Resolvers;
use crate::zone::response::{self, Referral, Response};
use crate::zone::single_flight::SingleFlight;

/// How many zone cuts there may be below the zone that the resolver knows.
const MOST_REFERRALS: usize = 24;

/// How long the zone above may take to say which servers it names: a network may keep us from asking there.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Zones by the names in them, and their servers; what is known is shared.
pub(super) struct Walk {
    client: Client,
    pub(super) registered: Registered,
    pub(super) name_servers: NameServers,
    pub(super) do_not_query: DoNotQuery,
    known: KnownZones,
    /// Zones with their servers as the zone above names them.
    referred: SingleFlight<Name, Result<Arc<Zone>, Box<Error>>>,
    /// Whether the servers of a zone have the same copy of it.
    agreements: SingleFlight<Name, bool>,
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
            agreements: SingleFlight::default(),
        }
    }

    /// Finds the zone that holds `name`; `chain` are the names whose CNAMEs have led to it.
    pub(super) async fn find(&self, name: &Name, chain: &[Name]) -> Result<Found, Box<Error>> {
        if let Some(zone) = self.known.nearest(name, Instant::now()) {
            return self.begin(name, zone, chain).await;
        }
        // It is on the heap: it is needed once for each zone.
        let find = Box::pin(
            self.registered
                .find(name, &self.do_not_query, &self.name_servers),
        );
        let Start { zone, skipped } = find.await?;
        self.known.add(&zone, Instant::now());
        let found = self.begin(name, zone, chain).await?;
        match skipped {
            // A zone above is not the answer where a zone below it is known to exist.
            Some((below, error)) if !is_within(&found.zone, &below) => Err(error),
            _ => Ok(found),
        }
    }

    /// Goes down from `zone`. Where none of its servers is one, those are asked as well whose addresses were not waited for, and
    /// those that the zone above names: a resolver can have the answers of a wrong server, which deny the others' addresses.
    async fn begin(
        &self,
        name: &Name,
        zone: Arc<Zone>,
        chain: &[Name],
    ) -> Result<Found, Box<Error>> {
        let error = match self.descend(name, zone.clone(), chain).await {
            Err(error) if error.is_no_authority(&zone.name) => error,
            found => return found,
        };
        // It is on the heap: it is rarely needed.
        let Some(rest) = Box::pin(self.with_rest(&zone, chain)).await else {
            return Err(error);
        };
        self.known.add(&rest, Instant::now());
        Box::pin(self.descend(name, rest, chain)).await
    }

    /// The zone with more servers than were asked, if there are such.
    async fn with_rest(&self, zone: &Zone, chain: &[Name]) -> Option<Arc<Zone>> {
        let above = async {
            match zone.source {
                Source::Resolver => self.named_above(&zone.name, chain).await,
                Source::Parent => Vec::new(),
            }
        };
        let (rest, above) = join(self.name_servers.with_rest(&zone.servers), above).await;
        let (servers, _) = unite(&zone.name, rest, above);
        let rest = Zone::new(zone.name.clone(), servers, zone.source);
        (rest.addresses.len() > zone.addresses.len()).then_some(rest)
    }

    /// The servers that the top-level domain above names for a registered domain; none where it does not say in time.
    pub(super) async fn named_above(&self, zone: &Name, chain: &[Name]) -> Vec<NameServer> {
        if is_top_level(zone) || !is_top_level(&zone.base_name()) {
            return Vec::new();
        }
        let ask = async {
            let parent = self.registered.parent(zone, &self.name_servers).await?;
            match self.ask(zone, &parent).await {
                Ok(Response::Referral(referral)) if referral.zone == *zone => {
                    self.name_servers.by_referral(referral, chain).await.ok()
                }
                _ => None,
            }
        };
        match timeout(LONGEST_WAIT, ask).await {
            Ok(servers) => servers.unwrap_or_default(),
            Err(_) => {
                self.client.remark(Remark::SilentParent(zone.clone()));
                Vec::new()
            }
        }
    }

    /// Asks `zone`'s servers for `name`, and those that they refer to, down to the zone that holds it.
    async fn descend(
        &self,
        name: &Name,
        mut asked: Arc<Zone>,
        chain: &[Name],
    ) -> Result<Found, Box<Error>> {
        for _ in 0..=MOST_REFERRALS {
            let (agree, response) = join(self.servers_agree(&asked), self.ask(name, &asked)).await;
            let response = match agree {
                true => response?,
                // It is on the heap: it is rarely needed.
                false => Box::pin(self.ask_each(name, &asked))
                    .await
                    .map_or(response, Ok)?,
            };
            match response {
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

    /// The zone that holds a name which is an alias, as the zone's servers say that were asked: they may hold one below it as well,
    /// and the answer with the CNAME does not tell. The name above it is in the same zone, unless the name itself is delegated.
    pub(super) async fn holder(&self, name: &Name, asked: &Zone) -> Name {
        match self.ask(&name.base_name(), asked).await {
            Ok(Response::InZone { zone, .. }) if is_within(name, &zone) => zone,
            _ => asked.name.clone(),
        }
    }

    /// Whether all servers of a zone have the same copy of it, by its serial (RFC 1035 §3.3.13): then one answer is that of all.
    async fn servers_agree(&self, zone: &Zone) -> bool {
        if zone.addresses.len() < 2 {
            return true;
        }
        let ask = || async {
            let question = Question::new(&zone.name, RecordType::SOA);
            let read = |reply: &Reply| match reply.soa_of(&zone.name) {
                Some(soa) => Ok(soa.serial),
                None => Err(ReplyFault::NoSoa),
            };
            let asked = self.client.ask_each(&zone.addresses, &question, read);
            let (serials, _) = asked.await;
            serials.windows(2).all(|pair| pair[0] == pair[1])
        };
        self.agreements.get(zone.name.clone(), ask).await
    }

    /// What the servers of a zone say about `name` whose copies of the zone differ: where one has an alias or a delegation there,
    /// the others will have it, too.
    async fn ask_each(&self, name: &Name, zone: &Zone) -> Option<Response> {
        let question = Question::new(name, RecordType::SOA);
        let read = |reply: &Reply| response::classify(reply, name, &zone.name);
        let asked = self.client.ask_each(&zone.addresses, &question, read);
        let (responses, _) = asked.await;
        let leads_on = |response: &Response| !matches!(response, Response::InZone { .. });
        responses.into_iter().max_by_key(leads_on)
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

    /// Asks a zone's own servers about a name.
    pub(super) async fn ask(&self, name: &Name, zone: &Zone) -> Result<Response, Box<Error>> {
        let read = |reply: &Reply| response::classify(reply, name, &zone.name);
        let question = Question::new(name, RecordType::SOA);
        let addresses = &zone.addresses;
        let first = self.client.ask_authoritative(addresses, &question, read);
        let faults = match first.await {
            Ok(response) => return Ok(response),
            Err(faults) => faults,
        };
        // Some servers fail on SOA anywhere but at an apex, and some where they follow CNAMEs that lead nowhere.
        for record_type in [RecordType::CNAME, RecordType::TXT] {
            let question = Question::new(name, record_type);
            let again = self.client.ask_authoritative(addresses, &question, read);
            if let Ok(response) = Box::pin(again).await {
                return Ok(response);
            }
        }
        Err(Box::new(Error::NoAuthority {
            zone: zone.name.clone(),
            faults,
        }))
    }
}
