//! One probe: sent in the way that it says and in no other, since it is the way that is looked at.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use tokio::io::Interest;
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{timeout, timeout_at};

use crate::check::entry::Observed;
use crate::check::probe::{Probe, Way};
use crate::check::wire;
use crate::transport::{Channel, Client, Endpoint, NetworkFault, ask_over, random_id};

/// How long each datagram is waited for before the next is sent: a lost one is sent again, and a late one is still heard.
const DATAGRAMS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(700),
    Duration::from_millis(800),
];

/// A resolver may have to ask many others.
const OF_RESOLVER: [Duration; 2] = [Duration::from_millis(1500), Duration::from_secs(3)];

/// How long a reply over TCP may take, with its connection.
const STREAM: Duration = Duration::from_secs(2);

/// No datagram is longer.
const DATAGRAM: usize = 1 << 16;

/// Sends a probe, and waits for what comes back. A resolver is asked through a client, as this endpoint says.
pub(super) async fn ask(probe: &Probe, client: &Client, resolver: Option<&Endpoint>) -> Observed {
    let (at, began) = (SystemTime::now(), Instant::now());
    let id = random_id();
    let reply = match wire::encode(probe, id) {
        Err(fault) => Err(fault),
        Ok(query) => match probe.way {
            Way::Tcp => match timeout(STREAM, over_tcp(probe, id, &query)).await {
                Ok(reply) => reply,
                Err(_) => Err(NetworkFault::Timeout),
            },
            Way::Resolver => ask_resolver(probe, id, &query, client, resolver).await,
            Way::Udp | Way::MixedCase | Way::Plain => over_udp(probe, id, &query, &DATAGRAMS).await,
        },
    };
    Observed {
        at,
        took: began.elapsed(),
        reply,
    }
}

async fn over_udp(
    probe: &Probe,
    id: u16,
    query: &[u8],
    waits: &[Duration],
) -> Result<Vec<u8>, NetworkFault> {
    let any: SocketAddr = match probe.server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // A connected socket takes datagrams from nobody else, and hears of ICMP errors.
    let socket = UdpSocket::bind(any).await?;
    socket.connect(probe.server).await?;
    for wait in waits {
        socket.send(query).await?;
        let until = tokio::time::Instant::now() + *wait;
        while let Ok(octets) = timeout_at(until, receive(&socket)).await {
            let octets = octets?;
            if wire::is_reply(probe, id, &octets) {
                return Ok(octets);
            }
        }
    }
    Err(NetworkFault::Timeout)
}

/// A datagram, or the ICMP error that came in its place. While it waits it takes no memory for either.
async fn receive(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    loop {
        // An error makes a socket ready in its own way, and not readable.
        let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
        if ready.is_error()
            && let Some(error) = socket.take_error()?
        {
            return Err(error);
        }
        let mut octets = Vec::with_capacity(DATAGRAM);
        match socket.try_recv_buf(&mut octets) {
            Ok(_) => {
                octets.shrink_to_fit();
                return Ok(octets);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if ready.is_error() {
            let spent = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            // No error is left.
            let _ = socket.try_io(Interest::ERROR, spent);
        }
    }
}

async fn over_tcp(probe: &Probe, id: u16, query: &[u8]) -> Result<Vec<u8>, NetworkFault> {
    let stream = TcpStream::connect(probe.server).await?;
    stream.set_nodelay(true)?;
    own(probe, id, ask_over(stream, query).await?)
}

async fn ask_resolver(
    probe: &Probe,
    id: u16,
    query: &[u8],
    client: &Client,
    resolver: Option<&Endpoint>,
) -> Result<Vec<u8>, NetworkFault> {
    match resolver {
        Some(endpoint) if endpoint.channel != Channel::Any => {
            own(probe, id, client.ask_octets(endpoint, query).await?)
        }
        _ => over_udp(probe, id, query, &OF_RESOLVER).await,
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
