//! The client, through which DNS servers are asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::transport::authoritative::AuthoritativeServer;
use crate::transport::exchange::Exchange;
use crate::transport::fault::{ReplyFault, ServerFault};
use crate::transport::first_usable::first_usable;
use crate::transport::message::Question;
use crate::transport::remark::Remark;
use crate::transport::reply::Reply;
use crate::transport::resolver::RecursiveResolver;

/// Asks DNS servers. Clones share limits and what they have learned of the servers.
#[derive(Clone)]
pub struct Client(Arc<Exchange>);

impl Client {
    /// A client that has at most `questions` under way, from 1 to 512.
    #[must_use]
    pub fn new(questions: usize) -> Self {
        Self(Arc::new(Exchange::new(questions)))
    }

    /// The authoritative server at this address.
    pub(crate) fn authoritative(&self, address: SocketAddr) -> AuthoritativeServer {
        AuthoritativeServer::new(self.0.clone(), address)
    }

    /// The recursive resolver at this address.
    pub(crate) fn resolver(&self, address: SocketAddr) -> RecursiveResolver {
        RecursiveResolver::new(self.0.clone(), address)
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
        let read = |server, reply: Box<Reply>| {
            let usable = read(&reply)?;
            if reply.is_authoritative() || reply.referral().is_some() {
                return Ok(usable);
            }
            let mut kept = lock(&without_authority);
            kept.get_or_insert((server, usable));
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

    /// The first answer of several resolvers that `read` accepts.
    ///
    /// # Errors
    ///
    /// What is wrong with each of them.
    pub(crate) async fn ask_resolvers<T>(
        &self,
        addresses: &[SocketAddr],
        question: &Question,
        read: impl Fn(Box<Reply>) -> Result<T, ReplyFault>,
    ) -> Result<T, Vec<(SocketAddr, ServerFault)>> {
        let resolvers = addresses.iter().map(|address| self.resolver(*address));
        let read = |_, reply| read(reply);
        first_usable(resolvers.collect(), question, read).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
