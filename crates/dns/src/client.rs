//! Questions to servers: limits on what is under way, tries in a fair order, and what was learned on the way.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::exchange::{Answer, tcp, udp};
use crate::message::{Question, Reply};
use crate::peer::Peer;
use crate::race::either;
use crate::silence::Silence;

/// TCP replies may be 64 KiB each, and are rare.
const STREAMS: usize = 8;

/// For how many addresses what was learned is kept.
const PEERS: usize = 4096;

/// How long a question may take: first one datagram, then datagram and stream together.
#[derive(Clone, Copy)]
struct Patience {
    first: Duration,
    second: Duration,
}

const DIRECT: Patience = Patience {
    first: Duration::from_millis(500),
    second: Duration::from_secs(1),
};
/// A resolver may have to ask many others itself.
const RECURSIVE: Patience = Patience {
    first: Duration::from_millis(1500),
    second: Duration::from_millis(3500),
};

/// Asks DNS servers. Clones share limits and knowledge.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    in_flight: Semaphore,
    streams: Semaphore,
    peers: Mutex<HashMap<SocketAddr, Arc<Peer>>>,
}

impl Client {
    /// A client that has at most `in_flight` questions under way.
    #[must_use]
    pub fn new(in_flight: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                in_flight: Semaphore::new(in_flight.clamp(1, 512)),
                streams: Semaphore::new(STREAMS),
                peers: Mutex::default(),
            }),
        }
    }

    /// The server's reply, whatever it says.
    ///
    /// A dead server costs its first question 1.5 s, and those that come within two seconds after it nothing.
    pub(crate) async fn ask(
        &self,
        server: SocketAddr,
        question: &Question,
    ) -> Result<Box<Reply>, Silence> {
        let peer = self.peer(server);
        if let Some(silence) = peer.silence() {
            return Err(silence);
        }
        // One question finds out whether a server is there; the others would only wait in the same way for the same.
        let mut contact = None;
        if !question.recursion && !peer.is_responsive() {
            contact = Some(peer.first_contact().await);
            if let Some(silence) = peer.silence() {
                return Err(silence);
            }
            if peer.is_responsive() {
                contact = None;
            }
        }
        let pause = peer.pace();
        if !pause.is_zero() {
            sleep(pause).await;
        }
        let _permit = acquire(&self.shared.in_flight).await;
        let asked = Instant::now();
        // On the heap, so that what waits for its turn above takes no memory for what comes here.
        let result = Box::pin(self.exchange(server, &peer, question)).await;
        if let Err(silence) = &result {
            peer.kept_silent(asked, question.recursion, silence);
        }
        drop(contact);
        result
    }

    /// A server's silence, while that is too fresh to ask it again.
    pub(crate) fn silence(&self, server: SocketAddr) -> Option<Silence> {
        self.peer(server).silence()
    }

    /// The first usable answer of several servers, each asked when those before it have failed or are slow.
    ///
    /// # Errors
    ///
    /// What `judge` or the network said about each server, in the order of the answers.
    pub(crate) async fn ask_any<T>(
        &self,
        servers: &[SocketAddr],
        question: &Question,
        judge: impl Fn(Box<Reply>) -> Result<T, String>,
    ) -> Result<T, Vec<(SocketAddr, String)>> {
        let hedge = Duration::from_millis(if question.recursion { 1000 } else { 150 });
        let mut waiting = self.by_promise(servers).into_iter();
        let mut asked = JoinSet::new();
        let mut failures = Vec::new();
        loop {
            if let Some(server) = waiting.next() {
                let (client, question) = (self.clone(), question.clone());
                asked.spawn(async move { (server, client.ask(server, &question).await) });
            }
            let answer = if waiting.len() == 0 {
                asked.join_next().await
            } else {
                match timeout(hedge, asked.join_next()).await {
                    Ok(answer) => answer,
                    Err(_) => continue,
                }
            };
            let Some(Ok((server, result))) = answer else {
                return Err(failures);
            };
            match result
                .map_err(|silence| silence.to_string())
                .and_then(&judge)
            {
                Ok(usable) => return Ok(usable),
                Err(reason) => failures.push((server, reason)),
            }
        }
    }

    /// Those that have answered first, those known to be silent last.
    fn by_promise(&self, servers: &[SocketAddr]) -> Vec<SocketAddr> {
        let mut servers = servers.to_vec();
        servers.sort_by_cached_key(|server| {
            let peer = self.peer(*server);
            (peer.silence().is_some(), !peer.is_responsive())
        });
        servers
    }

    async fn exchange(
        &self,
        server: SocketAddr,
        peer: &Peer,
        question: &Question,
    ) -> Result<Box<Reply>, Silence> {
        let patience = if question.recursion {
            RECURSIVE
        } else {
            DIRECT
        };
        let first = match peer.round_trip() {
            Some(usual) if !question.recursion => {
                (usual * 4).clamp(Duration::from_millis(250), patience.first)
            }
            _ => patience.first,
        };
        let edns = peer.takes_edns();
        let sent = Instant::now();
        match timeout(first, udp(server, question, edns)).await {
            Ok(Ok(Answer::Whole(reply))) => {
                peer.replied(sent.elapsed());
                if !(edns && reply.rejects_edns()) {
                    return Ok(reply);
                }
                let plain = within(patience.second, self.over_udp(server, question, false)).await;
                if plain.as_ref().is_ok_and(|plain| !plain.rejects_edns()) {
                    peer.rejected_edns();
                }
                Ok(plain.unwrap_or(reply))
            }
            Ok(Ok(Answer::Truncated)) => {
                peer.replied(sent.elapsed());
                within(patience.second, self.over_tcp(server, question, edns)).await
            }
            Ok(Err(Silence::Unroutable)) => Err(Silence::Unroutable),
            Ok(Err(_)) => within(patience.second, self.over_tcp(server, question, edns)).await,
            // Lost on the way, or dropped for its EDNS, or UDP is blocked altogether.
            Err(_) => {
                let resent = Instant::now();
                let ways = either(
                    self.over_udp(server, question, false),
                    self.over_tcp(server, question, edns),
                );
                let reply = within(patience.second, ways).await?;
                peer.replied(resent.elapsed());
                Ok(reply)
            }
        }
    }

    async fn over_udp(
        &self,
        server: SocketAddr,
        question: &Question,
        edns: bool,
    ) -> Result<Box<Reply>, Silence> {
        match udp(server, question, edns).await? {
            Answer::Whole(reply) => Ok(reply),
            Answer::Truncated => self.over_tcp(server, question, edns).await,
        }
    }

    async fn over_tcp(
        &self,
        server: SocketAddr,
        question: &Question,
        edns: bool,
    ) -> Result<Box<Reply>, Silence> {
        let _permit = acquire(&self.shared.streams).await;
        tcp(server, question, edns).await
    }

    fn peer(&self, server: SocketAddr) -> Arc<Peer> {
        let mut peers = self
            .shared
            .peers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS {
            peers.clear();
        }
        peers.entry(server).or_default().clone()
    }
}

async fn within<T>(
    limit: Duration,
    reply: impl Future<Output = Result<T, Silence>>,
) -> Result<T, Silence> {
    timeout(limit, reply).await.unwrap_or(Err(Silence::Timeout))
}

async fn acquire(semaphore: &Semaphore) -> SemaphorePermit<'_> {
    semaphore
        .acquire()
        .await
        .expect("nothing closes this semaphore")
}
