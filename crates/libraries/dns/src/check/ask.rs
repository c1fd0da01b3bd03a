//! One probe: sent in the way that it says and in no other, since it is the way that is looked at.

use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};

use crate::check::entry::Observed;
use crate::check::probe::{Probe, Way};
use crate::check::wire;
use crate::transport::{
    Channel, Client, ENDS_EARLY, Endpoint, NetworkFault, Socket, Sockets, ask_over, ends_early,
    random_id,
};

/// How long each datagram is waited for before the next is sent: a lost one is sent again, and a late one is still heard.
const DATAGRAMS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(700),
    Duration::from_millis(800),
];

/// A resolver may have to ask many others.
const OF_RESOLVER: [Duration; 2] = [Duration::from_millis(1500), Duration::from_secs(3)];

/// How long a reply over TCP may take, with its connection: a little less than over UDP, so that it is known by then whether
/// TCP is of use in its place.
const STREAM: Duration = Duration::from_millis(1900);

/// No datagram is longer.
const DATAGRAM: usize = 1 << 16;

/// Sends probes.
pub(super) struct Asker {
    sockets: Sockets,
    /// What comes is read into it.
    buffer: RefCell<Vec<u8>>,
}

impl Default for Asker {
    fn default() -> Asker {
        Asker {
            sockets: Sockets::default(),
            buffer: RefCell::new(vec![0; DATAGRAM]),
        }
    }
}

impl Asker {
    /// Sends a probe, and waits for what comes back. A resolver is asked through a client, as this endpoint says.
    pub(super) async fn ask(
        &self,
        probe: &Probe,
        client: &Client,
        resolver: Option<&Endpoint>,
    ) -> Observed {
        let (at, began) = (SystemTime::now(), Instant::now());
        let id = random_id();
        let reply = match wire::encode(probe, id) {
            Err(fault) => Err(fault),
            Ok(query) => match (probe.way, resolver) {
                // These two are on the heap: they are rarely needed, and larger than everything else.
                (Way::Tcp, _) => {
                    let reply = Box::pin(over_tcp(probe, id, &query));
                    let in_time = timeout(STREAM, reply).await;
                    in_time.unwrap_or(Err(NetworkFault::Timeout))
                }
                (Way::Resolver, Some(endpoint)) if endpoint.channel != Channel::Any => {
                    let reply = Box::pin(client.ask_octets(endpoint, &query)).await;
                    let own = reply.and_then(|octets| own(probe, id, octets));
                    own.and_then(whole)
                }
                (Way::Resolver, _) => self.over_udp(probe, id, &query, &OF_RESOLVER).await,
                _ => self.over_udp(probe, id, &query, &DATAGRAMS).await,
            },
        };
        Observed {
            at,
            took: began.elapsed(),
            reply,
        }
    }

    async fn over_udp(
        &self,
        probe: &Probe,
        id: u16,
        query: &[u8],
        waits: &[Duration],
    ) -> Result<Vec<u8>, NetworkFault> {
        let socket = match probe.way {
            // Whom it goes to may depend on the port that it comes from.
            Way::Again(_) => Socket::connect(probe.server).await?,
            _ => self.sockets.open(probe.server).await?,
        };
        for wait in waits {
            socket.send(query).await?;
            let until = tokio::time::Instant::now() + *wait;
            while let Ok(octets) = timeout_at(until, self.receive(&socket)).await {
                let octets = octets?;
                if wire::is_reply(probe, id, &octets) {
                    self.sockets.give_back(probe.server, socket);
                    return Ok(octets);
                }
            }
        }
        Err(NetworkFault::Timeout)
    }

    /// A datagram, or the ICMP error that came in its place.
    async fn receive(&self, socket: &Socket) -> io::Result<Vec<u8>> {
        loop {
            if let Some(octets) = self.take(socket)? {
                return Ok(octets);
            }
            socket.ready().await?;
        }
    }

    fn take(&self, socket: &Socket) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = self.buffer.borrow_mut();
        let length = socket.receive(&mut buffer)?;
        Ok(length.map(|length| buffer[..length].to_vec()))
    }
}

async fn over_tcp(probe: &Probe, id: u16, query: &[u8]) -> Result<Vec<u8>, NetworkFault> {
    let stream = TcpStream::connect(probe.server).await?;
    stream.set_nodelay(true)?;
    own(probe, id, ask_over(stream, query).await?)
}

/// What came from a resolver over a stream, where nothing of it was left out.
fn whole(octets: Vec<u8>) -> Result<Vec<u8>, NetworkFault> {
    match ends_early(&octets) {
        true => Err(NetworkFault::Malformed(ENDS_EARLY.into())),
        false => Ok(octets),
    }
}

/// What came over a stream, where it is the reply.
fn own(probe: &Probe, id: u16, octets: Vec<u8>) -> Result<Vec<u8>, NetworkFault> {
    match wire::is_reply(probe, id, &octets) {
        true => Ok(octets),
        false => Err(NetworkFault::Malformed(
            "it belongs to another question".into(),
        )),
    }
}
