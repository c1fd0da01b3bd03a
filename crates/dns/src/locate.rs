//! From a challenge's name to the zone that holds its record.
//!
//! A caching resolver is asked only about what lies above the name. It would remember for the zone's negative TTL
//! that there is nothing at the name (RFC 2308 §5), and hide the record from whoever validates through it. So the
//! resolver says which zone holds the name's parent; that zone's own servers say whether the name is in it, below
//! another cut, or an alias.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::task::JoinSet;

use crate::address::{self, PORT};
use crate::client::Client;
use crate::error::{Cause, Error};
use crate::location::{Location, Server};
use crate::memo::Memo;
use crate::message::{Question, Reply};
use crate::name::{from_wire, is_top_level, is_within};
use crate::pulse::Pulses;
use crate::resolver::Resolvers;
use crate::standing::{self, Delegation, MOST_ADDRESSES, MOST_SERVERS, Standing};

/// Unbound follows eleven CNAMEs in a row, and so does the CA that uses it.
const LONGEST_CHAIN: usize = 11;

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
                    let by_wildcard =
                        chain.len() == 1 && self.is_by_wildcard(name, &target, &servers).await;
                    if self.follow_cnames && !by_wildcard {
                        extend(&mut chain, target)?;
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
        let parent = parent(name, chain);
        let mut zone = self
            .enclosing
            .get(parent.clone(), || self.enclosing_zone(&parent))
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
                    servers = self
                        .delegated
                        .get(cut.clone(), || self.servers_by_referral(delegation, chain))
                        .await?;
                    zone = cut;
                }
            }
        }
        let detail = format!(
            "{name} lies below more than {DEEPEST_DELEGATION} delegations, the last one {zone}"
        );
        Err(Error::new(Cause::NoUsableServer, detail))
    }

    /// The zone that holds `name` in the resolver's view, by SOA.
    async fn enclosing_zone(&self, name: &Name) -> Result<Name, Error> {
        let first = self.resolvers.ask(name, RecordType::SOA).await;
        if let Ok(reply) = &first
            && let Some(zone) = zone_of(reply, name)
        {
            if reply.code() == ResponseCode::NXDomain
                && is_top_level(&zone)
                && !self.allow_top_level
            {
                return Err(not_registered(name, &zone, false));
            }
            return Ok(zone);
        }
        // An alias, a failure, or an answer without SOA: what lies above tells where to start, and from there the
        // servers themselves lead down to the name.
        let mut asked = JoinSet::new();
        for ancestor in ancestors(name) {
            let resolvers = self.resolvers.clone();
            asked.spawn(async move {
                let reply = resolvers.ask(&ancestor, RecordType::SOA).await?;
                Ok::<_, Error>(zone_of(&reply, &ancestor))
            });
        }
        let mut nearest: Option<Name> = None;
        let mut failure = first.err();
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok(Ok(Some(zone)))
                    if nearest
                        .as_ref()
                        .is_none_or(|n| n.num_labels() < zone.num_labels()) =>
                {
                    nearest = Some(zone);
                }
                Ok(Err(error)) => failure = failure.or(Some(error)),
                _ => {}
            }
        }
        nearest.ok_or_else(|| {
            failure.unwrap_or_else(|| {
                Error::new(
                    Cause::Resolver,
                    format!("the resolver knows of no zone that {name} is in"),
                )
                .hint("It gives no SOA for any name above it; name another with --resolver.")
            })
        })
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
        let failures = match self
            .client
            .ask_any(&addresses_of(servers), &question, judge)
            .await
        {
            Ok(standing) => return Ok(standing),
            Err(failures) => failures,
        };
        // Some servers fail on SOA anywhere but at an apex.
        let question = Question::direct(name, RecordType::TXT);
        self.client
            .ask_any(&addresses_of(servers), &question, judge)
            .await
            .map_err(|_| no_answer(zone, &failures))
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
        soa.map_err(|failures| no_answer(zone, &failures))
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
        let names = names.map_err(|failures| no_answer(zone, &failures))?;
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
            .zip(join(lookups.iter().map(|name| self.addresses(name))).await)
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
            let replies = join(
                types
                    .iter()
                    .map(|record_type| self.resolvers.ask(server, *record_type)),
            )
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

/// The zone that a resolver's reply to a question for SOA shows `name` to be in.
///
/// An answer that came through a CNAME tells of the target's zone, not of this one.
fn zone_of(reply: &Reply, name: &Name) -> Option<Name> {
    if reply.soa_of(name).is_some() {
        return Some(name.clone());
    }
    if !reply.0.answers.is_empty() {
        return None;
    }
    reply
        .negative_soa()
        .map(|(owner, _)| owner.to_lowercase())
        .filter(|owner| is_within(name, owner))
}

/// The nearest name above `name` that a resolver may be asked about: no name of a challenge, not of another one's
/// either, and those begin with an underscored label (RFC 8552).
fn parent(name: &Name, chain: &[Name]) -> Name {
    let mut parent = name.base_name();
    while chain.contains(&parent)
        || parent
            .iter()
            .next()
            .is_some_and(|label| label.starts_with(b"_"))
    {
        parent = parent.base_name();
    }
    parent
}

/// What lies above a name, without the root.
fn ancestors(name: &Name) -> impl Iterator<Item = Name> {
    (1..name.iter().len())
        .rev()
        .map(|labels| name.trim_to(labels))
}

fn extend(chain: &mut Vec<Name>, target: Name) -> Result<(), Error> {
    let looped = chain.contains(&target);
    chain.push(target);
    if !looped && chain.len() <= LONGEST_CHAIN + 1 {
        return Ok(());
    }
    let names = chain
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" -> ");
    Err(if looped {
        Error::new(Cause::CnameLoop, format!("CNAME loop: {names}"))
            .hint("Let the last CNAME lead to a name that has none.")
    } else {
        Error::new(
            Cause::CnameLoop,
            format!("more than {LONGEST_CHAIN} CNAMEs in a row: {names}"),
        )
        .hint("Resolvers give up after about that many; let the first CNAME lead to the last name.")
    })
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

fn no_answer(zone: &Name, failures: &[(SocketAddr, String)]) -> Error {
    let said = failures
        .iter()
        .map(|(server, reason)| format!("{}: {reason}", address::format(server)));
    let said = said.collect::<Vec<_>>().join("; ");
    Error::new(Cause::NoUsableServer, format!("no name server of {zone} answers with authority: {said}"))
        .hint("Until one of them does, no CA can validate: is the zone loaded, the server up, port 53 open here?")
}

fn not_registered(name: &Name, zone: &Name, exists: bool) -> Error {
    let detail = if exists {
        format!("no zone below {zone} holds {name}")
    } else {
        format!(
            "{name} is in no registered domain: the zone {zone} says that it does not exist (NXDOMAIN)"
        )
    };
    Error::new(Cause::NoZone, detail).hint(
        "Check the spelling and the registration. Where a local resolver (split horizon, Pi-hole, VPN) answers for \
         this name, use --resolver with an outside one; where the top-level domain is your own zone, --allow-tld.",
    )
}

/// All of these at once, their results in the same order.
async fn join<T>(futures: impl Iterator<Item: Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut ready = true;
        for (future, result) in &mut pending {
            if result.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *result = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            std::task::Poll::Ready(pending.drain(..).filter_map(|(_, result)| result).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn all_ancestors_but_the_root_are_asked_about() {
        let above: Vec<_> = ancestors(&parse("a.b.example.test").unwrap())
            .map(|n| n.to_string())
            .collect();
        assert_eq!(above, ["b.example.test.", "example.test.", "test."]);
    }

    #[test]
    fn no_challenge_name_is_asked_about_as_the_parent_of_another() {
        let name = |text| parse(text).unwrap();
        assert_eq!(
            parent(&name("_acme-challenge.example.test"), &[]),
            name("example.test")
        );
        assert_eq!(
            parent(&name("x._acme-challenge.example.test"), &[]),
            name("example.test")
        );
        assert_eq!(
            parent(&name("a.b.example.test"), &[name("b.example.test")]),
            name("example.test")
        );
        assert_eq!(parent(&name("test"), &[]), Name::root());
    }

    #[test]
    fn a_loop_is_named_with_all_of_its_names() {
        let mut chain = vec![parse("a.test").unwrap(), parse("b.test").unwrap()];
        let error = extend(&mut chain, parse("a.test").unwrap()).unwrap_err();
        assert_eq!(error.cause, Cause::CnameLoop);
        assert_eq!(error.detail, "CNAME loop: a.test. -> b.test. -> a.test.");
    }

    #[test]
    fn eleven_cnames_in_a_row_are_followed_and_a_twelfth_is_not() {
        let mut chain = vec![parse("a0.test").unwrap()];
        for i in 1..=11 {
            extend(&mut chain, parse(&format!("a{i}.test")).unwrap()).unwrap();
        }
        assert_eq!(
            extend(&mut chain, parse("a12.test").unwrap())
                .unwrap_err()
                .cause,
            Cause::CnameLoop
        );
    }
}
