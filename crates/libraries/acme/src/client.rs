//! The ACME client: the CAs that a program speaks to. The directory of each is read once, for whoever asks first.

use crate::account::{
    Account, AccountKeys, AccountStore, KeyChanged, Registration, cancel_key_change, change_key,
    existing, new_key_path,
};
use crate::ca::Ca;
use crate::cancellation::Cancellation;
use crate::error::{Error, Result};
use crate::objects::AccountObject;
use crate::transport::{ClientConfig, Http, LargeBodies, Session};
use keys::{KeyType, SigningKey};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A CA, or why it cannot be spoken to; empty until that is known.
type Slot = Arc<OnceLock<Result<Arc<Ca>>>>;

/// CAs by the URL of their directory.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    keys: AccountKeys,
    cancellation: Cancellation,
    /// The connections to all of them, or why there can be none.
    http: OnceLock<Result<Arc<Http>>>,
    large_bodies: LargeBodies,
    cas: Mutex<HashMap<String, Slot>>,
}

/// What it takes to act as an account: where the CA is, which account, and where its key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The URL of the CA's directory.
    pub directory: String,
    /// The account's URL.
    pub url: String,
    /// The file of its key.
    pub key: PathBuf,
}

/// What the CA knows of an account that is kept.
#[derive(Debug)]
pub enum Known {
    /// The account, and how it stands.
    Here(Account, AccountObject),
    /// Its key has another account than the one whose URL is noted.
    Moved {
        /// The URL that is noted.
        noted: String,
        /// The account of the key.
        account: Account,
        /// How that stands.
        object: AccountObject,
    },
    /// There is no key, or none that has an account.
    Nowhere,
}

impl Client {
    /// A client that has not spoken to any CA yet.
    pub fn new(config: ClientConfig, cancellation: Cancellation) -> Client {
        Client {
            keys: AccountKeys {
                signer: config.signer.clone(),
                on_unfinished: config.on_unfinished_key_change,
            },
            config,
            cancellation,
            http: OnceLock::new(),
            large_bodies: LargeBodies::new(),
            cas: Mutex::default(),
        }
    }

    /// Whether something signs for accounts whose private key is elsewhere.
    pub fn has_signer(&self) -> bool {
        self.config.signer.is_some()
    }

    /// The CA with this directory. One that could not be reached is not tried again by the next who asks.
    ///
    /// # Errors
    /// Those of [`Ca::connect`].
    pub fn ca(&self, directory: &str) -> Result<Arc<Ca>> {
        let slot = {
            let mut cas = self.cas.lock().unwrap_or_else(PoisonError::into_inner);
            cas.entry(directory.to_owned()).or_default().clone()
        };
        slot.get_or_init(|| {
            let large_bodies = self.large_bodies.of_one();
            let cancellation = self.cancellation.clone();
            let session = Session::new(self.http()?, large_bodies, &self.config, cancellation);
            Ca::connect(directory, session, self.config.timeout).map(Arc::new)
        })
        .clone()
    }

    fn http(&self) -> Result<Arc<Http>> {
        let start = || {
            let http = Http::new(&self.config)?;
            self.cancellation.on_cancel(http.shutdown());
            Ok(Arc::new(http))
        };
        self.http.get_or_init(start).clone()
    }

    /// The account that these credentials are for.
    ///
    /// # Errors
    /// [`Error::AccountKey`], and those of [`Ca::connect`]; where a change of its key was interrupted, also what the CA says.
    pub fn account(&self, credentials: &Credentials) -> Result<Account> {
        let Credentials {
            directory,
            url,
            key,
        } = credentials;
        let keys = self.keys();
        // One that cannot be read is said before anybody is asked.
        let read = keys.read(key);
        if !new_key_path(key).exists() {
            return Ok(Account::new(self.ca(directory)?, read?, url.clone()));
        }
        let ca = self.ca(directory)?;
        let key = keys.settled(&ca, key, Some(url))?;
        Ok(Account::new(ca, key, url.clone()))
    }

    /// The account that has the key in this file, at the CA with this directory, which is asked for its URL. None is
    /// registered.
    ///
    /// # Errors
    /// [`Error::AccountKey`], those of [`Ca::connect`], and what the CA says: that it knows no such account, for example.
    pub fn account_of_key(&self, directory: &str, key: &Path) -> Result<Account> {
        let keys = self.keys();
        keys.read(key)?;
        Account::of_key(self.ca(directory)?, keys, key)
    }

    /// The account that is kept in `store`; none where there is no key, or the CA has no account for it.
    ///
    /// # Errors
    /// Those of [`Ca::connect`], of files and keys, and what the CA says.
    pub fn find_account(&self, store: &AccountStore) -> Result<Option<Account>> {
        Account::find(self.ca(store.directory())?, self.keys(), store)
    }

    /// Registers the key of `store`, which is made, of this kind, where there is none (RFC 8555 §7.3).
    ///
    /// # Errors
    /// [`Error::TermsNotAgreedTo`] and [`Error::BindingNeeded`] if the CA wants what `registration` lacks, those of
    /// [`Ca::connect`], of files and keys, and what the CA says.
    pub fn register(
        &self,
        store: &AccountStore,
        registration: &Registration,
        kind: KeyType,
    ) -> Result<Account> {
        let ca = self.ca(store.directory())?;
        Account::register(ca, self.keys(), store, registration, kind)
    }

    /// Has the CA take another key for this account, which is kept in `store` (RFC 8555 §7.3.5). `make` gives the text of
    /// the new key's file. It may be interrupted anywhere: see [`UnfinishedKeyChange`](crate::UnfinishedKeyChange).
    ///
    /// # Errors
    /// Those of files and keys, and what the CA says.
    pub fn change_key(
        &self,
        account: &Account,
        store: &AccountStore,
        make: &dyn Fn() -> std::result::Result<String, keys::Error>,
    ) -> Result<KeyChanged> {
        let read = |path: &Path| self.keys().read(path);
        change_key(account, &read, &store.key_path(), make)
    }

    /// Gives up a change of the key in `store` that was interrupted before the CA made it. Returns whether there was one;
    /// what the CA has made is finished.
    ///
    /// # Errors
    /// Those of files and keys, and what the CA says.
    pub fn cancel_key_change(&self, store: &AccountStore) -> Result<bool> {
        let ca = self.ca(store.directory())?;
        let read = |path: &Path| self.keys().read(path);
        cancel_key_change(&ca, &read, &store.key_path())
    }

    /// The account that is kept in `store`, as the CA knows it. Another program may change its key meanwhile.
    ///
    /// # Errors
    /// As [`Client::find_account`]; [`Error::OtherAccount`] where the CA has no account for the key that is kept, though it
    /// has the one whose URL is.
    pub fn look_up(&self, store: &AccountStore) -> Result<Known> {
        loop {
            let Some(account) = self.find_account(store)? else {
                return Ok(Known::Nowhere);
            };
            let before = account.renewed();
            let known = self.look(account, store);
            if known.is_ok() || !self.is_changed(&before, store) {
                return known;
            }
        }
    }

    /// Whether the key that is kept is another one than this account was read with.
    fn is_changed(&self, account: &Account, store: &AccountStore) -> bool {
        let kept = self
            .keys()
            .settled(account.ca(), &store.key_path(), Some(account.url()));
        kept.is_ok_and(|key| key.jwk() != account.key().jwk())
    }

    fn look(&self, account: Account, store: &AccountStore) -> Result<Known> {
        let refused = match account.look() {
            Ok(object) => return Ok(Known::Here(account, object)),
            Err(error) if error.may_be_about_the_key() => error,
            Err(error) => return Err(error),
        };
        // What is noted may be of another key.
        let noted = account.url().to_owned();
        match account.of_its_key()? {
            Some(found) if found.url() != noted => {
                let object = found.look()?;
                Ok(Known::Moved {
                    noted,
                    account: found,
                    object,
                })
            }
            Some(_) => Err(refused),
            None if refused.is_refusal("accountDoesNotExist") => Err(refused),
            None => Err(Error::OtherAccount {
                key: store.key_path(),
                noted,
                found: None,
            }),
        }
    }

    /// The URL of the account that has this key (RFC 8555 §7.3.1).
    ///
    /// # Errors
    /// Those of [`Ca::connect`], and what the CA says: that it knows no such account, for example.
    pub fn url_of_key(&self, directory: &str, key: &dyn SigningKey) -> Result<String> {
        existing(&*self.ca(directory)?, key)
    }

    /// How the keys of accounts are read.
    pub fn keys(&self) -> &AccountKeys {
        &self.keys
    }
}
