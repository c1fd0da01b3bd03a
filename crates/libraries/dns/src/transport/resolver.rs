//! One address of a recursive resolver: it may have to ask many others itself before it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::transport::exchange::{Exchange, Timeouts};
use crate::transport::fault::NetworkFault;
use crate::transport::first_usable::{Promise, Server};
use crate::transport::message::{Query, Question};
use crate::transport::reply::Reply;

const TIMEOUTS: Timeouts = Timeouts {
    first: Duration::from_millis(1500),
    second: Duration::from_secs(3),
    all: Duration::from_secs(10),
};

/// One address of a recursive resolver.
pub(crate) struct RecursiveResolver {
    exchange: Arc<Exchange>,
    address: SocketAddr,
}

impl RecursiveResolver {
    pub(super) fn new(exchange: Arc<Exchange>, address: SocketAddr) -> Self {
        Self { exchange, address }
    }

    /// Its reply, whatever it says.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Box<Reply>, NetworkFault> {
        let entry = self.exchange.infra.entry(self.address);
        // That it says nothing of a domain whose servers say nothing is no fault of its own: a top-level domain tells.
        let tells = question.name().iter().len() == 1;
        if let Some(fault) = entry.fault(Instant::now()).filter(|_| !tells) {
            return Err(fault);
        }
        let _turn = self.exchange.turn(&entry).await;
        // It is on the heap, so that what waits for its turn above takes no memory for it.
        let query = Query::recursive(question);
        let reply = Box::pin(self.exchange.ask(self.address, &entry, query, TIMEOUTS)).await;
        if let Err(fault) = &reply
            // One that has ever answered is alive, and waits for other servers.
            && !entry.has_replied()
        {
            entry.failed(Instant::now(), fault.clone());
        }
        reply
    }
}

impl Server for RecursiveResolver {
    const HEAD_START: Duration = Duration::from_secs(1);

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

#[cfg(test)]
mod tests {
    use hickory_proto::rr::RecordType;

    use super::*;
    use crate::name::parse;
    use crate::testing::{FakeServer, answered, block_on};

    /// What is remembered of a resolver after a question without answer.
    fn fault_of_silent(has_replied: bool) -> Option<NetworkFault> {
        block_on(async {
            let (_silent, address) = FakeServer::bind().await;
            let resolver = RecursiveResolver::new(Arc::new(Exchange::new(8)), address);
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
                let resolver = RecursiveResolver::new(Arc::new(Exchange::new(8)), address);
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
