//! Messages as they are on the wire, there and back over a connection of their own: for whoever keeps what came.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::transport::endpoint::{Channel, Endpoint};
use crate::transport::exchange::Exchange;
use crate::transport::fault::NetworkFault;
use crate::transport::tcp::connect;

/// How long a resolver may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Sends a query to a resolver over a stream, and returns what comes back, whatever it is.
pub(super) async fn ask(
    exchange: &Exchange,
    endpoint: &Endpoint,
    query: &[u8],
) -> Result<Vec<u8>, NetworkFault> {
    let none = NetworkFault::NoAnswerOver(endpoint.channel.words());
    let asked = timeout(LONGEST, over_stream(exchange, endpoint, query)).await;
    match asked.unwrap_or(Err(NetworkFault::Timeout)) {
        Err(NetworkFault::Timeout) => Err(none),
        reply => reply,
    }
}

async fn over_stream(
    exchange: &Exchange,
    endpoint: &Endpoint,
    query: &[u8],
) -> Result<Vec<u8>, NetworkFault> {
    let tls = exchange.network.tls.as_ref();
    let untrusted = || NetworkFault::Tls("no CA is trusted".into());
    match &endpoint.channel {
        Channel::Any | Channel::Tcp => ask_over(connect(endpoint.address).await?, query).await,
        Channel::Tls(name) => {
            let stream = connect(endpoint.address).await?;
            let stream = tls.ok_or_else(untrusted)?.connect(stream, name).await?;
            ask_over(stream, query).await
        }
        Channel::Https { name, url } => {
            let tls = tls.ok_or_else(untrusted)?;
            let place = (&**name, &**url);
            exchange.https.post(tls, endpoint, place, query).await
        }
    }
}

/// Sends a query over a connection, and waits without limit for what comes back. Each message has its length before it
/// (RFC 1035 §4.2.2).
pub(crate) async fn ask_over(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    query: &[u8],
) -> Result<Vec<u8>, NetworkFault> {
    // A query has a name of 255 octets at most, and little more.
    let mut framed = (query.len() as u16).to_be_bytes().to_vec();
    framed.extend_from_slice(query);
    stream.write_all(&framed).await?;
    stream.flush().await?;
    let first = stream.read_u8().await?;
    let rest = async {
        let length = u16::from_be_bytes([first, stream.read_u8().await?]);
        let mut octets = vec![0; usize::from(length)];
        stream.read_exact(&mut octets).await?;
        Ok::<_, io::Error>(octets)
    };
    rest.await.map_err(|error| match error.into() {
        NetworkFault::Closed { .. } => NetworkFault::Closed { amid_answer: true },
        fault => fault,
    })
}
