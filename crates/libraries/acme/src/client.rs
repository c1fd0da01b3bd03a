//! One CA: its directory, the nonces that it handed out, and how to get a signed request through.

use crate::http::{Http, NoReply, Reply, is_https};
use crate::jws::{self, Signer};
use crate::key::AccountKey;
use crate::pace::Pace;
use crate::parallel::Width;
use crate::types::Directory;
use crate::{Error, Result, Stop, Trust};
use serde_json::Value;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a request is sent again for its nonce. A CA that turns down every second one lets all but one in 10^15
/// requests through in so many tries.
const NONCE_TRIES: u32 = 50;
/// How often it is sent again when the CA could not be reached or stumbled, and the pauses before.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A CA that is busy for longer than this gets no second request: the person is told how long it wants.
const LONGEST_BUSY: Duration = Duration::from_secs(10);
/// How long all tries of one request may take together; the last of them is let end.
const LONGEST_REQUEST: Duration = Duration::from_secs(120);
const MAX_NONCES: usize = 64;
/// How much work pays for a connection of its own: each takes a handshake and 100 kB.
const WORTH_A_CONNECTION: Duration = Duration::from_millis(7);

/// How to speak to a CA.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whom to believe that it is the CA.
    pub trust: Trust,
    /// Program and version, as the CA sees them.
    pub user_agent: String,
    /// How many requests may be under way at once.
    pub jobs: usize,
    /// How long to wait in all for the CA to finish something.
    pub patience: Duration,
    /// Whether to show requests and replies on stderr.
    pub trace: bool,
}

/// One CA.
#[derive(Debug)]
pub struct Client {
    http: Http,
    url: String,
    directory: Directory,
    nonces: Mutex<Vec<String>>,
    free: Mutex<usize>,
    freed: Condvar,
    settings: Settings,
    stop: Stop,
}

impl Client {
    /// Reads the directory at `url` (RFC 8555 §7.1.1).
    ///
    /// # Errors
    /// `acmepipe:ca:unreachable`, `:timeout` or `:reply`, or a problem of the CA's.
    pub fn connect(url: &str, settings: Settings, stop: Stop) -> Result<Client> {
        require_https("the directory's URL", url)?;
        let http = Http::new(&settings)?;
        stop.watch(http.agent());
        let asked = format!("directory (GET {url})");
        let reply = persevere(&stop, || http.get(url))?;
        if !reply.is_success() {
            let error = Error::from_ca(&asked, reply.problem());
            return Err(match error.hint {
                None => error.with_hint("is the server's URL that of an ACME directory?"),
                Some(_) => error,
            });
        }
        let directory: Directory = serde_json::from_value(Value::Object(reply.object(&asked)?))
            .map_err(|error| {
                Error::new("ca:reply", format!("{asked}: not a directory: {error}"))
                    .with_hint("is the server's URL that of an ACME directory?")
            })?;
        for endpoint in [
            &directory.new_nonce,
            &directory.new_account,
            &directory.new_order,
        ] {
            require_https(&asked, endpoint)?;
        }
        Ok(Client {
            http,
            url: url.to_owned(),
            directory,
            nonces: Mutex::default(),
            free: Mutex::new(settings.jobs.max(1)),
            freed: Condvar::new(),
            settings,
            stop,
        })
    }

    /// The directory's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// How many requests to have under way at once when there are so many: no more than may be, and at first fewer where
    /// the CA has been so quick that further connections would not pay.
    pub(crate) fn width(&self, requests: usize) -> Width {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let work = self.http.fastest().saturating_mul(requests);
        let worth = work.div_duration_f64(WORTH_A_CONNECTION).ceil() as usize;
        Width {
            first: worth,
            most: self.settings.jobs,
        }
    }

    pub(crate) fn patience(&self) -> Duration {
        self.settings.patience
    }

    /// How to wait for the CA to finish something.
    pub(crate) fn pace(&self) -> Pace {
        self.pace_within(self.patience())
    }

    pub(crate) fn pace_within(&self, patience: Duration) -> Pace {
        Pace::new(self.http.fastest(), patience)
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Sends `payload` to `url`, signed; nothing but success comes back. `what` is being asked is for the error.
    pub(crate) fn post(
        &self,
        key: &AccountKey,
        signer: Signer<'_>,
        what: &str,
        url: &str,
        payload: &str,
    ) -> Result<Reply> {
        let asked = format!("{what} (POST {url})");
        require_https(&asked, url)?;
        let _place = self.take_place();
        let mut pauses = PAUSES.iter();
        let mut nonce = None;
        let began = Instant::now();
        for _ in 0..NONCE_TRIES {
            if began.elapsed() > LONGEST_REQUEST {
                let seconds = began.elapsed().as_secs();
                return Err(Error::new(
                    "ca:timeout",
                    format!("{asked}: no answer to be had in {seconds} s"),
                ));
            }
            let reply = persevere(&self.stop, || {
                // After a lost reply nobody knows whether its nonce was used up: each try has one of its own.
                let nonce = match nonce.take() {
                    Some(nonce) => nonce,
                    None => self.nonce()?,
                };
                let body = jws::sign(key, signer, &nonce, url, payload)?;
                self.http.post(url, &body, payload)
            })?;
            if reply.is_success() {
                self.keep(reply.nonce.clone());
                return Ok(reply);
            }
            let problem = reply.problem();
            nonce = reply.nonce.clone();
            if problem.is("badNonce") {
                continue;
            }
            let busy = matches!(reply.status.as_u16(), 429 | 500 | 502..=504);
            let pause = match reply.retry_after {
                Some(wait) => Some(wait).filter(|wait| *wait <= LONGEST_BUSY),
                // Without a word on when to come back a limit is not over in a second.
                None if problem.is("rateLimited") || reply.status.as_u16() == 429 => None,
                None => Some(Duration::ZERO),
            };
            match (busy, pause, pauses.next()) {
                (true, Some(pause), Some(own)) => self.stop.sleep(pause.max(*own))?,
                _ => {
                    self.keep(nonce);
                    return Err(Error::from_ca(&asked, problem));
                }
            }
        }
        Err(Error::new(
            "ca:reply",
            format!(
                "{asked}: the CA refused {NONCE_TRIES} nonces, each of which it had handed out itself"
            ),
        ))
    }

    /// A nonce from an earlier reply, or a fresh one (RFC 8555 §7.2).
    fn nonce(&self) -> std::result::Result<String, NoReply> {
        if let Some(nonce) = self.pool().pop() {
            return Ok(nonce);
        }
        let url = &self.directory.new_nonce;
        let reply = self.http.head(url)?;
        reply.nonce.ok_or_else(|| NoReply {
            error: Error::new(
                "ca:reply",
                format!("HEAD {url}: the reply ({}) has no nonce", reply.status),
            ),
            is_passing: true,
        })
    }

    fn keep(&self, nonce: Option<String>) {
        let mut pool = self.pool();
        if pool.len() < MAX_NONCES {
            pool.extend(nonce);
        }
    }

    fn pool(&self) -> MutexGuard<'_, Vec<String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_place(&self) -> Place<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

/// One of the requests that may be under way at once.
struct Place<'a>(&'a Client);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// Calls again after a passing failure.
fn persevere(
    stop: &Stop,
    mut call: impl FnMut() -> std::result::Result<Reply, NoReply>,
) -> Result<Reply> {
    let mut pauses = PAUSES.iter();
    let began = Instant::now();
    loop {
        stop.check()?;
        let failed = match call() {
            Ok(reply) => return Ok(reply),
            Err(failed) => failed,
        };
        // A request that was cut off by us is not the CA's failure.
        stop.check()?;
        match pauses.next() {
            Some(pause) if failed.is_passing && began.elapsed() < LONGEST_REQUEST => {
                stop.sleep(*pause)?;
            }
            _ => return Err(failed.error),
        }
    }
}

impl From<Error> for NoReply {
    fn from(error: Error) -> NoReply {
        NoReply {
            error,
            is_passing: false,
        }
    }
}

/// Everything that a CA hands out is asked over https or not at all.
pub(crate) fn require_https(whose: &str, url: &str) -> Result<()> {
    if is_https(url) {
        return Ok(());
    }
    let shown: String = url.escape_debug().take(100).collect();
    Err(Error::new(
        "ca:reply",
        format!("{whose}: `{shown}` is not an https URL"),
    ))
}
