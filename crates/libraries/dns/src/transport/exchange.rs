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
use crate::transport::reply::Reply;
use crate::transport::tcp;
use crate::transport::udp::{self, UdpReply};

/// How long a question may take: first one datagram, then datagram and stream together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    pub(super) first: Duration,
    pub(super) second: Duration,
}

/// What all questions share: their limits, and what was learned of the servers.
pub(super) struct Exchange {
    limits: Limits,
    pub(super) infra: InfraCache,
}

impl Exchange {
    pub(super) fn new(questions: usize) -> Self {
        Self {
            limits: Limits::new(questions),
            infra: InfraCache::default(),
        }
    }

    /// Waits until it is a question's turn: the server must not be asked too often, nor too many at once.
    pub(super) async fn turn(&self, entry: &InfraEntry) -> SemaphorePermit<'_> {
        let pause = entry.take_place(Instant::now());
        if !pause.is_zero() {
            sleep(pause).await;
        }
        self.limits.question().await
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
        let edns = entry.takes_edns();
        let sent = Instant::now();
        match timeout(timeouts.first, udp::ask(server, query, edns)).await {
            Ok(Ok(UdpReply::Whole(reply))) => {
                entry.replied(Instant::now(), sent.elapsed());
                if !(edns && reply.rejects_edns()) {
                    return Ok(reply);
                }
                let plain = Box::pin(self.over_udp(server, query, false));
                let plain = within(timeouts.second, plain).await;
                if plain.as_ref().is_ok_and(|plain| !plain.rejects_edns()) {
                    entry.rejected_edns();
                }
                Ok(plain.unwrap_or(reply))
            }
            Ok(Ok(UdpReply::Truncated)) => {
                entry.replied(Instant::now(), sent.elapsed());
                let whole = Box::pin(self.over_tcp(server, query, edns));
                within(timeouts.second, whole).await
            }
            Ok(Err(NetworkFault::Unroutable)) => Err(NetworkFault::Unroutable),
            Ok(Err(_)) => {
                let other_way = Box::pin(self.over_tcp(server, query, edns));
                within(timeouts.second, other_way).await
            }
            // Lost on the way, or dropped for its EDNS, or UDP is blocked altogether.
            Err(_) => {
                let resent = Instant::now();
                let ways: [Way<'_>; 2] = [
                    Box::pin(self.over_udp(server, query, false)),
                    Box::pin(self.over_tcp(server, query, edns)),
                ];
                let first = async { select_ok(ways).await.map(|(reply, _)| reply) };
                let reply = within(timeouts.second, first).await?;
                entry.replied(Instant::now(), resent.elapsed());
                Ok(reply)
            }
        }
    }

    async fn over_udp(
        &self,
        server: SocketAddr,
        query: Query<'_>,
        edns: bool,
    ) -> Result<Box<Reply>, NetworkFault> {
        match udp::ask(server, query, edns).await? {
            UdpReply::Whole(reply) => Ok(reply),
            UdpReply::Truncated => Box::pin(self.over_tcp(server, query, edns)).await,
        }
    }

    async fn over_tcp(
        &self,
        server: SocketAddr,
        query: Query<'_>,
        edns: bool,
    ) -> Result<Box<Reply>, NetworkFault> {
        let _permit = self.limits.stream().await;
        tcp::ask(server, query, edns).await
    }
}

/// One of the ways to a reply.
type Way<'a> = Pin<Box<dyn Future<Output = Result<Box<Reply>, NetworkFault>> + Send + 'a>>;

async fn within<T>(
    limit: Duration,
    reply: impl Future<Output = Result<T, NetworkFault>>,
) -> Result<T, NetworkFault> {
    timeout(limit, reply)
        .await
        .unwrap_or(Err(NetworkFault::Timeout))
}
