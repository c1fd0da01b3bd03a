//! Requests to one CA: signed, with a nonce each, and sent again where that makes sense.

use crate::cancellation::Cancellation;
use crate::error::{Error, Result, Unfinished};
use crate::request::{Purpose, Request};
use crate::signing::{Header, KeyId, sign};
use crate::transport::config::ClientConfig;
use crate::transport::http::Http;
use crate::transport::no_reply::NoReply;
use crate::transport::nonces::Nonces;
use crate::transport::permits::Permits;
use crate::transport::reply::Reply;
use crate::transport::retry::{
    AfterRefusal, LONGEST_REQUEST, MOST_NONCES, after_failure, after_refusal,
};
use crate::url::require_https;
use keys::PrivateKey;
use parallel::Workers;
use std::time::{Duration, Instant};

/// How much work pays for a connection of its own: each takes a handshake and 100 kB.
const WORTH_A_CONNECTION: Duration = Duration::from_millis(7);

/// Connections to one CA and the nonces that it handed out.
#[derive(Debug)]
pub(crate) struct Session {
    http: Http,
    nonces: Nonces,
    permits: Permits,
    jobs: usize,
    cancellation: Cancellation,
}

/// What it takes to sign a request.
#[derive(Debug, Clone)]
pub(crate) struct Signature<'a> {
    pub(crate) key: &'a PrivateKey,
    pub(crate) key_id: KeyId<'a>,
    /// Where a fresh nonce comes from (RFC 8555 §7.2).
    pub(crate) new_nonce: &'a str,
}

impl Session {
    /// A session that has made no connection yet.
    pub(crate) fn new(config: &ClientConfig, cancellation: Cancellation) -> Result<Session> {
        let http = Http::new(config)?;
        cancellation.on_cancel(http.shutdown());
        Ok(Session {
            http,
            nonces: Nonces::default(),
            permits: Permits::new(config.jobs),
            jobs: config.jobs,
            cancellation,
        })
    }

    pub(crate) fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        self.http.fastest()
    }

    /// How many threads are worth while for this many requests: no more than are allowed, and at first fewer where the
    /// CA has been so quick that further connections would not pay.
    pub(crate) fn workers(&self, requests: usize) -> Workers {
        Workers {
            first: worth(self.http.fastest(), requests),
            ..Workers::new(self.jobs)
        }
    }

    /// Gets what needs no signature, whatever the status of the reply.
    pub(crate) fn get(&self, purpose: Purpose, url: &str) -> Result<Reply> {
        self.try_again(|| self.http.get(purpose, url))
    }

    /// Sends `payload`, signed; every reply but a success is an error.
    pub(crate) fn post(
        &self,
        signature: &Signature<'_>,
        purpose: Purpose,
        url: &str,
        payload: &str,
    ) -> Result<Reply> {
        let request = Request::post(purpose, url);
        require_https(&request.to_string(), url)?;
        let _permit = self.permits.take();
        let mut nonce = None;
        let mut pauses = 0;
        let began = Instant::now();
        for _ in 0..MOST_NONCES {
            let elapsed = began.elapsed();
            if elapsed > LONGEST_REQUEST {
                let what = Unfinished::Request(Box::new(request));
                return Err(Error::Unfinished {
                    what,
                    within: elapsed,
                });
            }
            let reply = self.try_again(|| {
                // After a lost reply nobody knows whether its nonce was used up: each try has one of its own.
                let nonce = match nonce.take() {
                    Some(nonce) => nonce,
                    None => self.nonce(signature.new_nonce)?,
                };
                let header = Header {
                    key: signature.key_id.clone(),
                    nonce: Some(&nonce),
                    url,
                };
                let jws = sign(&header, payload, signature.key).map_err(Error::Signing)?;
                self.http.post(purpose, url, &jws.to_json(), payload)
            })?;
            if reply.is_success() {
                self.nonces.keep(reply.nonce.clone());
                return Ok(reply);
            }
            let problem = reply.problem();
            nonce.clone_from(&reply.nonce);
            match after_refusal(reply.status.as_u16(), &problem, reply.retry_after, pauses) {
                AfterRefusal::OtherNonce => {}
                AfterRefusal::Pause(pause) => {
                    pauses += 1;
                    self.cancellation.sleep(pause)?;
                }
                AfterRefusal::GiveUp => {
                    self.nonces.keep(nonce);
                    return Err(Error::refused(request, problem, reply.retry_after));
                }
            }
        }
        let why =
            format!("the CA refused {MOST_NONCES} nonces, each of which it had handed out itself");
        Err(Error::reply(request, why))
    }

    /// A nonce from an earlier reply, or a fresh one (RFC 8555 §7.2).
    fn nonce(&self, new_nonce: &str) -> std::result::Result<String, NoReply> {
        if let Some(nonce) = self.nonces.take() {
            return Ok(nonce);
        }
        let reply = self.http.head(Purpose::Nonce, new_nonce)?;
        reply.nonce.ok_or_else(|| {
            let request = Request {
                purpose: Purpose::Nonce,
                method: "HEAD",
                url: new_nonce.to_owned(),
            };
            let why = format!("the reply ({}) has no nonce", reply.status);
            NoReply {
                error: Error::reply(request, why),
                is_passing: true,
            }
        })
    }

    /// Calls again after a passing failure.
    fn try_again(
        &self,
        mut call: impl FnMut() -> std::result::Result<Reply, NoReply>,
    ) -> Result<Reply> {
        let began = Instant::now();
        let mut pauses = 0;
        loop {
            self.cancellation.check()?;
            let failed = match call() {
                Ok(reply) => return Ok(reply),
                Err(failed) => failed,
            };
            // A request that was cut off by us is not the CA's failure.
            self.cancellation.check()?;
            match after_failure(failed.is_passing, pauses, began.elapsed()) {
                Some(pause) => self.cancellation.sleep(pause)?,
                None => return Err(failed.error),
            }
            pauses += 1;
        }
    }
}

/// How many connections are worth while for this many requests that take `each`.
fn worth(each: Duration, requests: usize) -> usize {
    let requests = u32::try_from(requests).unwrap_or(u32::MAX);
    let work = each.saturating_mul(requests);
    work.div_duration_f64(WORTH_A_CONNECTION).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_to_pay() {
        for (micros, requests, connections) in [
            (400, 1, 1),
            (400, 17, 1),
            (400, 18, 2),
            (100_000, 1, 15),
            (7_000, 3, 3),
        ] {
            assert_eq!(worth(Duration::from_micros(micros), requests), connections);
        }
        // Nothing is known of the CA yet.
        assert!(worth(Duration::from_micros(u64::MAX), 1000) > 1000);
    }
}
