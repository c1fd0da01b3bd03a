//! One question over UDP, from a socket of its own so that the port is random (RFC 5452 §9.2).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::transport::fault::NetworkFault;
use crate::transport::message::{Encoded, Query, Received};
use crate::transport::reply::Reply;

/// Servers may send more than was advertised; what is longer than this is cut by the kernel and then malformed.
const DATAGRAM: usize = 4096;

/// What comes back over UDP.
pub(super) enum UdpReply {
    /// The reply.
    Whole(Box<Reply>),
    /// The reply is cut short (TC) and has to be asked for over TCP.
    Truncated,
}

/// Asks, and waits without limit for a reply that belongs to the question.
pub(super) async fn ask(
    server: SocketAddr,
    query: Query<'_>,
    edns: bool,
) -> Result<UdpReply, NetworkFault> {
    let socket = UdpSocket::bind(unspecified(server)).await?;
    // A connected socket takes datagrams from nobody else, and hears of ICMP errors.
    socket.connect(server).await?;
    let query = query.encode(edns)?;
    socket.send(&query.octets).await?;
    loop {
        // An ICMP error makes a socket ready in its own way, and not readable.
        let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
        if ready.is_error() {
            take_error(&socket)?;
        }
        match take_datagram(&socket, &query)? {
            Received::Foreign => {}
            Received::Truncated => return Ok(UdpReply::Truncated),
            Received::Malformed(error) => return Err(NetworkFault::Malformed(error)),
            Received::Reply(reply) => return Ok(UdpReply::Whole(reply)),
        }
    }
}

fn take_error(socket: &UdpSocket) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    let spent = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
    match socket.try_io(Interest::ERROR, spent) {
        Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
        _ => Ok(()),
    }
}

/// This is apart from [`ask`], so that the buffer is not part of every waiting future.
fn take_datagram(socket: &UdpSocket, query: &Encoded<'_>) -> Result<Received, NetworkFault> {
    let mut buffer = [0; DATAGRAM];
    match socket.try_recv(&mut buffer) {
        Ok(length) => Ok(query.receive(&buffer[..length])),
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(Received::Foreign),
        Err(e) => Err(e.into()),
    }
}

fn unspecified(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
