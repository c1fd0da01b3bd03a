//! One CA: its directory, and how to get a request through to it.

use crate::cancellation::Cancellation;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::objects::{Directory, RenewalInfo};
use crate::request::{Purpose, Request};
use crate::signing::KeyId;
use crate::transport::{Reply, Session, Signature};
use crate::url::require_https;
use keys::SigningKey;
use std::time::{Duration, Instant, SystemTime};

/// How long the CA may take to tell when a certificate is to be renewed: who asks gets along without it.
const RENEWAL_INFO_TIMEOUT: Duration = Duration::from_secs(10);
/// It is not asked again sooner than that, or later, whatever it says (RFC 9773 §4.3.2).
const SOONEST_AGAIN: Duration = Duration::from_secs(60);
const LATEST_AGAIN: Duration = Duration::from_secs(86_400);

/// One CA.
#[derive(Debug)]
pub struct Ca {
    session: Session,
    url: String,
    directory: Directory,
    timeout: Duration,
    clock: Clock,
}

/// How the system's clock differs from that of a CA. What a reply takes to come is a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDifference {
    /// The system's is ahead by this much.
    Ahead(Duration),
    /// The system's is behind by this much.
    Behind(Duration),
}

/// What is known of a CA's clock.
#[derive(Debug)]
struct Clock {
    /// What it said in the reply with the directory.
    said: Option<SystemTime>,
    /// When that reply came, by the system's clock and by one that nobody sets.
    came: (SystemTime, Instant),
}

impl Ca {
    /// Reads the directory at `url` (RFC 8555 §7.1.1). The CA may take `timeout` for each step of an order.
    ///
    /// # Errors
    /// The CA cannot be reached, or what is there is no directory.
    pub(crate) fn connect(url: &str, session: Session, timeout: Duration) -> Result<Ca> {
        require_https("the directory's URL", url)?;
        let request = Request {
            purpose: Purpose::Directory,
            method: "GET",
            url: url.to_owned(),
        };
        let reply = session.get(Purpose::Directory, url, &Deadline::after(timeout))?;
        let clock = Clock {
            said: reply.date,
            came: (SystemTime::now(), Instant::now()),
        };
        let directory: Directory = reply.object().map_err(|why| Error::NoDirectory {
            request: Box::new(request.clone()),
            why,
        })?;
        for endpoint in [
            &directory.new_nonce,
            &directory.new_account,
            &directory.new_order,
        ] {
            require_https(&request.to_string(), endpoint)?;
        }
        Ok(Ca {
            session,
            url: url.to_owned(),
            directory,
            timeout,
            clock,
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

    /// What its clock says now: what ends at the CA ends by that. Where it has not said, the system's clock counts.
    pub fn now(&self) -> SystemTime {
        let since = self.clock.came.1.elapsed();
        let now = self.clock.said.and_then(|said| said.checked_add(since));
        now.unwrap_or_else(SystemTime::now)
    }

    /// By how much the system's clock is ahead of its, or behind it; none where that is not known.
    pub fn clock_difference(&self) -> Option<ClockDifference> {
        let ours = self.clock.came.0;
        let said = self.clock.said?;
        Some(match ours.duration_since(said) {
            Ok(ahead) => ClockDifference::Ahead(ahead),
            Err(behind) => ClockDifference::Behind(behind.duration()),
        })
    }

    /// Whether it tells when certificates are to be renewed (RFC 9773), and takes orders that replace them.
    pub fn offers_renewal_info(&self) -> bool {
        self.directory.renewal_info.is_some()
    }

    /// When it wants a certificate to be renewed, which it knows by this id (RFC 9773 §4.1).
    ///
    /// # Errors
    /// What the CA says to it, or that what it says makes no sense; [`Error::retry_after`] tells when it wants to be asked
    /// again. [`Error::Reply`] where it does not offer this.
    pub fn renewal_info(&self, id: &str) -> Result<RenewalInfo> {
        let Some(base) = &self.directory.renewal_info else {
            return Err(Error::reply(&self.url, "it does not tell when to renew"));
        };
        let url = format!("{}/{id}", base.trim_end_matches('/'));
        let deadline = Deadline::after(self.timeout.min(RENEWAL_INFO_TIMEOUT));
        let reply = self.session.get(Purpose::RenewalInfo, &url, &deadline)?;
        let mut info: RenewalInfo = reply.object().map_err(|why| Error::Unreadable {
            request: Box::new(Request {
                purpose: Purpose::RenewalInfo,
                method: "GET",
                url,
            }),
            why,
        })?;
        let wait = reply.retry_after;
        info.retry_after = wait.map(|wait| wait.clamp(SOONEST_AGAIN, LATEST_AGAIN));
        Ok(info)
    }

    /// Sends `payload` to `url`, signed with `key`, which the CA knows by `key_id`; an answer has to come by `deadline`.
    pub(crate) fn post(
        &self,
        key: &dyn SigningKey,
        key_id: KeyId<'_>,
        purpose: Purpose,
        url: &str,
        payload: &str,
        deadline: &Deadline,
    ) -> Result<Reply> {
        let signature = Signature {
            key,
            key_id,
            new_nonce: &self.directory.new_nonce,
        };
        self.session
            .post(&signature, purpose, url, payload, deadline)
    }

    /// Posts a form to an API of the CA's that is not ACME; the query is not shown. What it answers is text, and an error only
    /// where it is none.
    pub(crate) fn post_form(&self, request: &Request, query: &str, form: &str) -> Result<String> {
        let deadline = self.deadline();
        let reply = self.session.post_form(request, query, form, &deadline)?;
        let text = str::from_utf8(reply.body.bytes()).unwrap_or_default();
        if reply.is_success() || text.trim_start().starts_with('{') {
            return Ok(text.to_owned());
        }
        let (problem, retry_after) = reply.refusal();
        Err(Error::refused(request.clone(), problem, retry_after))
    }

    /// Calls `request` for each of these, several at once.
    pub(crate) fn side_by_side<T: Sync, R: Send>(
        &self,
        items: &[T],
        request: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        self.session.side_by_side(items, request)
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        self.session.fastest()
    }

    /// Whether it is next door, so that nobody else waits for what it does for this client.
    pub(crate) fn is_next_door(&self) -> bool {
        self.session.is_next_door()
    }

    /// The end of a step of an order that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    pub(crate) fn cancellation(&self) -> &Cancellation {
        self.session.cancellation()
    }
}
