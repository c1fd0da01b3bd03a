//! Registering an account (RFC 8555 §7.3), or finding the one that a key has (§7.3.1).

use crate::account::handle::Account;
use crate::account::registration::Registration;
use crate::account::store::{AccountStore, Registered};
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::NewAccount;
use crate::request::{Purpose, Request};
use crate::signing::KeyId;
use crate::transport::Reply;
use crate::url::require_https;
use keys::{PrivateKey, SigningKey};
use std::sync::Arc;

impl Account {
    /// The account of `store`; what is missing of it is made: key, registration, or just the note of its URL.
    ///
    /// # Errors
    /// [`Error::TermsNotAgreedTo`] and [`Error::BindingNeeded`] if the CA wants what `registration` lacks, those of files
    /// and keys, and what the CA says to a registration.
    pub fn find_or_register(
        ca: Arc<Ca>,
        store: &AccountStore,
        registration: &Registration,
    ) -> Result<Account> {
        if let Some(Registered { url, .. }) = store.registered()? {
            return Ok(Account::new(ca, store.key()?, url));
        }
        let known = if store.has_key() {
            find(&ca, &store.key()?)?
        } else {
            None
        };
        let url = match known {
            Some(url) => url,
            None => {
                registration.check(ca.url(), &ca.directory().meta)?;
                register(&ca, &store.key()?, registration)?
            }
        };
        store.save(&url)?;
        Ok(Account::new(ca, store.key()?, url))
    }

    /// The account that has this key (RFC 8555 §7.3.1). None is registered.
    ///
    /// # Errors
    /// What the CA says to it: that it knows no such account, for example.
    pub(crate) fn of_key(ca: Arc<Ca>, key: PrivateKey) -> Result<Account> {
        let url = existing(&ca, &key)?;
        Ok(Account::new(ca, key, url))
    }
}

/// The URL of the account that has this key, if there is one (RFC 8555 §7.3.1).
fn find(ca: &Ca, key: &PrivateKey) -> Result<Option<String>> {
    match existing(ca, key) {
        Ok(url) => Ok(Some(url)),
        Err(error) if error.is_refusal("accountDoesNotExist") => Ok(None),
        Err(error) => Err(error),
    }
}

/// The URL of the account that has this key.
fn existing(ca: &Ca, key: &PrivateKey) -> Result<String> {
    let request = NewAccount {
        only_return_existing: Some(true),
        ..NewAccount::default()
    };
    post(ca, key, Purpose::FindAccount, &request)
}

/// Registers a key (RFC 8555 §7.3). A key that is registered already is no error: its account comes back.
fn register(ca: &Ca, key: &PrivateKey, registration: &Registration) -> Result<String> {
    let request = registration.request(key, ca.directory())?;
    post(ca, key, Purpose::NewAccount, &request)
}

/// Sends the request, and returns the account's URL.
fn post(ca: &Ca, key: &PrivateKey, purpose: Purpose, request: &NewAccount) -> Result<String> {
    let url = &ca.directory().new_account;
    // A struct of strings, which JSON can always express.
    let payload = serde_json::to_string(request).unwrap_or_default();
    let key_id = KeyId::Jwk(key.jwk());
    let reply = ca.post(key, key_id, purpose, url, &payload, &ca.deadline())?;
    location(reply, Request::post(purpose, url))
}

fn location(reply: Reply, request: Request) -> Result<String> {
    let location = reply
        .location
        .ok_or_else(|| Error::reply(request, "the reply does not say where the account is"))?;
    require_https("the account's URL", &location)?;
    Ok(location)
}
