//! One question over TCP (RFC 7766), on a connection of its own.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::transport::fault::NetworkFault;
use crate::transport::message::{Query, Received};
use crate::transport::reply::Reply;

/// Asks, and waits without limit for the reply.
pub(super) async fn ask(
    server: SocketAddr,
    query: Query<'_>,
    edns: bool,
) -> Result<Box<Reply>, NetworkFault> {
    let stream = TcpStream::connect(server).await?;
    ask_over(stream, query, edns).await
}

/// Asks over a stream, where each message has its length before it (RFC 1035 §4.2.2).
async fn ask_over(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    query: Query<'_>,
    edns: bool,
) -> Result<Box<Reply>, NetworkFault> {
    let query = query.encode(edns)?;
    let length = u16::try_from(query.octets.len())
        .map_err(|_| NetworkFault::Malformed("the query is too long".into()))?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&query.octets);
    stream.write_all(&framed).await?;
    let length = usize::from(stream.read_u16().await?);
    let mut octets = vec![0; length];
    stream.read_exact(&mut octets).await?;
    let malformed = |why: &str| Err(NetworkFault::Malformed(why.into()));
    match query.receive(&octets) {
        Received::Reply(reply) => Ok(reply),
        Received::Malformed(error) => Err(NetworkFault::Malformed(error)),
        Received::Truncated => malformed("cut short (TC) even over TCP"),
        Received::Foreign => malformed("it belongs to another question"),
    }
}
