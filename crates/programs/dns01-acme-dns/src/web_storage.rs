//! Accounts that a web server keeps, by the protocol of lego: a document for each name, and one with all.

use crate::account::Account;
use crate::storage::{Found, domain_of};
use dns_program::Failure;
use pipeline::{DomainName, Object, Value};
use std::cell::OnceCell;
use web_service::{Base, Client, Request};

/// How much all accounts may have, in bytes: tens of thousands of them.
const LARGEST: u64 = 16 << 20;
/// What the server answers where it has no such account.
const NOT_FOUND: u16 = 404;

/// The server.
pub(crate) struct WebStorage {
    client: Client,
    base: Base,
    all: OnceCell<Object>,
}

impl WebStorage {
    pub(crate) fn new(client: Client, base: Base) -> WebStorage {
        WebStorage {
            client,
            base,
            all: OnceCell::new(),
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        self.base.join(&[])
    }

    /// As [`crate::storage::Storage::find`].
    ///
    /// # Errors
    /// The server does not say, or the account cannot be used.
    pub(crate) fn find(&self, record: &DomainName) -> Result<Option<Found>, Failure> {
        let found = |is_led_to| move |account| Found { account, is_led_to };
        match domain_of(record) {
            Some(domain) => Ok(self.of_domain(domain)?.map(found(false))),
            None => {
                let mut all = self.all()?.values();
                let account = all.find_map(|value| {
                    let is_it = Account::is_of(value, record.as_str());
                    is_it.then(|| Account::read(value).ok()).flatten()
                });
                Ok(account.map(found(true)))
            }
        }
    }

    /// The account that is kept for a name.
    ///
    /// # Errors
    /// The server does not say, or the account cannot be used.
    pub(crate) fn of_domain(&self, domain: &str) -> Result<Option<Account>, Failure> {
        let request = Request::new("GET", self.base.join(&[domain]));
        let reply = self.client.send(&request)?;
        match reply.status {
            NOT_FOUND => Ok(None),
            _ if reply.is_success() => match Account::read(&reply.json()?) {
                Ok(account) => Ok(Some(account)),
                Err(why) => Err(reply.unexpected(&format!("its answer is no account: {why}"))),
            },
            _ => Err(reply.refused()),
        }
    }

    /// Has the server keep an account.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn add(&self, domain: &str, account: Value) -> Result<(), Failure> {
        let request = Request::new("POST", self.base.join(&[domain])).body(account);
        let reply = self.client.send(&request)?;
        match reply.is_success() {
            true => Ok(()),
            false => Err(reply.refused()),
        }
    }

    /// All accounts, as they come; where the server does not show them, there are none.
    fn all(&self) -> Result<&Object, Failure> {
        if let Some(all) = self.all.get() {
            return Ok(all);
        }
        let request = Request::new("GET", self.url()).at_most(LARGEST);
        let reply = self.client.send(&request)?;
        let all = match reply.status {
            NOT_FOUND => Object::new(),
            _ if reply.is_success() => match reply.json()? {
                Value::Object(members) => members,
                _ => Object::new(),
            },
            _ => return Err(reply.refused()),
        };
        Ok(self.all.get_or_init(|| all))
    }
}
