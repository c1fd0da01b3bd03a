//! What the holder of an account asks about it: how it stands, other contacts, another key, its end (RFC 8555 §7.3).

use crate::account::contact::mailto;
use crate::account::handle::Account;
use crate::error::{Error, Result};
use crate::objects::{AccountChange, AccountObject, Jws, KeyChange};
use crate::request::{Purpose, Request};
use crate::transport::Reply;
use keys::SigningKey;

impl Account {
    /// How it stands, by the CA.
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn look(&self) -> Result<AccountObject> {
        let purpose = Purpose::Account;
        object(&self.fetch(purpose, self.url())?, purpose, self.url())
    }

    /// Gives it these e-mail addresses, in the place of all that it had (RFC 8555 §7.3.2).
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn set_emails(&self, emails: &[String]) -> Result<AccountObject> {
        let contact = emails.iter().map(|email| mailto(email)).collect();
        self.change(&AccountChange {
            contact: Some(contact),
            status: None,
        })
    }

    /// Ends it (RFC 8555 §7.3.6), which cannot be undone.
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn deactivate(&self) -> Result<AccountObject> {
        self.change(&AccountChange {
            contact: None,
            status: Some("deactivated"),
        })
    }

    fn change(&self, change: &AccountChange) -> Result<AccountObject> {
        let purpose = Purpose::AccountChange;
        object(
            &self.post(purpose, self.url(), change)?,
            purpose,
            self.url(),
        )
    }

    /// The request to have the CA take `new` in the place of its key (RFC 8555 §7.3.5), which that key signs.
    pub(crate) fn key_change(&self, new: &dyn SigningKey) -> Result<KeyChangeRequest> {
        let url = self.ca().directory().key_change.as_deref();
        let url = url.ok_or_else(|| {
            let why = "it does not say where the key of an account is changed";
            Error::reply(self.ca().url(), why)
        })?;
        let change = KeyChange {
            account: self.url().to_owned(),
            old_key: self.key().jwk(),
        };
        let signed = change.sign(new, url).map_err(Error::Signing)?;
        Ok(KeyChangeRequest {
            url: url.to_owned(),
            signed,
        })
    }

    /// Sends that request.
    pub(crate) fn send_key_change(&self, request: &KeyChangeRequest) -> Result<()> {
        self.post(Purpose::KeyChange, &request.url, &request.signed)
            .map(drop)
    }
}

/// A change of keys that the new key has signed, and the old one has not yet.
pub(crate) struct KeyChangeRequest {
    url: String,
    signed: Jws,
}

fn object(reply: &Reply, purpose: Purpose, url: &str) -> Result<AccountObject> {
    reply.object().map_err(|why| Error::Unreadable {
        request: Box::new(Request::post(purpose, url)),
        why,
    })
}
