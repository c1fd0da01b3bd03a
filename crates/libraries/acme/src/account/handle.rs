//! An account that is registered, and what it asks.

use crate::ca::Ca;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::objects::key_authorization;
use crate::request::Purpose;
use crate::signing::KeyId;
use crate::transport::Reply;
use keys::SigningKey;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// An account at a CA, with the key that signs for it, and the time that the CA has for what is asked.
#[derive(Debug)]
pub struct Account {
    ca: Arc<Ca>,
    key: Arc<dyn SigningKey>,
    url: String,
    deadline: Deadline,
}

impl Account {
    /// The account at this URL, which has this key. From now on the CA has
    /// [`ClientConfig::timeout`](crate::ClientConfig::timeout) for all that is asked.
    pub fn new(ca: Arc<Ca>, key: Arc<dyn SigningKey>, url: String) -> Account {
        Account {
            deadline: ca.deadline(),
            ca,
            key,
            url,
        }
    }

    /// The same account, with all of the CA's time again: for another order, or the next step of one.
    #[must_use]
    pub fn renewed(&self) -> Account {
        Account {
            deadline: self.ca.deadline(),
            ca: self.ca.clone(),
            key: self.key.clone(),
            url: self.url.clone(),
        }
    }

    /// The account at this URL, which has the same key.
    pub(crate) fn at(&self, url: String) -> Account {
        Account {
            url,
            ..self.renewed()
        }
    }

    /// The same account, with another key that the CA knows it by.
    pub(crate) fn with_key(&self, key: Arc<dyn SigningKey>) -> Account {
        Account {
            key,
            ..self.renewed()
        }
    }

    /// The same account, for what one gets along without: the CA has this long for all of it.
    #[must_use]
    pub fn hurried(&self, within: Duration) -> Account {
        Account {
            deadline: self.deadline.at_most(within),
            ..self.renewed()
        }
    }

    /// When the CA has to be done.
    pub(crate) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// The account's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The CA.
    pub fn ca(&self) -> &Ca {
        &self.ca
    }

    /// Its key.
    pub fn key(&self) -> &dyn SigningKey {
        &*self.key
    }

    /// What proves that this account accepts a challenge (RFC 8555 §8.1).
    pub fn key_authorization(&self, token: &str) -> String {
        key_authorization(&*self.key, token)
    }

    /// Calls `request` for each of these, several at once: as many as
    /// [`ClientConfig::jobs`](crate::ClientConfig::jobs) allows, or fewer where the CA is quick. The results have the
    /// order of the items.
    pub fn side_by_side<T: Sync, R: Send>(
        &self,
        items: &[T],
        request: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        self.ca.side_by_side(items, request)
    }

    /// Sends `payload` to `url`.
    pub(crate) fn post(
        &self,
        purpose: Purpose,
        url: &str,
        payload: &impl Serialize,
    ) -> Result<Reply> {
        // What is sent are structs of strings, which JSON can always express.
        let payload = serde_json::to_string(payload).unwrap_or_default();
        self.send(purpose, url, &payload)
    }

    /// POST-as-GET (RFC 8555 §6.3).
    pub(crate) fn fetch(&self, purpose: Purpose, url: &str) -> Result<Reply> {
        self.send(purpose, url, "")
    }

    fn send(&self, purpose: Purpose, url: &str, payload: &str) -> Result<Reply> {
        let key_id = KeyId::Kid(&self.url);
        let (key, deadline) = (&*self.key, &self.deadline);
        self.ca.post(key, key_id, purpose, url, payload, deadline)
    }
}
