//! Questions to servers: limits on what is under way, tries in a fair order, and what was learned on the way.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::concurrent::either;
use crate::exchange::{Answer, tcp, udp};
use crate::message::{Question, Reply};
use crate::peer::Peer;
use crate::silence::{Fault, Silence};

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
    ) -> Result<T, Vec<(SocketAddr, Fault)>> {
        let hedge = Duration::from_millis(if question.recursion { 1000 } else { 150 });
        let mut waiting = self.by_promise(servers).into_iter();
        let mut asked = JoinSet::new();
        let mut faults = Vec::new();
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
                return Err(faults);
            };
            let judged = match result {
                Ok(reply) => judge(reply).map_err(Fault::Useless),
                Err(silence) => Err(Fault::Silent(silence)),
            };
            match judged {
                Ok(usable) => return Ok(usable),
                Err(fault) => faults.push((server, fault)),
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

    /// What is rarely needed is on the heap: futures have room for all that they may come to.
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
                let plain = Box::pin(self.over_udp(server, question, false));
                let plain = within(patience.second, plain).await;
                if plain.as_ref().is_ok_and(|plain| !plain.rejects_edns()) {
                    peer.rejected_edns();
                }
                Ok(plain.unwrap_or(reply))
            }
            Ok(Ok(Answer::Truncated)) => {
                peer.replied(sent.elapsed());
                within(
                    patience.second,
                    Box::pin(self.over_tcp(server, question, edns)),
                )
                .await
            }
            Ok(Err(Silence::Unroutable)) => Err(Silence::Unroutable),
            Ok(Err(_)) => {
                within(
                    patience.second,
                    Box::pin(self.over_tcp(server, question, edns)),
                )
                .await
            }
            // Lost on the way, or dropped for its EDNS, or UDP is blocked altogether.
            Err(_) => {
                let resent = Instant::now();
                let ways = either(
                    Box::pin(self.over_udp(server, question, false)),
                    Box::pin(self.over_tcp(server, question, edns)),
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
            Answer::Truncated => Box::pin(self.over_tcp(server, question, edns)).await,
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

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode, ResponseCode};
    use hickory_proto::rr::rdata::TXT;
    use hickory_proto::rr::{Name, RData, Record, RecordType};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, UdpSocket};

    use super::*;
    use crate::testing::block_on;

    fn question() -> Question {
        Question::direct(&crate::name::parse("a.test").unwrap(), RecordType::TXT)
    }

    fn reply(query: &Message, change: impl Fn(&mut Message)) -> Vec<u8> {
        let mut reply = Message::response(query.id, OpCode::Query);
        reply.add_queries(query.queries.clone());
        reply.metadata.authoritative = true;
        change(&mut reply);
        reply.to_vec().unwrap()
    }

    fn with_text(reply: &mut Message) {
        let text = RData::TXT(TXT::new(vec!["v".into()]));
        reply.add_answer(Record::from_rdata(
            Name::from_ascii("a.test.").unwrap(),
            60,
            text,
        ));
    }

    /// Asks a server that sends back what `serve` makes of each query over UDP, and an answer over TCP.
    fn ask(serve: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static) -> Result<usize, Silence> {
        block_on(async {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let server = tcp.local_addr().unwrap();
            let udp = UdpSocket::bind(server).await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 512];
                loop {
                    let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
                    for reply in serve(&Message::from_vec(&buffer[..length]).unwrap()) {
                        udp.send_to(&reply, from).await.unwrap();
                    }
                }
            });
            tokio::spawn(async move {
                let (mut stream, _) = tcp.accept().await.unwrap();
                let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut query).await.unwrap();
                let reply = reply(&Message::from_vec(&query).unwrap(), with_text);
                stream.write_u16(reply.len() as u16).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            });
            Client::new(8)
                .ask(server, &question())
                .await
                .map(|reply| reply.0.answers.len())
        })
    }

    #[test]
    fn a_forged_reply_is_passed_over_for_the_real_one() {
        let forge = |query: &Message| reply(query, |reply| reply.metadata.id ^= 1);
        assert_eq!(
            ask(move |query| vec![forge(query), reply(query, with_text)]),
            Ok(1)
        );
    }

    #[test]
    fn a_truncated_reply_is_asked_for_over_tcp() {
        assert_eq!(
            ask(|query| vec![reply(query, |reply| reply.metadata.truncation = true)]),
            Ok(1)
        );
    }

    #[test]
    fn a_server_that_answers_over_tcp_alone_is_heard() {
        assert_eq!(ask(|_| Vec::new()), Ok(1));
    }

    #[test]
    fn a_server_that_rejects_edns_is_asked_without_it() {
        let serve = |query: &Message| match query.edns {
            Some(_) => vec![reply(query, |reply| {
                reply.metadata.response_code = ResponseCode::FormErr
            })],
            None => vec![reply(query, with_text)],
        };
        assert_eq!(ask(serve), Ok(1));
    }

    #[test]
    fn a_closed_port_is_known_at_once() {
        block_on(async {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let closed = udp.local_addr().unwrap();
            drop(udp);
            let start = Instant::now();
            let answer = Client::new(8).ask(closed, &question()).await;
            assert_eq!(answer.map(|_| ()), Err(Silence::Refused));
            assert!(
                start.elapsed() < Duration::from_millis(400),
                "{:?}",
                start.elapsed()
            );
        });
    }

    #[test]
    fn a_dead_server_costs_many_questions_no_more_than_one() {
        block_on(async {
            let hole = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let listener = TcpListener::bind(hole.local_addr().unwrap()).await.unwrap();
            let (client, start) = (Client::new(2), Instant::now());
            let mut asked = JoinSet::new();
            for _ in 0..20 {
                let (client, server) = (client.clone(), listener.local_addr().unwrap());
                asked.spawn(async move { client.ask(server, &question()).await.map(|_| ()) });
            }
            assert_eq!(asked.join_all().await, vec![Err(Silence::Timeout); 20]);
            assert!(
                start.elapsed() < Duration::from_secs(2),
                "{:?}",
                start.elapsed()
            );
        });
    }
}
