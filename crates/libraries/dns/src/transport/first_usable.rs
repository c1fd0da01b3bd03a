//! The first usable answer of several servers.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::timeout;

use crate::transport::fault::{NetworkFault, ReplyFault, ServerFault};
use crate::transport::infra_cache::InfraEntry;
use crate::transport::message::Question;
use crate::transport::reply::Reply;

/// A server that can be one of several.
pub(super) trait Server {
    /// What it is known by.
    type Address;

    /// How long it may take before the next one is asked as well.
    const HEAD_START: Duration;

    fn address(&self) -> Self::Address;

    /// What is to be expected of it.
    fn promise(&self) -> Promise;

    fn ask(
        &self,
        question: &Question,
    ) -> impl Future<Output = Result<Box<Reply>, NetworkFault>> + Send;
}

/// What is to be expected of a server, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    /// It answers.
    Known,
    /// Nobody has asked it yet.
    Unknown,
    /// It did not answer just now.
    Failed,
}

impl Promise {
    pub(super) fn of(entry: &InfraEntry) -> Self {
        match (entry.fault(Instant::now()), entry.round_trip()) {
            (Some(_), _) => Self::Failed,
            (None, Some(_)) => Self::Known,
            (None, None) => Self::Unknown,
        }
    }
}

/// The first usable answer of these servers, each asked when those before it have failed or are slow.
///
/// # Errors
///
/// What the network or `read` says about each server, in the order of the answers.
pub(super) async fn first_usable<S: Server, T>(
    mut servers: Vec<S>,
    question: &Question,
    read: impl Fn(&S::Address, Box<Reply>) -> Result<T, ReplyFault>,
) -> Result<T, Vec<(S::Address, ServerFault)>> {
    servers.sort_by_cached_key(S::promise);
    let mut waiting = servers.into_iter();
    let mut asked = FuturesUnordered::new();
    let mut faults = Vec::new();
    loop {
        if let Some(server) = waiting.next() {
            asked.push(async move { (server.address(), server.ask(question).await) });
        }
        let answer = if waiting.len() == 0 {
            asked.next().await
        } else {
            match timeout(S::HEAD_START, asked.next()).await {
                Ok(answer) => answer,
                Err(_) => continue,
            }
        };
        let Some((server, reply)) = answer else {
            return Err(faults);
        };
        let usable = match reply {
            Ok(reply) => read(&server, reply).map_err(ServerFault::from),
            Err(fault) => Err(fault.into()),
        };
        match usable {
            Ok(usable) => return Ok(usable),
            Err(fault) => faults.push((server, fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hickory_proto::op::ResponseCode;
    use hickory_proto::rr::RecordType;
    use tokio::time::sleep;

    use super::*;
    use crate::name::parse;
    use crate::testing::block_on;

    /// A server that answers with this code, or not at all, after so many milliseconds.
    struct Fake {
        port: u16,
        promise: Promise,
        after: u64,
        reply: Option<ResponseCode>,
    }

    impl Server for Fake {
        type Address = SocketAddr;

        const HEAD_START: Duration = Duration::from_millis(50);

        fn address(&self) -> SocketAddr {
            ([192, 0, 2, 1], self.port).into()
        }

        fn promise(&self) -> Promise {
            self.promise
        }

        async fn ask(&self, _: &Question) -> Result<Box<Reply>, NetworkFault> {
            sleep(Duration::from_millis(self.after)).await;
            let reply = self.reply.map(|code| Box::new(Reply::of_code(code)));
            reply.ok_or(NetworkFault::Timeout)
        }
    }

    fn fake(port: u16, promise: Promise, after: u64, reply: Option<ResponseCode>) -> Fake {
        Fake {
            port,
            promise,
            after,
            reply,
        }
    }

    /// The response code of the first usable answer, or the ports of those that were of no help, in order.
    fn ask(servers: Vec<Fake>) -> Result<ResponseCode, Vec<u16>> {
        let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
        let read = |_: &SocketAddr, reply: Box<Reply>| match reply.code() {
            ResponseCode::Refused => Err(ReplyFault::NotAuthoritative),
            code => Ok(code),
        };
        let first = block_on(first_usable(servers, &question, read));
        first.map_err(|faults| faults.iter().map(|(server, _)| server.port()).collect())
    }

    #[test]
    fn one_after_the_other_is_asked_the_most_promising_first() {
        use Promise::{Failed, Known, Unknown};
        use ResponseCode::{NXDomain, NoError, Refused};
        assert_eq!(ask(Vec::new()), Err(vec![]));
        for (servers, first) in [
            (
                vec![
                    fake(1, Failed, 0, None),
                    fake(2, Unknown, 0, Some(Refused)),
                    fake(3, Known, 0, None),
                ],
                Err(vec![3, 2, 1]),
            ),
            // Fast enough: the second is not asked.
            (
                vec![
                    fake(1, Known, 10, Some(NoError)),
                    fake(2, Known, 0, Some(NXDomain)),
                ],
                Ok(NoError),
            ),
            // Slow: the second is asked as well, and is faster.
            (
                vec![
                    fake(1, Known, 500, Some(NoError)),
                    fake(2, Known, 0, Some(NXDomain)),
                ],
                Ok(NXDomain),
            ),
            // Slow, and still heard after the second has failed.
            (
                vec![fake(1, Known, 100, Some(NoError)), fake(2, Known, 0, None)],
                Ok(NoError),
            ),
        ] {
            assert_eq!(ask(servers), first);
        }
    }
}
