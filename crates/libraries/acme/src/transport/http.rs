//! One request and its reply: bounded in time and size, over connections that are kept for the next.

use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::objects::Jws;
use crate::request::{Purpose, Request};
use crate::transport::body::LargeBodies;
use crate::transport::config::{CONNECT_TIMEOUT, ClientConfig, LOOK_TIMEOUT, WORK_TIMEOUT};
use crate::transport::no_reply::no_reply;
use crate::transport::reply::Reply;
use crate::transport::trace;
use https::{AddressCache, HostConnector, LARGEST_HEADER};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{self, Response};
use ureq::{Agent, Body};

/// The output buffer: a longer body goes out in pieces; a line, which may hold a URL, has to fit. Each connection has two
/// such buffers, two for what comes back, and one that grows with the headers of a reply.
const OUTPUT: usize = 4 * 1024;
const INPUT: usize = 4 * 1024;

/// Connections to CAs.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    user_agent: String,
    trace: Option<fn(&str)>,
}

impl Http {
    /// Keeps as many connections as there may be requests under way.
    pub(crate) fn new(config: &ClientConfig) -> Result<Http> {
        let agent = Agent::config_builder()
            .tls_config(
                config
                    .trust
                    .tls_config()
                    .map_err(|none| Error::NoTrust { why: none.why })?,
            )
            .user_agent(&config.user_agent)
            .https_only(true)
            // ureq reads the variables of the environment otherwise, in a way of its own.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(3)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_response_header_size(LARGEST_HEADER)
            .input_buffer_size(INPUT)
            .output_buffer_size(OUTPUT)
            .max_idle_connections(config.jobs)
            .max_idle_connections_per_host(config.jobs)
            .build();
        let proxies = Arc::new(config.proxies.clone());
        let connector = HostConnector::new(proxies.clone(), config.trust.connector());
        Ok(Http {
            agent: Agent::with_parts(agent, connector, AddressCache::new(proxies)),
            user_agent: config.user_agent.clone(),
            trace: config.trace,
        })
    }

    /// A function that cuts off what is under way.
    pub(crate) fn shutdown(&self) -> impl FnOnce() + Send + 'static {
        let agent = self.agent.clone();
        move || agent.shutdown()
    }

    /// Gets `url`, within `limits`.
    pub(crate) fn get(&self, purpose: Purpose, url: &str, limits: &Limits<'_>) -> Result<Reply> {
        self.without_body(purpose, "GET", url, limits)
    }

    /// Gets the header of `url`, within `limits`.
    pub(crate) fn head(&self, purpose: Purpose, url: &str, limits: &Limits<'_>) -> Result<Reply> {
        self.without_body(purpose, "HEAD", url, limits)
    }

    fn without_body(
        &self,
        purpose: Purpose,
        method: &'static str,
        url: &str,
        limits: &Limits<'_>,
    ) -> Result<Reply> {
        let asked = Asked {
            purpose,
            method,
            url,
            signed: None,
        };
        self.reply(&asked, limits, |limit| {
            let request = http::Request::builder().method(method).uri(url).body(())?;
            let request = self.agent.configure_request(request);
            self.agent.run(request.timeout_global(Some(limit)).build())
        })
    }

    /// Posts `jws` to `url`, within `limits`; `payload` is what it holds signed, for the trace.
    pub(crate) fn post(
        &self,
        purpose: Purpose,
        url: &str,
        jws: &Jws,
        payload: &str,
        limits: &Limits<'_>,
    ) -> Result<Reply> {
        let asked = Asked {
            purpose,
            method: "POST",
            url,
            signed: Some((jws, payload)),
        };
        let body = jws.to_json();
        self.reply(&asked, limits, |limit| {
            let mut request =
                http::Request::post(url).header("content-type", "application/jose+json");
            if purpose == Purpose::Certificate {
                // CAs may offer other forms some day (RFC 8555 §7.4.2).
                request = request.header("accept", "application/pem-certificate-chain");
            }
            let request = self.agent.configure_request(request.body(body.as_str())?);
            // A signature is for one URL (RFC 8555 §6.4): following a redirect with it makes no sense.
            let request = request.max_redirects(0).max_redirects_will_error(false);
            self.agent.run(request.timeout_global(Some(limit)).build())
        })
    }

    /// Posts a form to `url` with this query, within `limits`. Neither words nor the trace show the query, which may hold
    /// a secret.
    pub(crate) fn post_form(
        &self,
        request: &Request,
        query: &str,
        form: &str,
        limits: &Limits<'_>,
    ) -> Result<Reply> {
        let asked = Asked {
            purpose: request.purpose,
            method: "POST",
            url: &request.url,
            signed: None,
        };
        self.reply(&asked, limits, |limit| {
            let request = http::Request::post(format!("{}{query}", request.url))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "application/json");
            let request = self.agent.configure_request(request.body(form)?);
            let request = request.max_redirects(0).max_redirects_will_error(false);
            self.agent.run(request.timeout_global(Some(limit)).build())
        })
    }

    fn reply(
        &self,
        asked: &Asked<'_>,
        limits: &Limits<'_>,
        ask: impl FnOnce(Duration) -> std::result::Result<Response<Body>, ureq::Error>,
    ) -> Result<Reply> {
        let url = asked.url;
        self.trace(|| match asked.signed {
            Some((jws, payload)) => trace::signed(url, &self.user_agent, jws, payload),
            None => trace::request(asked.method, url, &self.user_agent),
        });
        let deadline = limits.deadline.at_most(longest(asked.purpose));
        let limit = deadline.left();
        let failed = |error: ureq::Error| no_reply(asked.request(), &error, limit);
        if limit.is_zero() {
            return Err(failed(ureq::Error::Timeout(ureq::Timeout::Global)));
        }
        let mut response = ask(limit).map_err(failed)?;
        let body = limits.large_bodies.receive(response.body_mut(), &deadline);
        let reply = Reply::new(&response, body.map_err(failed)?);
        self.trace(|| trace::reply(url, &reply));
        Ok(reply)
    }

    fn trace(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace(&text());
        }
    }
}

/// Until when a reply has to be there, and how many large ones may be held.
pub(crate) struct Limits<'a> {
    pub(crate) deadline: &'a Deadline,
    pub(crate) large_bodies: &'a LargeBodies,
}

/// A request, for words about it.
struct Asked<'a> {
    purpose: Purpose,
    method: &'static str,
    url: &'a str,
    /// What is posted, and what it holds signed, for the trace.
    signed: Option<(&'a Jws, &'a str)>,
}

impl Asked<'_> {
    fn request(&self) -> Request {
        Request {
            purpose: self.purpose,
            method: self.method,
            url: self.url.to_owned(),
        }
    }
}

/// How long a request for this may take.
fn longest(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::NewAccount
        | Purpose::ExternalAccount
        | Purpose::AccountChange
        | Purpose::KeyChange
        | Purpose::NewOrder
        | Purpose::Challenge
        | Purpose::Deactivation
        | Purpose::Finalization
        | Purpose::Revocation => WORK_TIMEOUT,
        Purpose::Directory
        | Purpose::Nonce
        | Purpose::FindAccount
        | Purpose::Account
        | Purpose::Order
        | Purpose::Authorization
        | Purpose::Certificate
        | Purpose::RenewalInfo => LOOK_TIMEOUT,
    }
}
