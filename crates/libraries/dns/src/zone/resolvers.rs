//! What the resolvers say about a name.

use std::time::Duration;

use hickory_proto::rr::{Name, RecordType};
use tokio::time::sleep;

use crate::resolver::Resolver;
use crate::transport::{Client, Question, Reply, ReplyFault};
use crate::zone::error::Error;

/// How long to wait before all resolvers are asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Resolvers to be asked one after the other.
#[derive(Clone)]
pub(super) struct Resolvers {
    client: Client,
    all: Vec<Resolver>,
}

impl Resolvers {
    pub(super) fn new(client: Client, all: Vec<Resolver>) -> Self {
        Self { client, all }
    }

    /// A resolver's answer about the name, NOERROR or NXDOMAIN.
    ///
    /// # Errors
    ///
    /// [`Error::NoResolver`] where none of them answers, or each twice says anything else.
    pub(super) async fn ask(
        &self,
        name: &Name,
        record_type: RecordType,
    ) -> Result<Box<Reply>, Box<Error>> {
        let question = Question::new(name, record_type);
        let ask = || self.client.ask_resolvers(&self.all, &question, about_name);
        let mut faults = match ask().await {
            Ok(reply) => return Ok(reply),
            Err(faults) => faults,
        };
        // A question without answer was asked several times already.
        if faults.iter().any(|(_, fault)| !fault.is_timeout()) {
            sleep(PAUSE).await;
            faults = match ask().await {
                Ok(reply) => return Ok(reply),
                Err(faults) => faults,
            };
        }
        Err(Box::new(Error::NoResolver {
            name: name.clone(),
            record_type,
            faults,
        }))
    }
}

fn about_name(reply: Box<Reply>) -> Result<Box<Reply>, ReplyFault> {
    match reply.recursive_fault() {
        None => Ok(reply),
        Some(fault) => Err(fault),
    }
}
