//! Registering an account (RFC 8555 §7.3), or finding the one that is kept.

use crate::account::handle::Account;
use crate::account::keys::AccountKeys;
use crate::account::lookup::{existing, find, post};
use crate::account::registration::Registration;
use crate::account::store::{AccountStore, Registered};
use crate::ca::Ca;
use crate::error::Result;
use crate::request::Purpose;
use keys::KeyType;
use std::path::Path;
use std::sync::Arc;

impl Account {
    /// The account of `store`, where the CA has one for its key; its URL is noted where that is missing.
    ///
    /// # Errors
    /// Those of files and keys, and what the CA says.
    pub(crate) fn find(
        ca: Arc<Ca>,
        keys: &AccountKeys,
        store: &AccountStore,
    ) -> Result<Option<Account>> {
        let path = store.key_path();
        if let Some(Registered { url, .. }) = store.registered()? {
            let key = keys.settled(&ca, &path, Some(&url))?;
            return Ok(Some(Account::new(ca, key, url)));
        }
        if !store.has_key() {
            return Ok(None);
        }
        store.trust_key()?;
        let key = keys.settled(&ca, &path, None)?;
        let Some(url) = find(&ca, &*key)? else {
            return Ok(None);
        };
        store.save(&url)?;
        Ok(Some(Account::new(ca, key, url)))
    }

    /// Registers the key of `store`, which is made, of this kind, where there is none. A key that is registered already is
    /// no error: its account comes back.
    ///
    /// # Errors
    /// [`Error::TermsNotAgreedTo`](crate::Error::TermsNotAgreedTo) and
    /// [`Error::BindingNeeded`](crate::Error::BindingNeeded) if the CA wants what `registration` lacks, those of files and
    /// keys, and what the CA says.
    pub(crate) fn register(
        ca: Arc<Ca>,
        keys: &AccountKeys,
        store: &AccountStore,
        registration: &Registration,
        kind: KeyType,
    ) -> Result<Account> {
        registration.check(ca.url(), &ca.directory().meta)?;
        let is_made = store.make_key(kind)?;
        let key = keys.settled(&ca, &store.key_path(), None)?;
        let registration = registration.bound(&ca)?;
        let request = registration.request(&*key, ca.directory())?;
        let url = post(&ca, &*key, Purpose::NewAccount, &request).inspect_err(|error| {
            // It would stand in the way of one that the CA takes.
            if is_made && error.is_about_the_kind_of_key() {
                store.drop_key();
            }
        })?;
        store.save(&url)?;
        Ok(Account::new(ca, key, url))
    }

    /// The account that the CA has for the key of this one, if it has any (RFC 8555 §7.3.1).
    ///
    /// # Errors
    /// What the CA says.
    pub(crate) fn of_its_key(&self) -> Result<Option<Account>> {
        let url = find(self.ca(), self.key())?;
        Ok(url.map(|url| self.at(url)))
    }

    /// The account that has the key in this file (RFC 8555 §7.3.1). None is registered.
    ///
    /// # Errors
    /// [`Error::AccountKey`](crate::Error::AccountKey), and what the CA says to it: that it knows no such account, for
    /// example.
    pub(crate) fn of_key(ca: Arc<Ca>, keys: &AccountKeys, path: &Path) -> Result<Account> {
        let key = keys.settled(&ca, path, None)?;
        let url = existing(&ca, &*key)?;
        Ok(Account::new(ca, key, url))
    }
}
