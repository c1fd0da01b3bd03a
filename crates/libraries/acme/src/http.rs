//! One request and its reply: bounded in time and size, over connections that are kept for the next.

use crate::resolver::SharedResolver;
use crate::{Error, Problem, Result, Settings};
use serde_json::{Map, Value};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use ureq::http::{Request, Response, StatusCode, Uri};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Body};

/// No object of ACME's is larger: an order of a thousand names has some 200 kB.
pub(crate) const MAX_JSON: u64 = 1024 * 1024;
/// A chain has some kB; one signed with post-quantum algorithms may have hundreds.
pub(crate) const MAX_CHAIN: u64 = 4 * 1024 * 1024;

const CONNECT: Duration = Duration::from_secs(15);
/// Some CAs sign the certificate before they answer the request to.
const WHOLE_CALL: Duration = Duration::from_secs(60);
const MAX_HEADER: usize = 8 * 1024;
/// A longer body goes out in pieces; a line, which may hold a URL, has to fit. Each connection has two such buffers, and
/// two for what comes back.
const OUTPUT: usize = 4 * 1024;
/// The longest URL that a CA's objects may hold.
const MAX_URL: usize = 2048;

/// Traces are for people; nobody reads a chain to its end.
const MAX_TRACE: usize = 4096;

/// Connections to one CA.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    trace: bool,
    /// How long the quickest reply took, in microseconds.
    fastest: AtomicU64,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) nonce: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// Why there was no reply.
#[derive(Debug)]
pub(crate) struct NoReply {
    pub(crate) error: Error,
    /// Whether the same request may well succeed when sent again.
    pub(crate) is_passing: bool,
}

impl Http {
    /// As many connections are kept as there may be requests under way.
    pub(crate) fn new(settings: &Settings) -> Result<Http> {
        let Settings {
            trust, jobs, trace, ..
        } = settings;
        let config = Agent::config_builder()
            .tls_config(trust.config()?)
            .user_agent(&settings.user_agent)
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(3)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE_CALL))
            .max_response_header_size(MAX_HEADER)
            .input_buffer_size(MAX_HEADER)
            .output_buffer_size(OUTPUT)
            .max_idle_connections(*jobs)
            .max_idle_connections_per_host(*jobs)
            .build();
        let connector =
            ().chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(trust.connector());
        Ok(Http {
            agent: Agent::with_parts(config, connector, SharedResolver::default()),
            trace: *trace,
            fastest: AtomicU64::new(u64::MAX),
        })
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        Duration::from_micros(self.fastest.load(Ordering::Relaxed))
    }

    pub(crate) fn get(&self, url: &str) -> std::result::Result<Reply, NoReply> {
        self.trace(|| format!("> GET {url}"));
        self.reply("GET", url, || self.agent.get(url).call())
    }

    pub(crate) fn head(&self, url: &str) -> std::result::Result<Reply, NoReply> {
        self.trace(|| format!("> HEAD {url}"));
        self.reply("HEAD", url, || self.agent.head(url).call())
    }

    /// `payload` is what `body` holds signed, for the trace.
    pub(crate) fn post(
        &self,
        url: &str,
        body: &str,
        payload: &str,
    ) -> std::result::Result<Reply, NoReply> {
        self.trace(|| format!("> POST {url}\n> {}", shown(payload)));
        self.reply("POST", url, || {
            let request = Request::post(url)
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
        method: &str,
        url: &str,
        ask: impl FnOnce() -> std::result::Result<Response<Body>, ureq::Error>,
    ) -> std::result::Result<Reply, NoReply> {
        let failed = |error| no_reply(method, url, &error);
        let asked = Instant::now();
        let mut response = ask().map_err(failed)?;
        let limit = match header(&response, "content-type") {
            Some(kind) if kind.contains("pem") => MAX_CHAIN,
            _ => MAX_JSON,
        };
        let body = response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(failed)?;
        let reply = Reply {
            status: response.status(),
            nonce: header(&response, "replay-nonce").filter(|nonce| is_nonce(nonce)),
            location: header(&response, "location"),
            retry_after: header(&response, "retry-after").and_then(|text| retry_after(&text)),
            body,
        };
        let took = asked.elapsed().as_micros().try_into();
        self.fastest
            .fetch_min(took.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.trace(|| {
            let text = String::from_utf8_lossy(&reply.body);
            let wait = reply
                .retry_after
                .map(|wait| format!(" (retry after {} s)", wait.as_secs()));
            format!(
                "< {} {url}{}\n< {}",
                reply.status,
                wait.unwrap_or_default(),
                shown(&text)
            )
        });
        Ok(reply)
    }

    /// For a person, on stderr. What goes over the wire holds no private key; the binding of an external account is
    /// left out all the same, since a guess at a weak key could be checked against it.
    fn trace(&self, text: impl FnOnce() -> String) {
        if self.trace {
            let text: String = text()
                .chars()
                .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
                .collect();
            eprintln!("{text}");
        }
    }
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The object in the body.
    pub(crate) fn object(&self, asked: &str) -> Result<Map<String, Value>> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::new(
                "ca:reply",
                format!(
                    "{asked}: the reply ({}) is not the JSON object that it should be: {error}",
                    self.status
                ),
            )
            .with_hint("is the server's URL that of an ACME directory?")
        })
    }

    /// The problem that the reply tells of, as far as it does.
    pub(crate) fn problem(&self) -> Problem {
        let mut problem = match serde_json::from_slice::<Value>(&self.body) {
            Ok(value @ Value::Object(_)) => Problem::from_json(&value),
            _ => Problem {
                kind: "acmepipe:ca:reply".into(),
                ..Problem::default()
            },
        };
        if problem.kind == "about:blank" {
            problem.kind = "acmepipe:ca:reply".into();
        }
        if problem.detail.is_empty() {
            problem.detail = format!("the CA answered {} and nothing more", self.status);
        }
        problem.status = Some(self.status.as_u16());
        problem.retry_after = self.retry_after.map(|wait| wait.as_secs());
        problem
    }
}

/// Whether `url` is an absolute https URL with a host; nothing else is ever asked.
pub(crate) fn is_https(url: &str) -> bool {
    url.len() <= MAX_URL
        && url.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty())
        })
}

/// Whether a nonce is one: others are to be ignored (RFC 8555 §6.5.1).
fn is_nonce(text: &str) -> bool {
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=1024).contains(&text.len()) && text.bytes().all(is_base64url)
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn shown(text: &str) -> String {
    if text.contains("externalAccountBinding") {
        return "(a payload with an externalAccountBinding)".into();
    }
    match text.char_indices().nth(MAX_TRACE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn no_reply(method: &str, url: &str, error: &ureq::Error) -> NoReply {
    use ureq::Error as E;
    let because =
        |cause, what: &dyn std::fmt::Display| Error::new(cause, format!("{method} {url}: {what}"));
    let (error, is_passing) = match error {
        E::Timeout(what) => (
            because("ca:timeout", &format!("no answer in time ({what})")),
            true,
        ),
        E::Io(io) if io.kind() == io::ErrorKind::InvalidData => {
            (untrusted(because("ca:unreachable", io)), false)
        }
        E::Rustls(tls) => (untrusted(because("ca:unreachable", tls)), false),
        E::Tls(tls) => (because("ca:unreachable", tls), false),
        E::Io(io) => (because("ca:unreachable", io), true),
        E::HostNotFound => (
            because("ca:unreachable", &"the host has no address")
                .with_hint("check the server's name, and /etc/resolv.conf"),
            true,
        ),
        E::ConnectionFailed | E::ConnectProxyFailed(_) | E::InvalidProxyUrl => {
            (because("ca:unreachable", error), true)
        }
        other => (because("ca:reply", other), false),
    };
    NoReply { error, is_passing }
}

fn untrusted(error: Error) -> Error {
    let hint = if error.detail.contains("not valid for name") {
        "if this is the right server all the same, LEGO_CA_SERVER_NAME says what its certificate is for"
    } else {
        "LEGO_CA_CERTIFICATES names the PEM file of a CA that the system does not know"
    };
    error.with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::ZERO)
        );
        assert!(retry_after("Fri, 06 Nov 2099 08:49:37 GMT") > Some(Duration::from_secs(3600)));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-1"), None);
    }

    #[test]
    fn what_is_no_nonce_is_ignored() {
        assert!(is_nonce("oFvnlFP1wIhRlYS2jTaXbA-_"));
        for bad in ["", "a b", "a=", "a\"b", "ä", &"a".repeat(1025)] {
            assert!(!is_nonce(bad), "{bad}");
        }
    }

    #[test]
    fn only_https_urls_are_asked() {
        assert!(is_https("https://ca.test:14000/dir?a=b"));
        for bad in [
            "http://ca.test/",
            "https://",
            "/dir",
            "ftp://a/",
            "https:///dir",
            "",
            "https://a b/",
        ] {
            assert!(!is_https(bad), "{bad}");
        }
    }
}
