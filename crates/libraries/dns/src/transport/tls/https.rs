//! Questions over HTTPS (RFC 8484), with HTTP/2: one connection to each server, for as many questions as there are.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
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
pub(in crate::transport) struct Connections(Mutex<HashMap<Endpoint, SendRequest<Bytes>>>);

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
        let open = self.lock().get(server).cloned();
        if let Some(open) = open {
            match post(open, url, query).await {
                Ok(reply) => return Ok(reply),
                Err(Failure::Other(fault)) => return Err(fault),
                // It is asked once more, over another.
                Err(Failure::Ended(_)) => {
                    self.lock().remove(server);
                }
            }
        }
        let opened = timeout(CONNECTING, open_to(tls, server, name)).await;
        let opened = opened.unwrap_or(Err(NetworkFault::Timeout))?;
        self.lock().insert(server.clone(), opened.clone());
        let posted = post(opened, url, query).await;
        posted.map_err(|failure| match failure {
            Failure::Ended(fault) | Failure::Other(fault) => fault,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Endpoint, SendRequest<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
