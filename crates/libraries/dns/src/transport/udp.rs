//! Questions over UDP, each on a socket that no other question has at the time. The system gives each socket a random
//! port (RFC 5452 §9.2).

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::transport::fault::NetworkFault;
use crate::transport::message::{Encoded, Query, Received};
use crate::transport::reply::Reply;

/// Servers may send more than was advertised; what is longer than this is cut by the kernel and then malformed.
const DATAGRAM: usize = 4096;

/// How many questions a socket is used for, one after the other: whoever wants to forge a reply has to guess its port.
const MOST_USES: u32 = 64;

/// How many sockets are kept that no question uses just now.
const MOST_IDLE: usize = 64;

/// Sockets that wait for the next question to their server.
#[derive(Default)]
pub(crate) struct Sockets(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    by_server: HashMap<SocketAddr, Vec<Socket>>,
    count: usize,
}

/// A socket to one server.
pub(crate) struct Socket {
    socket: UdpSocket,
    uses: u32,
}

/// A question that was sent.
pub(super) struct Datagram<'a> {
    sockets: &'a Sockets,
    server: SocketAddr,
    socket: Option<Socket>,
    query: Encoded,
}

/// What comes back over UDP.
pub(super) enum UdpReply {
    /// The reply.
    Whole(Box<Reply>),
    /// The reply is cut short (TC) and has to be asked for over TCP.
    Truncated,
}

impl Sockets {
    /// Sends a question.
    pub(super) async fn send(
        &self,
        server: SocketAddr,
        query: Query<'_>,
        edns: bool,
    ) -> Result<Datagram<'_>, NetworkFault> {
        let query = query.encode(edns)?;
        let socket = self.open(server).await?;
        socket.send(query.octets()).await?;
        Ok(Datagram {
            sockets: self,
            server,
            socket: Some(socket),
            query,
        })
    }

    /// A socket that waits for a question to its server, or a new one.
    pub(crate) async fn open(&self, server: SocketAddr) -> io::Result<Socket> {
        match self.take(server) {
            Some(idle) => Ok(idle),
            None => Socket::connect(server).await,
        }
    }

    fn take(&self, server: SocketAddr) -> Option<Socket> {
        let mut idle = self.idle();
        let socket = idle.by_server.get_mut(&server)?.pop()?;
        idle.count -= 1;
        Some(socket)
    }

    /// Keeps a socket whose question has its reply.
    pub(crate) fn give_back(&self, server: SocketAddr, mut socket: Socket) {
        socket.uses += 1;
        let mut idle = self.idle();
        if socket.uses < MOST_USES && idle.count < MOST_IDLE {
            idle.by_server.entry(server).or_default().push(socket);
            idle.count += 1;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket {
    /// A connected socket takes datagrams from nobody else, and hears of ICMP errors.
    async fn connect(server: SocketAddr) -> io::Result<Socket> {
        let socket = UdpSocket::bind(unspecified(server)).await?;
        socket.connect(server).await?;
        Ok(Socket { socket, uses: 0 })
    }

    /// Sends a query.
    pub(crate) async fn send(&self, query: &[u8]) -> io::Result<()> {
        self.socket.send(query).await?;
        Ok(())
    }

    /// The length of a datagram that has come, and now is in the buffer.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.socket.try_recv(buffer) {
            Ok(length) => Ok(Some(length)),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Waits until something may have come. An ICMP error makes a socket ready in its own way, and not readable.
    pub(crate) async fn ready(&self) -> io::Result<()> {
        let ready = self
            .socket
            .ready(Interest::READABLE | Interest::ERROR)
            .await?;
        match ready.is_error() {
            true => take_error(&self.socket),
            false => Ok(()),
        }
    }
}

impl Datagram<'_> {
    /// Waits without limit for the reply. What is no reply to this question is passed over.
    pub(super) async fn reply(&mut self) -> Result<UdpReply, NetworkFault> {
        let Some(socket) = &self.socket else {
            return std::future::pending().await;
        };
        let reply = loop {
            match take_datagram(socket, &self.query)? {
                Received::Foreign => {}
                Received::Truncated => break UdpReply::Truncated,
                Received::Malformed(error) => return Err(NetworkFault::Malformed(error)),
                Received::Reply(reply) => break UdpReply::Whole(reply),
            }
            socket.ready().await?;
        };
        if let Some(socket) = self.socket.take() {
            self.sockets.give_back(self.server, socket);
        }
        Ok(reply)
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

/// This is apart from [`Datagram::reply`], so that the buffer is not part of every waiting future.
fn take_datagram(socket: &Socket, query: &Encoded) -> Result<Received, NetworkFault> {
    let mut buffer = [0; DATAGRAM];
    Ok(match socket.receive(&mut buffer)? {
        Some(length) => query.receive(&buffer[..length]),
        None => Received::Foreign,
    })
}

fn unspecified(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
