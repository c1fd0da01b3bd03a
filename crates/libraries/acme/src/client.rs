//! The ACME client: the CAs that a program speaks to. The directory of each is read once, for whoever asks first.

use crate::account::Account;
use crate::ca::Ca;
use crate::cancellation::Cancellation;
use crate::error::{Error, Result};
use crate::transport::{ClientConfig, Http, LargeBodies, Session};
use keys::PrivateKey;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A CA, or why it cannot be spoken to; empty until that is known.
type Slot = Arc<OnceLock<Result<Arc<Ca>>>>;

/// CAs by the URL of their directory.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
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

impl Client {
    /// A client that has not spoken to any CA yet.
    pub fn new(config: ClientConfig, cancellation: Cancellation) -> Client {
        Client {
            config,
            cancellation,
            http: OnceLock::new(),
            large_bodies: LargeBodies::new(),
            cas: Mutex::default(),
        }
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
    /// [`Error::AccountKey`], and those of [`Ca::connect`].
    pub fn account(&self, credentials: &Credentials) -> Result<Account> {
        let key = read_key(&credentials.key)?;
        let ca = self.ca(&credentials.directory)?;
        Ok(Account::new(ca, key, credentials.url.clone()))
    }

    /// The account that has the key in this file, at the CA with this directory, which is asked for its URL. None is
    /// registered.
    ///
    /// # Errors
    /// [`Error::AccountKey`], those of [`Ca::connect`], and what the CA says: that it knows no such account, for example.
    pub fn account_of_key(&self, directory: &str, key: &Path) -> Result<Account> {
        let key = read_key(key)?;
        Account::of_key(self.ca(directory)?, key)
    }
}

fn read_key(path: &Path) -> Result<PrivateKey> {
    PrivateKey::read(path).map_err(|error| Error::AccountKey {
        path: path.to_owned(),
        error,
    })
}
