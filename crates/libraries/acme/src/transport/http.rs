//! One request and its reply: bounded in time and size, over connections that are kept for the next.

use crate::error::Result;
use crate::request::{Purpose, Request};
use crate::text::shorten;
use crate::transport::address_cache::AddressCache;
use crate::transport::config::{CALL_TIMEOUT, CONNECT_TIMEOUT, ClientConfig};
use crate::transport::connection::{CaConnector, LARGEST_HEADER};
use crate::transport::no_reply::NoReply;
use crate::transport::reply::{Reply, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use ureq::http::{self, Response};
use ureq::{Agent, Body};

/// No object of ACME's is larger: an order of a thousand names has some 200 kB.
const LARGEST_JSON: u64 = 1024 * 1024;
/// A chain has some kB; one signed with post-quantum algorithms may have hundreds.
const LARGEST_CHAIN: u64 = 4 * 1024 * 1024;

/// The output buffer: a longer body goes out in pieces; a line, which may hold a URL, has to fit. Each connection has two
/// such buffers, two for what comes back, and one that grows with the headers of a reply.
const OUTPUT: usize = 4 * 1024;
const INPUT: usize = 4 * 1024;

/// The longest text in a trace, in characters: traces are for people.
const LONGEST_TRACE: usize = 4096;

/// Connections to one CA.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    trace: Option<fn(&str)>,
    /// How long the quickest reply took, in microseconds.
    fastest: AtomicU64,
}

impl Http {
    /// Keeps as many connections as there may be requests under way.
    pub(crate) fn new(config: &ClientConfig) -> Result<Http> {
        let agent = Agent::config_builder()
            .tls_config(config.trust.tls_config()?)
            .user_agent(&config.user_agent)
            .https_only(true)
            // ureq reads the variables of the environment otherwise, in a way of its own.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(3)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(CALL_TIMEOUT))
            .max_response_header_size(LARGEST_HEADER)
            .input_buffer_size(INPUT)
            .output_buffer_size(OUTPUT)
            .max_idle_connections(config.jobs)
            .max_idle_connections_per_host(config.jobs)
            .build();
        let proxies = Arc::new(config.proxies.clone());
        let connector = CaConnector::new(proxies.clone(), config.trust.connector());
        Ok(Http {
            agent: Agent::with_parts(agent, connector, AddressCache::new(proxies)),
            trace: config.trace,
            fastest: AtomicU64::new(u64::MAX),
        })
    }

    /// A function that cuts off what is under way.
    pub(crate) fn shutdown(&self) -> impl FnOnce() + Send + 'static {
        let agent = self.agent.clone();
        move || agent.shutdown()
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        Duration::from_micros(self.fastest.load(Ordering::Relaxed))
    }

    pub(crate) fn get(&self, purpose: Purpose, url: &str) -> std::result::Result<Reply, NoReply> {
        self.reply(purpose, "GET", url, None, || self.agent.get(url).call())
    }

    pub(crate) fn head(&self, purpose: Purpose, url: &str) -> std::result::Result<Reply, NoReply> {
        self.reply(purpose, "HEAD", url, None, || self.agent.head(url).call())
    }

    /// `payload` is what `body` holds signed, for the trace.
    pub(crate) fn post(
        &self,
        purpose: Purpose,
        url: &str,
        body: &str,
        payload: &str,
    ) -> std::result::Result<Reply, NoReply> {
        self.reply(purpose, "POST", url, Some(payload), || {
            let request = http::Request::post(url)
                .header("content-type", "application/jose+json")
                .body(body)?;
            // A signature is for one URL (RFC 8555 §6.4): following a redirect with it makes no sense.
            let request = self.agent.configure_request(request).max_redirects(0);
            self.agent
                .run(request.max_redirects_will_error(false).build())
        })
    }

    fn reply(
        &self,
        purpose: Purpose,
        method: &'static str,
        url: &str,
        payload: Option<&str>,
        ask: impl FnOnce() -> std::result::Result<Response<Body>, ureq::Error>,
    ) -> std::result::Result<Reply, NoReply> {
        self.trace(|| match payload {
            Some(payload) => format!("> {method} {url}\n> {}", shown(payload)),
            None => format!("> {method} {url}"),
        });
        let failed = |error: ureq::Error| {
            let request = Request {
                purpose,
                method,
                url: url.to_owned(),
            };
            NoReply::new(request, &error)
        };
        let asked = Instant::now();
        let mut response = ask().map_err(failed)?;
        let limit = match header(&response, "content-type") {
            Some(kind) if kind.contains("pem") => LARGEST_CHAIN,
            _ => LARGEST_JSON,
        };
        let body = response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(failed)?;
        let reply = Reply::new(&response, body);
        let took = asked.elapsed().as_micros().try_into();
        self.fastest
            .fetch_min(took.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.trace(|| {
            let wait = reply.retry_after.map_or_else(String::new, |wait| {
                format!(" (retry after {} s)", wait.as_secs())
            });
            let text = String::from_utf8_lossy(&reply.body);
            format!("< {} {url}{wait}\n< {}", reply.status, shown(&text))
        });
        Ok(reply)
    }

    fn trace(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace(&text());
        }
    }
}

/// A text for the trace. What goes over the wire has no private key; the binding of an external account is left out all
/// the same, since a guess at a weak key could be checked against it.
fn shown(text: &str) -> String {
    if text.contains("externalAccountBinding") {
        return "(a payload with an externalAccountBinding)".into();
    }
    shorten(text, LONGEST_TRACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trace_has_no_binding_and_an_end() {
        let binding = json!({"externalAccountBinding": {"signature": "x"}}).to_string();
        assert!(!shown(&binding).contains("signature"));
        assert_eq!(
            shown(&"x".repeat(LONGEST_TRACE + 1)).chars().count(),
            LONGEST_TRACE + 1
        );
    }
}
