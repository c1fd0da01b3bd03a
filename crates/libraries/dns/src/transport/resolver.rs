//! One recursive resolver: it may have to ask many others itself before it answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::time::timeout;

use crate::resolver::{Host, Resolver};
use crate::transport::endpoint::{Channel, Endpoint};
use crate::transport::exchange::{Exchange, Timeouts};
use crate::transport::fault::NetworkFault;
use crate::transport::first_usable::{Promise, Server};
use crate::transport::infra_cache::InfraEntry;
use crate::transport::message::{Query, Question, Received};
use crate::transport::reply::Reply;

const TIMEOUTS: Timeouts = Timeouts {
    first: Duration::from_millis(1500),
    second: Duration::from_secs(3),
    all: Duration::from_secs(10),
};

/// The most addresses of a resolver's name that are asked.
const MOST_ADDRESSES: usize = 8;

/// One recursive resolver.
pub(crate) struct RecursiveResolver {
    exchange: Arc<Exchange>,
    resolver: Resolver,
}

impl RecursiveResolver {
    pub(super) fn new(exchange: Arc<Exchange>, resolver: Resolver) -> Self {
        Self { exchange, resolver }
    }

    /// Its reply, whatever it says. Where its name has several addresses, they are asked one after the other.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Box<Reply>, NetworkFault> {
        let mut fault = NetworkFault::OtherFamily;
        for endpoint in self.endpoints().await? {
            match ask_at(&self.exchange, &endpoint, question).await {
                Ok(reply) => return Ok(reply),
                Err(why) => fault = fault.or_later(why),
            }
        }
        Err(fault)
    }

    /// Each address at which it is asked, the most promising first; none where its name has none of the kind that is used.
    pub(super) async fn endpoints(&self) -> Result<Vec<Endpoint>, NetworkFault> {
        let ips = match &self.resolver.host {
            Host::Address(_) => Vec::new(),
            Host::Name(name, _) => {
                let find = find(&self.exchange, name);
                self.exchange.addresses.of(name, find).await?
            }
        };
        // One that is called by its address is asked there: this machine may have no other.
        let family = self.exchange.network.family;
        let ips: Vec<_> = ips.into_iter().filter(|ip| family.has(*ip)).collect();
        let mut endpoints = Endpoint::all_of(&self.resolver, &ips);
        endpoints.sort_by_cached_key(|one| Promise::of(&self.exchange.infra.entry(one.clone())));
        Ok(endpoints)
    }

    /// The first of its addresses, where it has one of its own.
    fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::all_of(&self.resolver, &[]).into_iter().next()
    }
}

/// Asks the resolver at one address.
async fn ask_at(
    exchange: &Exchange,
    endpoint: &Endpoint,
    question: &Question,
) -> Result<Box<Reply>, NetworkFault> {
    let entry = exchange.infra.entry(endpoint.clone());
    // That it says nothing of a domain whose servers say nothing is no fault of its own: a top-level domain tells.
    let tells = question.name().iter().len() == 1;
    if let Some(fault) = entry.fault(Instant::now()).filter(|_| !tells) {
        return Err(fault);
    }
    let _turn = exchange.turn(&entry).await;
    // It is on the heap, so that what waits for its turn above takes no memory for it.
    let query = Query::recursive(question);
    let reply = match endpoint.channel {
        Channel::Any => Box::pin(exchange.ask(endpoint.address, &entry, query, TIMEOUTS)).await,
        _ => Box::pin(over_streams(exchange, endpoint, &entry, query)).await,
    };
    if let Err(fault) = &reply
        // One that has ever answered is alive, and waits for other servers.
        && !entry.has_replied()
    {
        entry.failed(Instant::now(), fault.clone());
    }
    reply
}

/// Asks over TCP, TLS or HTTPS alone.
async fn over_streams(
    exchange: &Exchange,
    endpoint: &Endpoint,
    entry: &InfraEntry,
    query: Query<'_>,
) -> Result<Box<Reply>, NetworkFault> {
    let sent = Instant::now();
    let ask = async |edns| match &endpoint.channel {
        Channel::Https { name, url } => {
            over_https(exchange, endpoint, (name, url), query, edns).await
        }
        _ => exchange.streams.ask(endpoint.clone(), query, edns).await,
    };
    let asked = async {
        let reply = ask(entry.takes_edns()).await?;
        match reply.rejects_edns() && entry.takes_edns() {
            true => ask(false).await,
            false => Ok(reply),
        }
    };
    let none = NetworkFault::NoAnswerOver(endpoint.channel.words());
    let reply = match timeout(TIMEOUTS.all, asked).await {
        Ok(Err(NetworkFault::Timeout)) | Err(_) => Err(none),
        Ok(reply) => reply,
    }?;
    entry.replied(Instant::now(), sent.elapsed());
    Ok(reply)
}

async fn over_https(
    exchange: &Exchange,
    endpoint: &Endpoint,
    place: (&str, &str),
    query: Query<'_>,
    edns: bool,
) -> Result<Box<Reply>, NetworkFault> {
    let Some(tls) = &exchange.network.tls else {
        return Err(NetworkFault::Tls("no CA is trusted".into()));
    };
    let mut query = query.encode(edns)?;
    // So that each cache on the way sees the same question (RFC 8484 §4.1).
    query.set_id(0);
    let reply = exchange.https.post(tls, endpoint, place, query.octets());
    match query.receive_whole(&reply.await?) {
        Received::Reply(reply) => Ok(reply),
        Received::Malformed(error) => Err(NetworkFault::Malformed(error)),
        Received::Truncated => Err(NetworkFault::Malformed(
            "cut short (TC) even over HTTPS".into(),
        )),
        Received::Foreign => Err(NetworkFault::Malformed(
            "it belongs to another question".into(),
        )),
    }
}

/// The addresses of a resolver's name, as the first of the finders says that has some.
async fn find(exchange: &Exchange, name: &Name) -> Result<Vec<IpAddr>, NetworkFault> {
    let mut why = "no resolver is there to say".to_owned();
    for finder in &exchange.network.finders {
        match find_at(exchange, *finder, name).await {
            Ok(ips) if !ips.is_empty() => return Ok(ips),
            Ok(_) => why = format!("{finder} knows none of {name}", finder = finder.ip()),
            Err(fault) => why = format!("{finder}: {fault}", finder = finder.ip()),
        }
    }
    Err(NetworkFault::NoAddress(why))
}

async fn find_at(
    exchange: &Exchange,
    finder: SocketAddr,
    name: &Name,
) -> Result<Vec<IpAddr>, NetworkFault> {
    let endpoint = Endpoint::from(finder);
    let of = async |kind| {
        let question = Question::new(name, kind);
        ask_at(exchange, &endpoint, &question).await
    };
    let (four, six) = join(of(RecordType::A), of(RecordType::AAAA)).await;
    let replies = match (four, six) {
        (Err(fault), Err(_)) => return Err(fault),
        (four, six) => [four, six].into_iter().flatten(),
    };
    let mut ips = Vec::new();
    for reply in replies {
        for record in reply.answers() {
            match &record.data {
                RData::A(a) => ips.push(IpAddr::V4(a.0)),
                RData::AAAA(aaaa) => ips.push(IpAddr::V6(aaaa.0)),
                _ => {}
            }
        }
    }
    ips.truncate(MOST_ADDRESSES);
    Ok(ips)
}

impl Server for RecursiveResolver {
    type Address = Resolver;

    const HEAD_START: Duration = Duration::from_secs(1);

    fn address(&self) -> Resolver {
        self.resolver.clone()
    }

    fn promise(&self) -> Promise {
        match self.endpoint() {
            Some(endpoint) => Promise::of(&self.exchange.infra.entry(endpoint)),
            None => Promise::Unknown,
        }
    }

    async fn ask(&self, question: &Question) -> Result<Box<Reply>, NetworkFault> {
        self.ask(question).await
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::RecordType;

    use super::*;
    use crate::name::parse;
    use crate::testing::{FakeServer, answered, block_on};
    use crate::transport::network::Network;

    /// What is remembered of a resolver after a question without answer.
    fn fault_of_silent(has_replied: bool) -> Option<NetworkFault> {
        block_on(async {
            let (_silent, address) = FakeServer::bind().await;
            let exchange = Arc::new(Exchange::new(8, Network::default()));
            let resolver = RecursiveResolver::new(exchange, Resolver::from(address));
            let entry = resolver.exchange.infra.entry(address);
            if has_replied {
                entry.replied(Instant::now(), Duration::from_millis(1));
            }
            let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
            let reply = resolver.ask(&question).await;
            assert_eq!(reply.map(|_| ()), Err(NetworkFault::Timeout));
            entry.fault(Instant::now())
        })
    }

    #[test]
    fn a_resolver_that_has_ever_answered_is_asked_again_after_a_lost_reply() {
        assert_eq!(fault_of_silent(true), None);
    }

    #[test]
    fn one_that_was_silent_about_a_domain_is_asked_about_a_top_level_domain_all_the_same() {
        for (name, is_asked) in [("b.test", false), ("test", true)] {
            let asked = block_on(async {
                let (server, address) = FakeServer::bind().await;
                let exchange = Arc::new(Exchange::new(8, Network::default()));
                let resolver = RecursiveResolver::new(exchange, Resolver::from(address));
                let entry = resolver.exchange.infra.entry(address);
                entry.failed(Instant::now(), NetworkFault::Timeout);
                let question = Question::new(&parse(name).unwrap(), RecordType::NS);
                server.serve(|query| vec![answered(query)]);
                resolver.ask(&question).await.is_ok()
            });
            assert_eq!(asked, is_asked, "{name}");
        }
    }

    #[test]
    fn a_resolver_that_never_answered_is_left_alone_for_a_while() {
        assert_eq!(fault_of_silent(false), Some(NetworkFault::Timeout));
    }
}
