//! One question, one reply: over UDP or TCP, from a socket of its own so that the port is random (RFC 5452 §9.2).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UdpSocket};

use crate::message::{Question, Received, Reply, receive};
use crate::silence::Silence;

/// Servers may send more than was advertised; what is longer than this is cut by the kernel and then malformed.
const DATAGRAM: usize = 4096;

/// What a UDP exchange can end with, beside silence.
pub(crate) enum Answer {
    /// The reply.
    Whole(Box<Reply>),
    /// The reply was cut short (TC) and has to be asked for over TCP.
    Truncated,
}

/// Asks over UDP and waits, without limit, for a reply that belongs to the question.
pub(crate) async fn udp(
    server: SocketAddr,
    question: &Question,
    edns: bool,
) -> Result<Answer, Silence> {
    let socket = UdpSocket::bind(unspecified(server)).await?;
    // A connected socket takes datagrams from nobody else, and hears of ICMP errors.
    socket.connect(server).await?;
    let (id, query) = encode(question, edns)?;
    socket.send(&query).await?;
    loop {
        // An ICMP error makes a socket ready in its own way, and not readable.
        let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
        if ready.is_error() {
            take_error(&socket)?;
        }
        match take_datagram(&socket, id, question)? {
            Received::Foreign => {}
            Received::Truncated => return Ok(Answer::Truncated),
            Received::Malformed(error) => return Err(Silence::Malformed(error)),
            Received::Reply(reply) => return Ok(Answer::Whole(reply)),
        }
    }
}

/// Asks over TCP (RFC 7766) and waits, without limit, for the reply.
pub(crate) async fn tcp(
    server: SocketAddr,
    question: &Question,
    edns: bool,
) -> Result<Box<Reply>, Silence> {
    let mut stream = TcpStream::connect(server).await?;
    let (id, query) = encode(question, edns)?;
    let length = u16::try_from(query.len())
        .map_err(|_| Silence::Malformed("the query is too long".into()))?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&query);
    stream.write_all(&framed).await?;
    let length = usize::from(stream.read_u16().await?);
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    match receive(&bytes, id, question) {
        Received::Reply(reply) => Ok(reply),
        Received::Malformed(error) => Err(Silence::Malformed(error)),
        Received::Truncated => Err(Silence::Malformed("cut short (TC) even over TCP".into())),
        Received::Foreign => Err(Silence::Malformed("it belongs to another question".into())),
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

/// Apart from [`udp`], so that the buffer is not part of every waiting future.
fn take_datagram(socket: &UdpSocket, id: u16, question: &Question) -> Result<Received, Silence> {
    let mut buffer = [0; DATAGRAM];
    match socket.try_recv(&mut buffer) {
        Ok(length) => Ok(receive(&buffer[..length], id, question)),
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(Received::Foreign),
        Err(e) => Err(e.into()),
    }
}

fn encode(question: &Question, edns: bool) -> Result<(u16, Vec<u8>), Silence> {
    let message = question.message(edns);
    let bytes = message
        .to_vec()
        .map_err(|e| Silence::Malformed(format!("the query itself: {e}")))?;
    Ok((message.id, bytes))
}

fn unspecified(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
