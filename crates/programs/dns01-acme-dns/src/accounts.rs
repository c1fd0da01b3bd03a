//! The accounts, wherever they are kept.

use crate::account::Account;
use crate::storage::{Found, Storage};
use crate::web_storage::WebStorage;
use dns_program::Failure;
use pipeline::{DomainName, Value};

/// Where accounts are kept.
pub(crate) enum Accounts {
    /// In a file.
    File(Storage),
    /// At a web server.
    Web(WebStorage),
}

impl Accounts {
    /// Where that is, for a message.
    pub(crate) fn place(&self) -> String {
        match self {
            Accounts::File(storage) => storage.path().display().to_string(),
            Accounts::Web(storage) => storage.url(),
        }
    }

    /// The account for a record: the one to whose name at the server it has been led, else the one that is kept for the name to
    /// be proven.
    ///
    /// # Errors
    /// It is not known, or cannot be used.
    pub(crate) fn find(&self, record: &DomainName) -> Result<Option<Found>, Failure> {
        match self {
            Accounts::File(storage) => storage.find(record).map_err(Failure::new),
            Accounts::Web(storage) => storage.find(record),
        }
    }

    /// The account that is kept for a name.
    ///
    /// # Errors
    /// It is not known, or cannot be used.
    pub(crate) fn of_domain(&self, domain: &str) -> Result<Option<Account>, Failure> {
        match self {
            Accounts::File(storage) => storage.of_domain(domain).map_err(Failure::new),
            Accounts::Web(storage) => storage.of_domain(domain),
        }
    }

    /// Keeps one more.
    ///
    /// # Errors
    /// It is not kept.
    pub(crate) fn add(&mut self, domain: &str, account: Value) -> Result<(), Failure> {
        match self {
            Accounts::File(storage) => storage.add(domain, account).map_err(Failure::new),
            Accounts::Web(storage) => storage.add(domain, account),
        }
    }
}
