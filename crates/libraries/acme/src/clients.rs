//! The CAs that a program has spoken to: each is met once, whoever asks first.

use crate::client::{Client, Settings};
use crate::key::AccountKey;
use crate::{Account, Result, Stop};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Met = Arc<OnceLock<Result<Arc<Client>>>>;

/// Clients by the URL of their directory.
#[derive(Debug)]
pub struct Clients {
    settings: Settings,
    stop: Stop,
    met: Mutex<HashMap<String, Met>>,
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

impl Clients {
    /// None yet.
    pub fn new(settings: Settings, stop: Stop) -> Clients {
        Clients {
            settings,
            stop,
            met: Mutex::default(),
        }
    }

    /// The CA with this directory. One that could not be reached is not tried again by the next who asks.
    ///
    /// # Errors
    /// Those of [`Client::connect`].
    pub fn at(&self, directory: &str) -> Result<Arc<Client>> {
        let met = {
            let mut all = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(directory.to_owned()).or_default().clone()
        };
        met.get_or_init(|| {
            Client::connect(directory, self.settings.clone(), self.stop.clone()).map(Arc::new)
        })
        .clone()
    }

    /// The account that these credentials are for.
    ///
    /// # Errors
    /// `acmepipe:account:key`, and those of [`Client::connect`].
    pub fn account(&self, credentials: &Credentials) -> Result<Account> {
        let key = AccountKey::read(&credentials.key)?;
        let client = self.at(&credentials.directory)?;
        Ok(Account::new(client, key, credentials.url.clone()))
    }
}
