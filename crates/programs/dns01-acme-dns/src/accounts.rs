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

    /// Makes sure that one more can be kept, as far as that can be known, and sees what others have kept meanwhile.
    ///
    /// # Errors
    /// It cannot.
    pub(crate) fn prepare(&mut self) -> Result<(), Failure> {
        match self {
            Accounts::File(storage) => storage.prepare().map_err(Failure::new),
            Accounts::Web(_) => Ok(()),
        }
    }

    /// Keeps one more. What comes back is the one that another program has kept for the name meanwhile, if one has.
    ///
    /// # Errors
    /// It is not kept.
    pub(crate) fn add(&mut self, domain: &str, account: Value) -> Result<Option<Account>, Failure> {
        match self {
            Accounts::File(storage) => storage.add(domain, account).map_err(Failure::new),
            Accounts::Web(storage) => storage.add(domain, account).map(|()| None),
        }
    }
}
