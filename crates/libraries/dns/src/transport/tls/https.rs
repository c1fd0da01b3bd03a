//! Questions over HTTPS (RFC 8484), with HTTP/2: one connection to each server, for as many questions as there are.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex as OneOpens;
use tokio::time::{Instant, timeout};

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

/// After this long without an answer it is looked whether the server takes questions at all.
const SILENCE: Duration = Duration::from_secs(2);

/// No answer to a question has more header, in octets.
const LARGEST_HEADER: u32 = 16 * 1024;

/// How many questions a connection has at once before its server has said how many it takes, and so what h2 tells of one that has
/// said nothing (RFC 9113 §3.4): no number that a server would say.
const UNTOLD: usize = 99;

/// The connections that there are.
#[derive(Default)]
pub(in crate::transport) struct Connections(Mutex<HashMap<Endpoint, Arc<Slot>>>);

/// The connection to one server: one question opens it, and the others wait for that.
#[derive(Default)]
struct Slot(OneOpens<State>);

#[derive(Default)]
struct State {
    open: Option<Connection>,
    /// How many there were.
    count: u64,
}

/// A connection.
#[derive(Clone)]
struct Connection {
    requests: SendRequest<Bytes>,
    /// Which one to the server it is.
    number: u64,
    /// Whether a question was answered over it.
    has_answered: Arc<AtomicBool>,
    /// Whether one was given up since the last answer: it may be dead, and nobody told this machine.
    is_doubtful: Arc<AtomicBool>,
}

/// A question that is under way; where it is given up after a while, its connection is doubtful.
struct UnderWay<'a> {
    connection: &'a Connection,
    since: Instant,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.since.elapsed() > SILENCE {
            self.connection.is_doubtful.store(true, Ordering::Relaxed);
        }
    }
}

/// Why there is no reply.
enum Failure {
    /// The connection has ended, or the server has broken the request off.
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
        slot.post(|| open_to(tls, server, name), url, query).await
    }

    fn slot(&self, server: &Endpoint) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(server.clone()).or_default().clone()
    }
}

impl Slot {
    /// Posts a query over the connection that there is, or a new one that `open` makes.
    async fn post<F>(
        &self,
        open: impl Fn() -> F,
        url: &str,
        query: &[u8],
    ) -> Result<Vec<u8>, NetworkFault>
    where
        F: Future<Output = Result<SendRequest<Bytes>, NetworkFault>>,
    {
        let mut may_try_again = true;
        loop {
            let connection = self.connection(&open).await?;
            let fault = match connection.post(url, query).await {
                Ok(reply) => return Ok(reply),
                Err(Failure::Other(fault)) => return Err(fault),
                Err(Failure::Ended(fault)) => fault,
            };
            // A server may close a connection whenever it likes, even after each answer, and a question may be asked twice: it is
            // asked over another one. Where it closes those without any answer, that is tried once.
            self.close(connection.number).await;
            if !connection.has_answered.load(Ordering::Relaxed) {
                if !may_try_again {
                    return Err(fault);
                }
                may_try_again = false;
            }
        }
    }

    /// The connection that there is, or a new one.
    async fn connection<F>(&self, open: impl Fn() -> F) -> Result<Connection, NetworkFault>
    where
        F: Future<Output = Result<SendRequest<Bytes>, NetworkFault>>,
    {
        let mut state = self.0.lock().await;
        if let Some(open) = &state.open
            && !open.is_doubtful.load(Ordering::Relaxed)
        {
            return Ok(open.clone());
        }
        let opened = timeout(CONNECTING, open()).await;
        let opened = opened.unwrap_or(Err(NetworkFault::Timeout))?;
        state.count += 1;
        let connection = Connection {
            requests: opened,
            number: state.count,
            has_answered: Arc::default(),
            is_doubtful: Arc::default(),
        };
        state.open = Some(connection.clone());
        Ok(connection)
    }

    /// Forgets a connection that has ended, unless there is another already.
    async fn close(&self, number: u64) {
        let mut state = self.0.lock().await;
        if state
            .open
            .as_ref()
            .is_some_and(|open| open.number == number)
        {
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
    speak(tls.connect_for_https(stream, name).await?).await
}

/// Begins to speak HTTP/2 over a connection.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<SendRequest<Bytes>, NetworkFault> {
    let spoken = h2::client::Builder::new()
        .initial_max_send_streams(UNTOLD)
        .max_header_list_size(LARGEST_HEADER)
        .enable_push(false)
        .handshake(stream)
        .await;
    let (requests, connection) = spoken.map_err(|error| fault(error, false))?;
    // What goes wrong on it, each of its requests hears.
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

impl Connection {
    async fn post(&self, url: &str, query: &[u8]) -> Result<Vec<u8>, Failure> {
        let under_way = UnderWay {
            connection: self,
            since: Instant::now(),
        };
        let ended = |error| Failure::Ended(fault(error, false));
        let request = Request::post(url)
            .header(ACCEPT, MESSAGE)
            .header(CONTENT_TYPE, MESSAGE)
            .body(())
            .map_err(|error| other(error.to_string()))?;
        let mut requests = self.requests.clone().ready().await.map_err(ended)?;
        let (response, mut body) = requests.send_request(request, false).map_err(ended)?;
        let query = Bytes::copy_from_slice(query);
        body.send_data(query, true).map_err(ended)?;
        let mut response = pin!(response);
        let response = match timeout(SILENCE, &mut response).await {
            Ok(response) => response,
            // The question waits here, and was not sent.
            Err(_) if requests.current_max_send_streams() == 0 => {
                return Err(other(
                    "it takes no questions (SETTINGS_MAX_CONCURRENT_STREAMS is 0)".into(),
                ));
            }
            // A server of HTTP/2 speaks before it is asked anything.
            Err(_) if requests.current_max_send_streams() == UNTOLD => {
                return Err(other("it does not speak HTTP/2".into()));
            }
            Err(_) => response.await,
        };
        let response = response.map_err(ended)?;
        if let Some(why) = refusal(&response) {
            return Err(other(why));
        }
        let ended = |error| Failure::Ended(fault(error, true));
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
        drop(under_way);
        self.has_answered.store(true, Ordering::Relaxed);
        self.is_doubtful.store(false, Ordering::Relaxed);
        Ok(reply)
    }
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

/// What went wrong with a request, before or amid its answer.
fn fault(error: h2::Error, amid_answer: bool) -> NetworkFault {
    let closed = NetworkFault::Closed { amid_answer };
    if error.is_io() {
        return match error.into_io().map(NetworkFault::from) {
            None | Some(NetworkFault::Closed { .. }) => closed,
            Some(fault) => fault,
        };
    }
    match error.reason() {
        None | Some(Reason::NO_ERROR) => closed,
        Some(code) if error.is_library() => {
            NetworkFault::Https(format!("what it sends is no HTTP/2 ({code:?})"))
        }
        Some(code) if error.is_go_away() => {
            NetworkFault::Https(format!("it closes the connection ({code:?})"))
        }
        Some(code) => NetworkFault::Https(format!("it breaks the request off ({code:?})")),
    }
}

#[cfg(test)]
mod tests;
