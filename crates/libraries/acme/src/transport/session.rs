//! Requests to one CA: signed, with a nonce each, and sent again where that makes sense.

use crate::cancellation::Cancellation;
use crate::deadline::Deadline;
use crate::error::{Error, Result, Unfinished};
use crate::request::{Purpose, Request};
use crate::signing::{Header, KeyId, sign};
use crate::transport::body::LargeBodies;
use crate::transport::config::ClientConfig;
use crate::transport::http::{Http, Limits};
use crate::transport::nonces::Nonces;
use crate::transport::outages::Outages;
use crate::transport::pace::{MOST, NEXT_DOOR, Pace};
use crate::transport::permits::Permits;
use crate::transport::reply::Reply;
use crate::transport::retry::{AfterRefusal, MOST_NONCES, after_failure, after_refusal, spread};
use crate::url::require_https;
use keys::SigningKey;
use parallel::Workers;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How much work pays for a connection of its own: each takes a handshake and 100 kB.
const WORTH_A_CONNECTION: Duration = Duration::from_millis(7);

/// What is known of one CA: the nonces that it handed out, how quick it is, and what it does not answer.
#[derive(Debug)]
pub(crate) struct Session {
    http: Arc<Http>,
    nonces: Nonces,
    permits: Permits,
    pace: Pace,
    /// Whether somebody says how many requests there may be in a second, also where the CA is next door.
    is_pace_given: bool,
    outages: Outages,
    large_bodies: LargeBodies,
    jobs: usize,
    /// How many lists of requests are being worked on.
    lists: AtomicUsize,
    /// How long the quickest reply took, in microseconds.
    fastest: AtomicU64,
    cancellation: Cancellation,
}

/// What it takes to sign a request.
#[derive(Debug, Clone)]
pub(crate) struct Signature<'a> {
    pub(crate) key: &'a dyn SigningKey,
    pub(crate) key_id: KeyId<'a>,
    /// Where a fresh nonce comes from (RFC 8555 §7.2).
    pub(crate) new_nonce: &'a str,
}

impl Session {
    /// A session that has made no connection yet.
    pub(crate) fn new(
        http: Arc<Http>,
        large_bodies: LargeBodies,
        config: &ClientConfig,
        cancellation: Cancellation,
    ) -> Session {
        let jobs = config.jobs;
        Session {
            pace: Pace::new(config.requests_per_second.unwrap_or(MOST)),
            is_pace_given: config.requests_per_second.is_some(),
            http,
            nonces: Nonces::default(),
            permits: Permits::new(jobs),
            outages: Outages::default(),
            large_bodies,
            jobs,
            lists: AtomicUsize::new(0),
            fastest: AtomicU64::new(u64::MAX),
            cancellation,
        }
    }

    pub(crate) fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        Duration::from_micros(self.fastest.load(Ordering::Relaxed))
    }

    /// Whether the CA is next door, so that nobody else waits for what it does for this client.
    pub(crate) fn is_next_door(&self) -> bool {
        self.fastest() <= NEXT_DOOR
    }

    /// Calls `request` for each of these, several at once, with no more threads than are worth while: as many as requests
    /// are allowed, but fewer where others have theirs, and at first fewer where the CA has been so quick that further
    /// connections would not pay.
    pub(crate) fn side_by_side<T: Sync, R: Send>(
        &self,
        items: &[T],
        request: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        let lists = 1 + self.lists.fetch_add(1, Ordering::Relaxed);
        let workers = Workers {
            first: worth(self.fastest(), items.len()),
            ..Workers::new(share(self.jobs, lists))
        };
        let results = parallel::map(workers, items, request);
        self.lists.fetch_sub(1, Ordering::Relaxed);
        results
    }

    /// Gets what needs no signature; every reply but a success is an error.
    pub(crate) fn get(&self, purpose: Purpose, url: &str, deadline: &Deadline) -> Result<Reply> {
        let request = Request {
            purpose,
            method: "GET",
            url: url.to_owned(),
        };
        require_https(&request.to_string(), url)?;
        self.answered(&request, deadline, || self.get_now(&request, deadline))
    }

    fn get_now(&self, request: &Request, deadline: &Deadline) -> Result<Reply> {
        let (purpose, url) = (request.purpose, request.url.as_str());
        let mut pauses = 0;
        loop {
            let reply = self.try_again(deadline, || {
                self.sent(deadline, || {
                    self.http.get(purpose, url, &self.limits(deadline))
                })
            })?;
            if reply.is_success() {
                return Ok(reply);
            }
            let status = reply.status.as_u16();
            let (problem, retry_after) = reply.refusal();
            match after_refusal(status, &problem, retry_after, pauses) {
                AfterRefusal::Pause(pause) if pause < deadline.left() => {
                    pauses += 1;
                    self.cancellation.sleep(spread(pause))?;
                }
                _ => return Err(Error::refused(request.clone(), problem, retry_after)),
            }
        }
    }

    /// Posts a form, with a query that is not shown, and returns what comes back as text: also where that refuses it, since
    /// it says why.
    pub(crate) fn post_form(
        &self,
        request: &Request,
        query: &str,
        form: &str,
        deadline: &Deadline,
    ) -> Result<Reply> {
        self.answered(request, deadline, || {
            // Each makes a new external account, so it is sent once.
            self.cancellation.check()?;
            self.http
                .post_form(request, query, form, &self.limits(deadline))
        })
    }

    /// Sends `payload`, signed; every reply but a success is an error.
    pub(crate) fn post(
        &self,
        signature: &Signature<'_>,
        purpose: Purpose,
        url: &str,
        payload: &str,
        deadline: &Deadline,
    ) -> Result<Reply> {
        let request = Request::post(purpose, url);
        require_https(&request.to_string(), url)?;
        self.answered(&request, deadline, || {
            self.post_now(signature, &request, payload, deadline)
        })
    }

    /// Sends a request when it is its turn, unless its kind has gone without an answer lately.
    fn answered(
        &self,
        request: &Request,
        deadline: &Deadline,
        send: impl FnOnce() -> Result<Reply>,
    ) -> Result<Reply> {
        let _permit = deadline.pause_for(|| self.permits.take());
        self.outages.check(request, Instant::now())?;
        let began = Instant::now();
        let sent = send();
        match &sent {
            Err(why) if why.is_outage() => {
                let now = Instant::now();
                self.outages.unanswered(request.purpose, began, now, why);
            }
            Err(why) if !why.is_answer() => {}
            _ => self.outages.answered(request.purpose, Instant::now()),
        }
        sent
    }

    fn post_now(
        &self,
        signature: &Signature<'_>,
        request: &Request,
        payload: &str,
        deadline: &Deadline,
    ) -> Result<Reply> {
        let (purpose, url) = (request.purpose, request.url.as_str());
        let mut nonce = None;
        let mut pauses = 0;
        for _ in 0..MOST_NONCES {
            if deadline.is_over() {
                return Err(unfinished(request, deadline));
            }
            let reply = self.try_again(deadline, || {
                // After a lost reply nobody knows whether its nonce was used up: each try has one of its own.
                let nonce = match nonce.take() {
                    Some(nonce) => nonce,
                    None => self.nonce(signature.new_nonce, deadline)?,
                };
                let header = Header {
                    key: signature.key_id.clone(),
                    nonce: Some(&nonce),
                    url,
                };
                // A key may be elsewhere, and a person asked before it signs.
                let jws = deadline.pause_for(|| sign(&header, payload, signature.key));
                let jws = jws.map_err(Error::Signing)?;
                self.sent(deadline, || {
                    let limits = self.limits(deadline);
                    self.http.post(purpose, url, &jws, payload, &limits)
                })
            })?;
            if reply.is_success() {
                self.nonces.keep(reply.nonce.clone());
                return Ok(reply);
            }
            let status = reply.status.as_u16();
            let (problem, retry_after) = reply.refusal();
            nonce.clone_from(&reply.nonce);
            // What is held of it may be large.
            drop(reply);
            match after_refusal(status, &problem, retry_after, pauses) {
                AfterRefusal::OtherNonce => {}
                AfterRefusal::Pause(pause) if pause < deadline.left() => {
                    pauses += 1;
                    self.cancellation.sleep(spread(pause))?;
                }
                AfterRefusal::Pause(_) | AfterRefusal::GiveUp => {
                    self.nonces.keep(nonce);
                    return Err(Error::refused(request.clone(), problem, retry_after));
                }
            }
        }
        let why =
            format!("the CA refused {MOST_NONCES} nonces, each of which it had handed out itself");
        Err(Error::reply(request, why))
    }

    /// A nonce from an earlier reply, or a fresh one (RFC 8555 §7.2).
    fn nonce(&self, new_nonce: &str, deadline: &Deadline) -> Result<String> {
        if let Some(nonce) = self.nonces.take() {
            return Ok(nonce);
        }
        let reply = self.sent(deadline, || {
            let limits = self.limits(deadline);
            self.http.head(Purpose::Nonce, new_nonce, &limits)
        })?;
        let request = Request {
            purpose: Purpose::Nonce,
            method: "HEAD",
            url: new_nonce.to_owned(),
        };
        match reply.nonce {
            Some(nonce) => Ok(nonce),
            None if !reply.is_success() => {
                let (problem, retry_after) = reply.refusal();
                Err(Error::refused(request, problem, retry_after))
            }
            None => Err(Error::Unreadable {
                request: Box::new(request),
                why: format!("the reply ({}) has no nonce", reply.status),
            }),
        }
    }

    fn limits<'a>(&'a self, deadline: &'a Deadline) -> Limits<'a> {
        Limits {
            deadline,
            large_bodies: &self.large_bodies,
        }
    }

    /// Sends when there have not been too many requests in the last second, and notes how long the reply took.
    fn sent(&self, deadline: &Deadline, send: impl FnOnce() -> Result<Reply>) -> Result<Reply> {
        if self.is_pace_given || !self.is_next_door() {
            let wait = self.pace.take(Instant::now());
            if !wait.is_zero() {
                deadline.pause_for(|| self.cancellation.sleep(wait))?;
            }
        }
        let asked = Instant::now();
        let reply = send()?;
        let took = asked.elapsed().as_micros().try_into();
        self.fastest
            .fetch_min(took.unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(reply)
    }

    /// Calls again after a passing failure.
    fn try_again(
        &self,
        deadline: &Deadline,
        mut call: impl FnMut() -> Result<Reply>,
    ) -> Result<Reply> {
        let mut pauses = 0;
        loop {
            self.cancellation.check()?;
            let failed = match call() {
                Ok(reply) => return Ok(reply),
                Err(failed) => failed,
            };
            // A request that was cut off by us is not the CA's failure.
            self.cancellation.check()?;
            match after_failure(failed.is_passing(), pauses, deadline.left()) {
                Some(pause) => self.cancellation.sleep(spread(pause))?,
                None => return Err(failed),
            }
            pauses += 1;
        }
    }
}

fn unfinished(request: &Request, deadline: &Deadline) -> Error {
    Error::Unfinished {
        what: Unfinished::Request(Box::new(request.clone())),
        within: deadline.within(),
    }
}

/// How many threads one of so many lists has: there may be twice as many as requests are allowed, since some wait.
fn share(jobs: usize, lists: usize) -> usize {
    (2 * jobs).div_ceil(lists.max(1)).clamp(1, jobs.max(1))
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
    fn lists_share_the_threads() {
        for (jobs, lists, threads) in [
            (8, 0, 8),
            (8, 1, 8),
            (8, 2, 8),
            (8, 3, 6),
            (8, 64, 1),
            (100, 64, 4),
            (0, 1, 1),
            (1, 9, 1),
        ] {
            assert_eq!(share(jobs, lists), threads, "{jobs} {lists}");
        }
    }

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
