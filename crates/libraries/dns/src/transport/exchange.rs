//! One question to one server: over UDP first, then over whatever else works.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::future::select_ok;
use tokio::sync::SemaphorePermit;
use tokio::time::{sleep, timeout};

use crate::transport::fault::NetworkFault;
use crate::transport::infra_cache::{InfraCache, InfraEntry};
use crate::transport::limits::Limits;
use crate::transport::message::Query;
use crate::transport::network::Network;
use crate::transport::remark::{Remark, Remarks};
use crate::transport::reply::Reply;
use crate::transport::resolver_addresses::Addresses;
use crate::transport::tcp::Streams;
use crate::transport::tls::Connections;
use crate::transport::udp::{Datagram, Sockets, UdpReply};
use crate::transport::window::Place;

/// How long a question may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    /// Until it is asked again in other ways, while the first one is still listened to.
    pub(super) first: Duration,
    /// From then until it is sent a third time.
    pub(super) second: Duration,
    /// In all.
    pub(super) all: Duration,
}

/// What all questions share: their limits, what they go over, and what was learned of the servers.
pub(super) struct Exchange {
    limits: Limits,
    pub(super) most_questions: usize,
    sockets: Sockets,
    pub(super) streams: Streams,
    pub(super) https: Connections,
    pub(super) addresses: Addresses,
    pub(super) network: Network,
    pub(super) infra: InfraCache,
    pub(super) remarks: Remarks,
}

/// A question's turn, for as long as it is under way.
pub(super) struct Turn<'a> {
    _place: Place<'a>,
    _permit: SemaphorePermit<'a>,
}

/// One of the ways to a reply, and which.
type Way<'a> = Pin<Box<dyn Future<Output = Result<(Kind, Box<Reply>), NetworkFault>> + Send + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A datagram with EDNS, as those that are sent first.
    Datagram,
    /// A datagram without EDNS.
    Plain,
    /// A stream.
    Stream,
}

impl Exchange {
    pub(super) fn new(questions: usize, network: Network) -> Self {
        Self {
            limits: Limits::new(questions),
            most_questions: questions,
            sockets: Sockets::default(),
            streams: Streams::new(network.tls.clone()),
            https: Connections::default(),
            addresses: Addresses::default(),
            network,
            infra: InfraCache::default(),
            remarks: Remarks::default(),
        }
    }

    /// Waits until it is a question's turn: not too many may be under way to this server, nor in all.
    pub(super) async fn turn<'a>(&'a self, entry: &'a InfraEntry) -> Turn<'a> {
        Turn {
            _place: entry.window.place().await,
            _permit: self.limits.question().await,
        }
    }

    /// The server's reply, whatever it says.
    ///
    /// What is rarely needed is on the heap, since a future has room for all that it may hold.
    pub(super) async fn ask(
        &self,
        server: SocketAddr,
        entry: &InfraEntry,
        query: Query<'_>,
        timeouts: Timeouts,
    ) -> Result<Box<Reply>, NetworkFault> {
        let again = Again {
            exchange: self,
            server,
            entry,
            query,
            timeouts,
        };
        let sent = Instant::now();
        if entry.prefers_streams(sent) {
            return Box::pin(again.over_a_stream_first(sent)).await;
        }
        let edns = entry.takes_edns();
        let mut datagram = self.sockets.send(server, query, edns).await?;
        match timeout(timeouts.first, datagram.reply()).await {
            Ok(Ok(UdpReply::Whole(reply))) => {
                entry.replied(Instant::now(), sent.elapsed());
                if edns && reply.rejects_edns() {
                    return Ok(Box::pin(again.without_edns(reply)).await);
                }
                if edns {
                    entry.answered_edns();
                }
                Ok(reply)
            }
            Ok(Ok(UdpReply::Truncated)) => {
                entry.replied(Instant::now(), sent.elapsed());
                entry.cut_short(sent, Instant::now());
                Box::pin(again.whole()).await
            }
            Ok(Err(fault @ NetworkFault::Unroutable)) => Err(fault),
            Ok(Err(NetworkFault::Refused)) => Box::pin(again.over_a_stream(sent)).await,
            Ok(Err(_)) => Box::pin(again.in_all_ways(None, sent)).await,
            // Lost on the way, or dropped for its EDNS, or UDP is blocked altogether, or just late.
            Err(_) => Box::pin(again.in_all_ways(Some(datagram), sent)).await,
        }
    }
}

/// A question that the first datagram did not settle.
#[derive(Clone, Copy)]
struct Again<'a> {
    exchange: &'a Exchange,
    server: SocketAddr,
    entry: &'a InfraEntry,
    query: Query<'a>,
    timeouts: Timeouts,
}

impl<'a> Again<'a> {
    /// Asks without EDNS, since `reply` rejects it.
    async fn without_edns(self, reply: Box<Reply>) -> Box<Reply> {
        let plain = self.datagram(Kind::Plain, Duration::ZERO);
        match timeout(self.timeouts.all, plain).await {
            Ok(Ok((_, plain))) if !plain.rejects_edns() => {
                self.entry.rejected_edns();
                self.remark_edns();
                plain
            }
            Ok(Ok((_, plain))) => plain,
            _ => reply,
        }
    }

    /// Asks for the whole of a reply that was cut short (TC, RFC 7766 §5).
    async fn whole(self) -> Result<Box<Reply>, NetworkFault> {
        let whole = self.stream();
        let whole = timeout(self.timeouts.all, whole).await;
        let fault = match whole {
            Ok(Ok((_, reply))) => return Ok(reply),
            Ok(Err(fault)) => fault,
            Err(_) => NetworkFault::Timeout,
        };
        Err(NetworkFault::CutShort(Box::new(fault)))
    }

    async fn over_a_stream(self, sent: Instant) -> Result<Box<Reply>, NetworkFault> {
        self.first_of([self.stream()], sent).await
    }

    async fn over_a_stream_first(self, sent: Instant) -> Result<Box<Reply>, NetworkFault> {
        let Timeouts { first, .. } = self.timeouts;
        let ways = [
            self.stream(),
            self.datagram(Kind::Datagram, first),
            self.datagram(Kind::Datagram, first * 3),
        ];
        self.first_of(ways, sent).await
    }

    /// Asks in all ways that there are, and goes on listening to the first datagram.
    async fn in_all_ways(
        self,
        first: Option<Datagram<'a>>,
        sent: Instant,
    ) -> Result<Box<Reply>, NetworkFault> {
        let mut ways = vec![
            self.datagram(Kind::Plain, Duration::ZERO),
            self.stream(),
            self.datagram(Kind::Datagram, self.timeouts.second),
        ];
        if let Some(first) = first {
            ways.push(Box::pin(self.listen(first, Kind::Datagram)));
        }
        self.first_of(ways, sent).await
    }

    /// The first reply that comes in one of these ways.
    async fn first_of(
        self,
        ways: impl IntoIterator<Item = Way<'a>>,
        sent: Instant,
    ) -> Result<Box<Reply>, NetworkFault> {
        let left = self.timeouts.all.saturating_sub(sent.elapsed());
        let first = timeout(left, select_ok(ways)).await;
        let first = first.unwrap_or(Err(NetworkFault::Timeout));
        let now = Instant::now();
        // A datagram that is answered late was not lost.
        if !matches!(first, Ok(((Kind::Datagram, _), _))) {
            self.entry.window.lost(sent, now);
        }
        let ((kind, reply), _) = first?;
        self.entry.replied(now, sent.elapsed());
        match kind {
            Kind::Datagram => self.entry.answered_edns(),
            Kind::Plain if self.entry.ignored_edns() => self.remark_edns(),
            Kind::Plain => {}
            Kind::Stream => self.entry.prefer_streams(now),
        }
        Ok(reply)
    }

    /// One more datagram, after a pause.
    fn datagram(self, kind: Kind, pause: Duration) -> Way<'a> {
        Box::pin(async move {
            sleep(pause).await;
            let edns = kind == Kind::Datagram && self.entry.takes_edns();
            let datagram = self.exchange.sockets.send(self.server, self.query, edns);
            self.listen(datagram.await?, kind).await
        })
    }

    async fn listen(
        self,
        mut datagram: Datagram<'a>,
        kind: Kind,
    ) -> Result<(Kind, Box<Reply>), NetworkFault> {
        match datagram.reply().await? {
            UdpReply::Whole(reply) => Ok((kind, reply)),
            UdpReply::Truncated => self
                .stream()
                .await
                .map_err(|fault| NetworkFault::CutShort(Box::new(fault))),
        }
    }

    fn stream(self) -> Way<'a> {
        Box::pin(async move {
            let edns = self.entry.takes_edns();
            let reply = self
                .exchange
                .streams
                .ask(self.server.into(), self.query, edns);
            Ok((Kind::Stream, reply.await?))
        })
    }

    fn remark_edns(self) {
        let remarks = &self.exchange.remarks;
        remarks.make(Remark::WithoutEdns(self.server));
    }
}
