//! Caching resolvers: which ones, and questions to them with recursion desired.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::sleep;

use crate::address;
use crate::error::{Cause, Error};
use crate::transport::{
    Client, NetworkFault, Question, Reply, ReplyFault, ServerFault, list_faults, system_resolvers,
};

/// How long to wait before all resolvers are asked again.
const BREATH: Duration = Duration::from_millis(200);

/// The resolvers that a person named, or the system's, or Google's public ones where the system names none.
///
/// # Errors
///
/// A sentence that says what is wrong with one of the addresses.
pub fn resolvers(named: &[String]) -> Result<Vec<SocketAddr>, String> {
    if named.is_empty() {
        return Ok(system_resolvers());
    }
    let parse =
        |text: &String| address::parse(text).map_err(|error| format!("resolver `{text}` {error}"));
    named.iter().map(parse).collect()
}

/// Resolvers to be asked one after the other.
#[derive(Clone)]
pub(crate) struct Resolvers {
    client: Client,
    addresses: Vec<SocketAddr>,
}

impl Resolvers {
    pub(crate) fn new(client: Client, addresses: Vec<SocketAddr>) -> Self {
        Self { client, addresses }
    }

    /// A resolver's word on the name, NOERROR or NXDOMAIN.
    ///
    /// # Errors
    ///
    /// [`Cause::Resolver`] where each of them keeps silent, or twice says anything else.
    pub(crate) async fn ask(
        &self,
        name: &Name,
        record_type: RecordType,
    ) -> Result<Box<Reply>, Error> {
        let question = Question::new(name, record_type);
        let ask = || {
            self.client
                .ask_resolvers(&self.addresses, &question, about_name)
        };
        let mut faults = match ask().await {
            Ok(reply) => return Ok(reply),
            Err(faults) => faults,
        };
        // Each try had several of its own already.
        let timed_out = ServerFault::Network(NetworkFault::Timeout);
        if faults.iter().any(|(_, fault)| *fault != timed_out) {
            sleep(BREATH).await;
            faults = match ask().await {
                Ok(reply) => return Ok(reply),
                Err(faults) => faults,
            };
        }
        let listed = list_faults(&faults);
        let detail = format!("asked for {record_type} at {name}, no resolver answers: {listed}");
        Err(Error::new(Cause::Resolver, detail).hint(hint(&faults)))
    }
}

fn about_name(reply: Box<Reply>) -> Result<Box<Reply>, ReplyFault> {
    if reply.is_about_name() {
        Ok(reply)
    } else {
        Err(ReplyFault::ResponseCode(reply.code()))
    }
}

fn hint(faults: &[(SocketAddr, ServerFault)]) -> &'static str {
    let any = |code| {
        let fault = ServerFault::Reply(ReplyFault::ResponseCode(code));
        faults.iter().any(|(_, found)| *found == fault)
    };
    if any(ResponseCode::ServFail) {
        "The name servers of this domain may be down or fail DNSSEC validation, or the resolver cannot reach them; \
         `dig +trace` shows which. Another resolver can be named with --resolver."
    } else if any(ResponseCode::Refused) {
        "This resolver does not serve this machine; name another with --resolver."
    } else {
        "Check /etc/resolv.conf and the network, or name another resolver with --resolver."
    }
}
