//! Caching resolvers: which ones, and questions to them with recursion desired.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::rr::{Name, RecordType};
use hickory_resolver::config::{GOOGLE, ResolverConfig};
use hickory_resolver::system_conf::read_system_conf;
use tokio::time::sleep;

use crate::address;
use crate::client::Client;
use crate::error::{Cause, Error};
use crate::message::{Question, Reply, mnemonic};
use crate::silence::{self, Fault, Silence};

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

fn system_resolvers() -> Vec<SocketAddr> {
    let config = match read_system_conf() {
        Ok((config, _)) if !config.name_servers().is_empty() => config,
        _ => ResolverConfig::udp_and_tcp(&GOOGLE),
    };
    let mut addresses = Vec::new();
    for server in config.name_servers() {
        let port = server
            .connections
            .first()
            .map_or(address::PORT, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
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
        let question = Question::recursive(name, record_type);
        let mut faults = match self.client.ask_any(&self.addresses, &question, judge).await {
            Ok(reply) => return Ok(reply),
            Err(faults) => faults,
        };
        // Silence was given several tries already.
        if faults
            .iter()
            .any(|(_, fault)| !matches!(fault, Fault::Silent(Silence::Timeout)))
        {
            sleep(BREATH).await;
            faults = match self.client.ask_any(&self.addresses, &question, judge).await {
                Ok(reply) => return Ok(reply),
                Err(faults) => faults,
            };
        }
        let said = silence::list(&faults);
        let detail = format!("asked for {record_type} at {name}, no resolver answers: {said}");
        Err(Error::new(Cause::Resolver, detail).hint(hint(&said)))
    }
}

fn judge(reply: Box<Reply>) -> Result<Box<Reply>, String> {
    if reply.is_about_name() {
        Ok(reply)
    } else {
        Err(mnemonic(reply.code()))
    }
}

fn hint(said: &str) -> &'static str {
    if said.contains("SERVFAIL") {
        "The name servers of this domain may be down or fail DNSSEC validation, or the resolver cannot reach them; \
         `dig +trace` shows which. Another resolver can be named with --resolver."
    } else if said.contains("REFUSED") {
        "This resolver does not serve this machine; name another with --resolver."
    } else {
        "Check /etc/resolv.conf and the network, or name another resolver with --resolver."
    }
}
