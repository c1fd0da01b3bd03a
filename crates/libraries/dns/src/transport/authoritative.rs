//! One address of an authoritative server: it has what it is asked for, so it answers at once or not at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::op::ResponseCode;
use tokio::time::sleep;

use crate::transport::exchange::{Exchange, Timeouts};
use crate::transport::fault::NetworkFault;
use crate::transport::first_usable::{Promise, Server};
use crate::transport::infra_cache::InfraEntry;
use crate::transport::message::{Query, Question};
use crate::transport::remark::Remark;
use crate::transport::reply::Reply;

const TIMEOUTS: Timeouts = Timeouts {
    first: Duration::from_millis(500),
    second: Duration::from_millis(750),
    all: Duration::from_secs(3),
};

/// The shortest first timeout, and the longest. A server need not be waited for much longer than its usual round trip, except
/// a busy one.
const SHORTEST_FIRST: Duration = Duration::from_millis(250);
const LONGEST_FIRST: Duration = Duration::from_secs(4);

/// The pauses after which a server that refuses is asked again, where it was of use just now: it may limit the rate at which
/// it answers.
const REFUSED: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(500)];

/// One address of an authoritative server.
pub(crate) struct AuthoritativeServer {
    exchange: Arc<Exchange>,
    address: SocketAddr,
}

impl AuthoritativeServer {
    pub(super) fn new(exchange: Arc<Exchange>, address: SocketAddr) -> Self {
        Self { exchange, address }
    }

    /// Why it gave no reply, while that is too recent to ask it again.
    pub(crate) fn fault(&self) -> Option<NetworkFault> {
        self.exchange
            .infra
            .entry(self.address)
            .fault(Instant::now())
    }

    /// Its reply, whatever it says.
    ///
    /// A dead server costs its first question 3 s, and those that come within two seconds after it nothing.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Box<Reply>, NetworkFault> {
        if !self.exchange.network.family.has(self.address.ip()) {
            return Err(NetworkFault::OtherFamily);
        }
        if let Some(remark) = Remark::of_address(self.address) {
            let is_nobody = matches!(remark, Remark::NoHost(_));
            self.exchange.remarks.make(remark);
            if is_nobody {
                return Err(NetworkFault::Unroutable);
            }
        }
        let entry = self.exchange.infra.entry(self.address);
        if let Some(fault) = entry.fault(Instant::now()) {
            return Err(fault);
        }
        // One question finds out whether a server answers; the others wait for that, and not for a timeout each.
        let mut contact = None;
        if entry.round_trip().is_none() {
            contact = Some(entry.first_contact().await);
            if let Some(fault) = entry.fault(Instant::now()) {
                return Err(fault);
            }
            if entry.round_trip().is_some() {
                contact = None;
            }
        }
        let asked = Instant::now();
        let mut reply = self.ask_once(&entry, question).await;
        for pause in REFUSED {
            let is_refused = |reply: &Reply| reply.code() == ResponseCode::Refused;
            if !(reply.as_deref().is_ok_and(is_refused) && entry.is_of_use(Instant::now())) {
                break;
            }
            sleep(pause).await;
            reply = self.ask_once(&entry, question).await;
            if reply.as_deref().is_ok_and(Reply::is_about_name) {
                // So it has been too many: one that does not serve the zone goes on refusing.
                entry.window.lost(asked, Instant::now());
            }
        }
        drop(contact);
        reply
    }

    async fn ask_once(
        &self,
        entry: &InfraEntry,
        question: &Question,
    ) -> Result<Box<Reply>, NetworkFault> {
        let _turn = self.exchange.turn(entry).await;
        let (asked, timeouts) = (Instant::now(), timeouts(entry.round_trip()));
        // It is on the heap, so that what waits for its turn above takes no memory for it.
        let query = Query::iterative(question);
        let reply = Box::pin(self.exchange.ask(self.address, entry, query, timeouts)).await;
        match &reply {
            Ok(reply) if reply.is_about_name() => entry.was_of_use(Instant::now()),
            // One that has answered another question meanwhile is there, and the network has lost this one.
            Err(fault) if !entry.has_replied_since(asked) => {
                entry.failed(Instant::now(), fault.clone());
            }
            _ => {}
        }
        reply
    }
}

impl Server for AuthoritativeServer {
    type Address = SocketAddr;

    const HEAD_START: Duration = Duration::from_millis(150);

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn promise(&self) -> Promise {
        Promise::of(&self.exchange.infra.entry(self.address))
    }

    async fn ask(&self, question: &Question) -> Result<Box<Reply>, NetworkFault> {
        self.ask(question).await
    }
}

fn timeouts(round_trip: Option<Duration>) -> Timeouts {
    match round_trip {
        Some(usual) => {
            let first = (usual * 2).clamp(SHORTEST_FIRST, LONGEST_FIRST);
            Timeouts {
                first,
                all: TIMEOUTS.all.max(first * 2),
                ..TIMEOUTS
            }
        }
        None => TIMEOUTS,
    }
}

#[cfg(test)]
mod tests {
    use crate::transport::network::Network;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use hickory_proto::op::Message;
    use hickory_proto::rr::RecordType;
    use tokio::net::UdpSocket;

    use super::*;
    use crate::name::parse;
    use crate::testing::{FakeServer, answered, block_on, reply_to};

    fn question() -> Question {
        Question::new(&parse("a.test").unwrap(), RecordType::TXT)
    }

    fn at(address: SocketAddr) -> AuthoritativeServer {
        AuthoritativeServer::new(Arc::new(Exchange::new(8, Network::default())), address)
    }

    /// How many records a server answers with that sends back what `serve` makes of each query over UDP.
    fn ask(
        serve: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Result<usize, NetworkFault> {
        block_on(async {
            let (server, address) = FakeServer::bind().await;
            server.serve(serve);
            let reply = at(address).ask(&question()).await;
            reply.map(|reply| reply.answers().len())
        })
    }

    #[test]
    fn a_forged_reply_is_passed_over_for_the_real_one() {
        let forge = |query: &Message| reply_to(query, |reply| reply.metadata.id ^= 1);
        assert_eq!(ask(move |query| vec![forge(query), answered(query)]), Ok(1));
    }

    #[test]
    fn a_truncated_reply_is_asked_for_over_tcp() {
        let truncated = |query: &Message| reply_to(query, |reply| reply.metadata.truncation = true);
        assert_eq!(ask(move |query| vec![truncated(query)]), Ok(1));
    }

    #[test]
    fn a_server_that_limits_the_rate_of_its_replies_over_udp_is_asked_over_tcp_from_then_on() {
        block_on(async {
            let (server, address) = FakeServer::bind().await;
            let count = Arc::new(AtomicUsize::new(0));
            let counted = count.clone();
            server.serve(move |query| {
                counted.fetch_add(1, Ordering::Relaxed);
                vec![reply_to(query, |reply| reply.metadata.truncation = true)]
            });
            let server = at(address);
            for _ in 0..10 {
                let reply = server.ask(&question()).await;
                assert_eq!(reply.map(|reply| reply.answers().len()), Ok(1));
            }
            assert_eq!(count.load(Ordering::Relaxed), 1);
        });
    }

    #[test]
    fn a_server_that_answers_over_tcp_alone_is_heard() {
        assert_eq!(ask(|_| Vec::new()), Ok(1));
    }

    #[test]
    fn a_server_that_rejects_edns_is_asked_without_it() {
        let refuse = |query: &Message| {
            reply_to(query, |reply| {
                reply.metadata.response_code = ResponseCode::FormErr
            })
        };
        let serve = move |query: &Message| match query.edns {
            Some(_) => vec![refuse(query)],
            None => vec![answered(query)],
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
            let reply = at(closed).ask(&question()).await;
            assert_eq!(reply.map(|_| ()), Err(NetworkFault::Refused));
            let elapsed = start.elapsed();
            assert!(elapsed < Duration::from_millis(400), "{elapsed:?}");
        });
    }

    #[test]
    fn a_dead_server_costs_many_questions_no_more_than_one() {
        block_on(async {
            let (_silent, address) = FakeServer::bind().await;
            let (exchange, start) = (
                Arc::new(Exchange::new(2, Network::default())),
                Instant::now(),
            );
            let asked = (0..20).map(|_| {
                let server = AuthoritativeServer::new(exchange.clone(), address);
                async move { server.ask(&question()).await.map(|_| ()) }
            });
            assert_eq!(join_all(asked).await, vec![Err(NetworkFault::Timeout); 20]);
            let elapsed = start.elapsed();
            assert!(elapsed < Duration::from_secs(4), "{elapsed:?}");
        });
    }

    #[test]
    fn a_lost_reply_counts_against_a_server_that_answers_no_other_question() {
        block_on(async {
            let (_silent, address) = FakeServer::bind().await;
            let server = at(address);
            let entry = server.exchange.infra.entry(address);
            let question = question();
            let replied_meanwhile = async {
                sleep(Duration::from_millis(100)).await;
                entry.replied(Instant::now(), Duration::from_millis(1));
            };
            let (reply, ()) =
                futures_util::future::join(server.ask(&question), replied_meanwhile).await;
            assert_eq!(reply.map(|_| ()), Err(NetworkFault::Timeout));
            assert_eq!(server.fault(), None);
            let reply = server.ask(&question).await.map(|_| ());
            assert_eq!(reply, Err(NetworkFault::Timeout));
            assert_eq!(server.fault(), Some(NetworkFault::Timeout));
        });
    }

    #[test]
    fn a_server_is_waited_for_two_of_its_round_trips_within_bounds() {
        for (round_trip, first, all) in [
            (None, 500, 3000),
            (Some(1), 250, 3000),
            (Some(160), 320, 3000),
            (Some(1600), 3200, 6400),
            (Some(3000), 4000, 8000),
        ] {
            let timeouts = timeouts(round_trip.map(Duration::from_millis));
            let milliseconds = [timeouts.first, timeouts.all].map(|time| time.as_millis());
            assert_eq!(milliseconds, [first, all], "{round_trip:?}");
        }
    }
}
