//! One CA: its directory, and how to get a request through to it.

use crate::cancellation::Cancellation;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::objects::Directory;
use crate::request::{Purpose, Request};
use crate::signing::KeyId;
use crate::transport::{Reply, Session, Signature};
use crate::url::require_https;
use keys::PrivateKey;
use std::time::Duration;

/// One CA.
#[derive(Debug)]
pub struct Ca {
    session: Session,
    url: String,
    directory: Directory,
    timeout: Duration,
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
        if !reply.is_success() {
            let (problem, retry_after) = (reply.problem(), reply.retry_after);
            return Err(Error::refused(request, problem, retry_after));
        }
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

    /// Sends `payload` to `url`, signed with `key`, which the CA knows by `key_id`; an answer has to come by `deadline`.
    pub(crate) fn post(
        &self,
        key: &PrivateKey,
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

    /// The end of a step of an order that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    pub(crate) fn cancellation(&self) -> &Cancellation {
        self.session.cancellation()
    }
}
