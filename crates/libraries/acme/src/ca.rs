//! One CA: its directory, and how to get a request through to it.

use crate::cancellation::Cancellation;
use crate::error::{Error, Result};
use crate::objects::Directory;
use crate::request::{Purpose, Request};
use crate::signing::KeyId;
use crate::transport::{ClientConfig, Reply, Session, Signature};
use crate::url::require_https;
use keys::PrivateKey;
use parallel::Workers;
use serde::Deserialize;
use serde_json::Value;
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
    /// Reads the directory at `url` (RFC 8555 §7.1.1).
    ///
    /// # Errors
    /// The CA cannot be reached, or what is there is no directory.
    pub fn connect(url: &str, config: &ClientConfig, cancellation: Cancellation) -> Result<Ca> {
        require_https("the directory's URL", url)?;
        let session = Session::new(config, cancellation)?;
        let request = Request {
            purpose: Purpose::Directory,
            method: "GET",
            url: url.to_owned(),
        };
        let reply = session.get(Purpose::Directory, url)?;
        if !reply.is_success() {
            let (problem, retry_after) = (reply.problem(), reply.retry_after);
            return Err(Error::refused(request, problem, retry_after));
        }
        let directory = read(&reply).map_err(|why| Error::NoDirectory {
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
            timeout: config.timeout,
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

    /// Sends `payload` to `url`, signed with `key`, which the CA knows by `key_id`.
    pub(crate) fn post(
        &self,
        key: &PrivateKey,
        key_id: KeyId<'_>,
        purpose: Purpose,
        url: &str,
        payload: &str,
    ) -> Result<Reply> {
        let signature = Signature {
            key,
            key_id,
            new_nonce: &self.directory.new_nonce,
        };
        self.session.post(&signature, purpose, url, payload)
    }

    /// How many threads are worth while for this many requests.
    pub(crate) fn workers(&self, requests: usize) -> Workers {
        self.session.workers(requests)
    }

    /// How long the quickest reply so far took to come.
    pub(crate) fn fastest(&self) -> Duration {
        self.session.fastest()
    }

    /// How long to wait in all for the CA to finish something.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn cancellation(&self) -> &Cancellation {
        self.session.cancellation()
    }
}

fn read(reply: &Reply) -> std::result::Result<Directory, String> {
    let object = Value::Object(reply.object()?);
    Directory::deserialize(object).map_err(|error| error.to_string())
}
