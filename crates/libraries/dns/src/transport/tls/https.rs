//! Questions over HTTPS (RFC 8484), with HTTP/2: one connection to each server, for as many questions as there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use tokio::sync::Mutex as OneOpens;
use tokio::time::timeout;

use crate::transport::endpoint::Endpoint;
use crate::transport::fault::NetworkFault;
use crate::transport::tcp::connect;
use crate::transport::tls::connection::Tls;

/// The media type of a DNS message (RFC 8484 §6).
const MESSAGE: &str = "application/dns-message";

/// No DNS message is longer, in octets.
const LONGEST: usize = 65_535;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(5);

/// The connections that there are.
#[derive(Default)]
pub(in crate::transport) struct Connections(Mutex<HashMap<Endpoint, Arc<Slot>>>);

/// The connection to one server: one question opens it, and the others wait for that.
#[derive(Default)]
struct Slot(OneOpens<State>);

#[derive(Default)]
struct State {
    open: Option<SendRequest<Bytes>>,
    /// Which connection that is.
    number: u64,
}

/// Why there is no reply.
enum Failure {
    /// The connection has ended: a server may close it whenever it likes.
    Ended(NetworkFault),
    /// The server answers, and not as one that is asked for DNS.
    Other(NetworkFault),
}

impl Connections {
    /// Posts a query to this URL, at a server with a certificate for this name, and waits without limit for the reply.
    pub(in crate::transport) async fn post(
        &self,
        tls: &Tls,
        server: &Endpoint,
        (name, url): (&str, &str),
        query: &[u8],
    ) -> Result<Vec<u8>, NetworkFault> {
        let slot = self.slot(server);
        let (requests, number) = slot.open(tls, server, name).await?;
        match post(requests, url, query).await {
            Ok(reply) => return Ok(reply),
            Err(Failure::Other(fault)) => return Err(fault),
            Err(Failure::Ended(_)) => {}
        }
        // A connection that was there may have been closed meanwhile: it is asked once more, over another.
        slot.close(number).await;
        let (requests, _) = slot.open(tls, server, name).await?;
        let posted = post(requests, url, query).await;
        posted.map_err(|failure| match failure {
            Failure::Ended(fault) | Failure::Other(fault) => fault,
        })
    }

    fn slot(&self, server: &Endpoint) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(server.clone()).or_default().clone()
    }
}

impl Slot {
    /// The connection that there is, or a new one, and which that is.
    async fn open(
        &self,
        tls: &Tls,
        server: &Endpoint,
        name: &str,
    ) -> Result<(SendRequest<Bytes>, u64), NetworkFault> {
        let mut state = self.0.lock().await;
        if let Some(open) = &state.open {
            return Ok((open.clone(), state.number));
        }
        let opened = timeout(CONNECTING, open_to(tls, server, name)).await;
        let opened = opened.unwrap_or(Err(NetworkFault::Timeout))?;
        state.number += 1;
        state.open = Some(opened.clone());
        Ok((opened, state.number))
    }

    /// Forgets a connection that has ended, unless there is another already.
    async fn close(&self, number: u64) {
        let mut state = self.0.lock().await;
        if state.number == number {
            state.open = None;
        }
    }
}

async fn open_to(
    tls: &Tls,
    server: &Endpoint,
    name: &str,
) -> Result<SendRequest<Bytes>, NetworkFault> {
    let stream = connect(server.address).await?;
    let stream = tls.connect_for_https(stream, name).await?;
    let (requests, connection) = h2::client::handshake(stream).await.map_err(fault)?;
    // What goes wrong on it, each of its requests hears.
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

async fn post(requests: SendRequest<Bytes>, url: &str, query: &[u8]) -> Result<Vec<u8>, Failure> {
    let ended = |error: h2::Error| Failure::Ended(fault(error));
    let request = Request::post(url)
        .header(ACCEPT, MESSAGE)
        .header(CONTENT_TYPE, MESSAGE)
        .body(())
        .map_err(|error| other(error.to_string()))?;
    let mut requests = requests.ready().await.map_err(ended)?;
    let (response, mut body) = requests.send_request(request, false).map_err(ended)?;
    let query = Bytes::copy_from_slice(query);
    body.send_data(query, true).map_err(ended)?;
    let response = response.await.map_err(ended)?;
    if let Some(why) = refusal(&response) {
        return Err(other(why));
    }
    let mut body = response.into_body();
    let mut reply = Vec::new();
    while let Some(part) = body.data().await {
        let part = part.map_err(ended)?;
        if reply.len() + part.len() > LONGEST {
            return Err(other("its reply is longer than a DNS message".into()));
        }
        reply.extend_from_slice(&part);
        body.flow_control()
            .release_capacity(part.len())
            .map_err(ended)?;
    }
    Ok(reply)
}

/// What is wrong with a response that has no DNS message in it (RFC 8484 §4.2.1).
fn refusal<T>(response: &Response<T>) -> Option<String> {
    if response.status() != StatusCode::OK {
        return Some(format!(
            "it answers with the HTTP status {}",
            response.status()
        ));
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let is_message = kind.is_some_and(|kind| kind.as_bytes().starts_with(MESSAGE.as_bytes()));
    (!is_message).then(|| "what it answers is no DNS message".into())
}

fn other(why: String) -> Failure {
    Failure::Other(NetworkFault::Https(why))
}

fn fault(error: h2::Error) -> NetworkFault {
    match error.is_io() {
        true => error.into_io().map_or(NetworkFault::Refused, Into::into),
        false => NetworkFault::Https(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_in_a_response_that_says_ok_is_a_reply() {
        for (status, kind, refused) in [
            (200, Some("application/dns-message"), None),
            (
                200,
                Some("text/html"),
                Some("what it answers is no DNS message"),
            ),
            (200, None, Some("what it answers is no DNS message")),
            (
                404,
                Some("text/html"),
                Some("it answers with the HTTP status 404 Not Found"),
            ),
            (
                301,
                None,
                Some("it answers with the HTTP status 301 Moved Permanently"),
            ),
        ] {
            let mut response = Response::builder().status(status);
            if let Some(kind) = kind {
                response = response.header(CONTENT_TYPE, kind);
            }
            let said = refusal(&response.body(()).unwrap());
            assert_eq!(said.as_deref(), refused, "{status} {kind:?}");
        }
    }
}
