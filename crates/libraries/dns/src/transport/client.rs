//! The client, through which DNS servers are asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout_at};

use crate::resolver::Resolver;
use crate::transport::authoritative::AuthoritativeServer;
use crate::transport::endpoint::Endpoint;
use crate::transport::exchange::Exchange;
use crate::transport::fault::{NetworkFault, ReplyFault, ServerFault};
use crate::transport::first_usable::first_usable;
use crate::transport::message::Question;
use crate::transport::network::Network;
use crate::transport::octets;
use crate::transport::remark::Remark;
use crate::transport::reply::Reply;
use crate::transport::resolver::RecursiveResolver;

/// How long the other servers are waited for when one of them has answered.
const SLOWER: Duration = Duration::from_millis(250);

/// Asks DNS servers. Clones share limits and what they have learned of the servers.
#[derive(Clone)]
pub struct Client(Arc<Exchange>);

impl Client {
    /// A client that has at most `questions` under way, from 1 to 512.
    #[must_use]
    pub fn new(questions: usize) -> Self {
        Self::over(Network::default(), questions)
    }

    /// The same with a say in what of the network is used.
    #[must_use]
    pub fn over(network: Network, questions: usize) -> Self {
        Self(Arc::new(Exchange::new(questions, network)))
    }

    /// Whether servers are asked at an address of this kind.
    #[must_use]
    pub fn uses(&self, address: SocketAddr) -> bool {
        self.0.network.family.has(address.ip())
    }

    /// How many questions may be under way at once.
    pub(crate) fn most_questions(&self) -> usize {
        self.0.most_questions
    }

    /// The authoritative server at this address.
    pub(crate) fn authoritative(&self, address: SocketAddr) -> AuthoritativeServer {
        AuthoritativeServer::new(self.0.clone(), address)
    }

    /// A recursive resolver.
    pub(crate) fn resolver(&self, resolver: &Resolver) -> RecursiveResolver {
        RecursiveResolver::new(self.0.clone(), resolver.clone())
    }

    /// Each address at which a resolver is asked, and how.
    ///
    /// # Errors
    ///
    /// It is known by a name for which none is found.
    pub(crate) async fn endpoints(
        &self,
        resolver: &Resolver,
    ) -> Result<Vec<Endpoint>, NetworkFault> {
        self.resolver(resolver).endpoints().await
    }

    /// Sends a query to a resolver, and returns what comes back, as octets.
    ///
    /// # Errors
    ///
    /// Nothing comes back.
    pub(crate) async fn ask_octets(
        &self,
        endpoint: &Endpoint,
        query: &[u8],
    ) -> Result<Vec<u8>, NetworkFault> {
        octets::ask(&self.0, endpoint, query).await
    }

    /// What was found to be odd and is no reason to fail, as far as nobody has taken it yet.
    #[must_use]
    pub fn take_remarks(&self) -> Vec<Remark> {
        self.0.remarks.take()
    }

    /// Remembers what is odd.
    pub(crate) fn remark(&self, remark: Remark) {
        self.0.remarks.make(remark);
    }

    /// The first answer of several authoritative servers that `read` accepts: one with authority (AA), or a referral, if there
    /// is any.
    ///
    /// # Errors
    ///
    /// What is wrong with each of them.
    pub(crate) async fn ask_authoritative<T>(
        &self,
        addresses: &[SocketAddr],
        question: &Question,
        read: impl Fn(&Reply) -> Result<T, ReplyFault>,
    ) -> Result<T, Vec<(SocketAddr, ServerFault)>> {
        let servers = addresses.iter().map(|address| self.authoritative(*address));
        let without_authority = Mutex::new(None);
        let read = |server: &SocketAddr, reply: Box<Reply>| {
            let usable = read(&reply)?;
            if reply.is_authoritative() || reply.referral().is_some() {
                return Ok(usable);
            }
            let mut kept = lock(&without_authority);
            kept.get_or_insert((*server, usable));
            Err(ReplyFault::NotAuthoritative)
        };
        let answer = first_usable(servers.collect(), question, read).await;
        let kept = lock(&without_authority).take();
        match (answer, kept) {
            (Err(_), Some((server, usable))) => {
                self.remark(Remark::NotAuthoritative(server));
                Ok(usable)
            }
            (answer, _) => answer,
        }
    }

    /// What each of several authoritative servers answers that `read` accepts, and what is wrong with the others. Slow ones are
    /// not waited for when another has answered.
    pub(crate) async fn ask_each<T>(
        &self,
        addresses: &[SocketAddr],
        question: &Question,
        read: impl Fn(&Reply) -> Result<T, ReplyFault>,
    ) -> (Vec<T>, Vec<(SocketAddr, ServerFault)>) {
        let ask = |address: &SocketAddr| {
            let (address, server) = (*address, self.authoritative(*address));
            async move { (address, server.ask(question).await) }
        };
        let mut asked: FuturesUnordered<_> = addresses.iter().map(ask).collect();
        let (mut answers, mut faults) = (Vec::new(), Vec::new());
        let mut others_until = None;
        loop {
            let next = match others_until {
                Some(until) => timeout_at(until, asked.next()).await.unwrap_or_default(),
                None => asked.next().await,
            };
            let Some((address, reply)) = next else {
                return (answers, faults);
            };
            let answer = match reply {
                Ok(reply) => read(&reply).map_err(ServerFault::from),
                Err(fault) => Err(fault.into()),
            };
            match answer {
                Ok(answer) => answers.push(answer),
                Err(fault) => faults.push((address, fault)),
            }
            if !answers.is_empty() {
                others_until.get_or_insert_with(|| Instant::now() + SLOWER);
            }
        }
    }

    /// The first answer of several resolvers that `read` accepts.
    ///
    /// # Errors
    ///
    /// What is wrong with each of them.
    pub(crate) async fn ask_resolvers<T>(
        &self,
        resolvers: &[Resolver],
        question: &Question,
        read: impl Fn(Box<Reply>) -> Result<T, ReplyFault>,
    ) -> Result<T, Vec<(Resolver, ServerFault)>> {
        let resolvers = resolvers.iter().map(|resolver| self.resolver(resolver));
        // One that says nothing at all may be no resolver; the next one is asked, if there is one.
        let nothing = Mutex::new(None);
        let read = |_: &Resolver, reply: Box<Reply>| {
            let is_empty = reply.says_nothing();
            let usable = read(reply)?;
            if !is_empty {
                return Ok(usable);
            }
            lock(&nothing).get_or_insert(usable);
            Err(ReplyFault::NotAuthoritative)
        };
        let answer = first_usable(resolvers.collect(), question, read).await;
        let kept = lock(&nothing).take();
        answer.or_else(|faults| kept.ok_or(faults))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
