//! Sends requests: bounded in time and size, over connections that are kept for the next.

use crate::base::Base;
use crate::reply::Reply;
use crate::request::Request;
use crate::silence::Silence;
use crate::watch::{Seen, Watching};
use command::{Args, Opt, Usage, masked, message, warn_of_settings};
use dns_program::{Failure, PRESENT, PRESENT_BATCH};
use https::{AddressCache, HostConnector, LARGEST_HEADER, NoReply, Trust, Unreachable};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::Agent;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a body is shown with `-vv`, in characters.
const LONGEST_SHOWN: usize = 16 * 1024;

/// `--http-timeout` of a service whose variable this is.
pub const fn http_timeout(variable: Option<&'static str>, default: u32) -> Opt {
    Opt {
        is_rare: true,
        variable,
        ..Opt::seconds("http-timeout", Some(default), "how long a request may take")
    }
}

/// Connections to a service.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    limit: Duration,
    silence: RefCell<Silence>,
    seen: Arc<Seen>,
}

/// Warns where secrets go over the network in clear text. `variable` is what names the URL.
pub fn warn_of_clear_text(args: &Args, base: &Base, variable: &str) {
    let is_first = [PRESENT, PRESENT_BATCH].contains(&args.command());
    if is_first && !base.is_https() && !base.is_loopback() {
        warn_of_settings(&format!(
            "{variable} begins with http://, so secrets go to {} in clear text: whoever is on the way can read them",
            base.host()
        ));
    }
}

impl Client {
    /// Reads the variables that say whom to trust and which proxy to use. A request may take as long as the option says, whose
    /// variable is read as lego reads it.
    ///
    /// # Errors
    /// One of them is wrong, or nothing is trusted.
    pub fn new(args: &Args, base: &Base, timeout: &Opt) -> Result<Client, Usage> {
        let limit = args.seconds_as_lego(timeout)?.unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let mut config = Agent::config_builder()
            .user_agent(format!("{}/{version} acmepipe/{version}", command::name()))
            // ureq reads the variables of the environment otherwise, in a way of its own.
            .proxy(None)
            .https_only(base.is_https())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_response_header_size(LARGEST_HEADER);
        let mut trust = Trust::default();
        if base.is_https() {
            let trusted = trust::trusted(args)?;
            trust.add(trusted.certificates);
            if trusted.system {
                trust.add_system();
            }
            let tls = trust.tls_config().map_err(|none| {
                let why = none.why.map(|why| format!(" ({why})")).unwrap_or_default();
                Usage::new(format!(
                    "the system has no CA certificates{why}: install the package ca-certificates, or name a PEM file in \
                     LEGO_CA_CERTIFICATES"
                ))
            })?;
            config = config.tls_config(tls);
        }
        let proxies = Arc::new(proxies::proxies(args)?);
        let seen = Arc::<Seen>::default();
        let connector = HostConnector::new(proxies.clone(), trust.connector());
        let connector = Watching::new(connector, seen.clone());
        Ok(Client {
            agent: Agent::with_parts(config.build(), connector, AddressCache::new(proxies)),
            limit,
            silence: RefCell::default(),
            seen,
        })
    }

    /// How long a request may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Sends a request, and waits for the reply, whatever that says.
    ///
    /// # Errors
    /// There is no reply, or the server is silent by what became of earlier requests; or it is too large.
    pub fn send(&self, request: &Request) -> Result<Reply, Failure> {
        if let Some(failure) = self.silence.borrow().failure(&request.name()) {
            return Err(failure);
        }
        if message::is_very_verbose() {
            message::traffic(&format!(
                "> {}",
                request.show().trim_end().replace('\n', "\n> ")
            ));
        }
        let start = Instant::now();
        let asked = self.ask(request);
        let mut silence = self.silence.borrow_mut();
        let reply = match asked {
            Ok(reply) => reply,
            Err(error) => {
                let (why, is_silence) = no_reply(request, &error, self.limit);
                let detail = format!("{}: {}", request.name(), why.detail);
                let failure = Failure {
                    detail,
                    ..why.clone()
                };
                match is_silence {
                    true => silence.waited(start.elapsed(), self.limit, why),
                    false => silence.answered(),
                }
                return Err(failure);
            }
        };
        silence.answered();
        reply.hide_account();
        if message::is_very_verbose() {
            let body = reply.show();
            let body = command::text::shorten(&masked(body.trim()), LONGEST_SHOWN);
            message::traffic(
                &format!("< {}\n{body}", reply.status)
                    .trim()
                    .replace('\n', "\n< "),
            );
        }
        Ok(reply)
    }

    /// Asks, and once more where the connection was one that had been kept, and broke before anything came back: the server may
    /// have closed it before the request came.
    fn ask(&self, request: &Request) -> Result<Reply, ureq::Error> {
        let before = self.seen.now();
        let asked = self.exchange(request);
        let is_broken = asked
            .as_ref()
            .is_err_and(|error| !matches!(error, ureq::Error::Timeout(_)));
        if is_broken && request.is_repeatable && self.seen.now() == before {
            return self.exchange(request);
        }
        asked
    }

    fn exchange(&self, request: &Request) -> Result<Reply, ureq::Error> {
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(&request.url)
            .header("accept", "application/json");
        for header in &request.headers {
            builder = builder.header(header.name, &header.value);
        }
        let mut response = if request.method == "GET" {
            let asked = self.agent.configure_request(builder.body(())?);
            self.agent
                .run(asked.timeout_global(Some(self.limit)).build())?
        } else {
            if request.body.is_some() {
                builder = builder.header("content-type", "application/json");
            }
            let body = request.body.as_ref().map(ToString::to_string);
            let asked = self
                .agent
                .configure_request(builder.body(body.unwrap_or_default())?)
                .timeout_global(Some(self.limit));
            // One that must not be done twice has a connection of its own, which no server is about to close.
            self.agent.run(match request.is_repeatable {
                true => asked.build(),
                false => asked.max_idle_age(Duration::ZERO).build(),
            })?
        };
        let reader = response.body_mut().with_config();
        let body = reader.limit(request.most).read_to_vec()?;
        let location = response.headers().get("location");
        Ok(Reply {
            request: request.name(),
            status: response.status().as_u16(),
            location: location
                .map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned()),
            body,
        })
    }
}

/// Why a request has no reply, without what was asked, and whether nobody answered at all.
fn no_reply(request: &Request, error: &ureq::Error, limit: Duration) -> (Failure, bool) {
    let why = match error {
        ureq::Error::BodyExceedsLimit(_) => NoReply::Reply(format!(
            "its answer has more than {} MiB",
            request.most >> 20
        )),
        error => NoReply::new(error, limit, CONNECT_TIMEOUT),
    };
    let failure = Failure::new(why.to_string());
    match &why {
        NoReply::Unreachable { reason, .. } => match hint(reason) {
            Some(hint) => (failure.hint(hint), true),
            None => (failure, true),
        },
        NoReply::Late { .. } => (failure, true),
        NoReply::Reply(_) => (failure, false),
    }
}

fn hint(reason: &Unreachable) -> Option<String> {
    let hint = match reason {
        Unreachable::NoAddress => "Check the host's name in the URL, and /etc/resolv.conf.",
        Unreachable::OtherName(_) => "Name the host in the URL as the server's certificate does.",
        Unreachable::Untrusted(_) => {
            "If the system does not know the server's issuer, name its PEM file in LEGO_CA_CERTIFICATES."
        }
        Unreachable::NotValidYet { .. } | Unreachable::Expired { .. } => {
            "If the clock is wrong, set it; if it is right, the server has to get another certificate."
        }
        Unreachable::Connection(_) => {
            "Check the host and the port in the URL, whether it is http or https, and whether the service runs."
        }
        Unreachable::Proxy { source, reason, .. } => match &**reason {
            Unreachable::Connection(_) | Unreachable::NoAddress => {
                return Some(format!(
                    "Check {source} with its user and password, and whether the proxy lets this connection through; \
                     NO_PROXY names hosts that are asked without it."
                ));
            }
            reason => return self::hint(reason),
        },
    };
    Some(hint.to_owned())
}
