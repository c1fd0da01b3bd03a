//! The accounts that orders are placed with: each is found or registered once, when the first order needs it.

use crate::options::Config;
use crate::validity::Validity;
use crate::wanted::Wanted;
use acme::{Account, AccountStore, ChallengeType, Client, Credentials, Registration};
use acme_cli::{find_or_register, problem};
use keys::KeyType;
use pipeline::Problem;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// An account, or why there is none; empty until that is known.
type Slot = Arc<OnceLock<acme::Result<Arc<Account>>>>;

/// The accounts of a run.
pub(crate) struct Accounts {
    config: Config,
    client: Client,
    known: Mutex<HashMap<Who, Slot>>,
}

/// Which account an order is placed with, at the CA with this directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Who {
    directory: String,
    by: By,
}

/// How an account is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum By {
    /// By its key, which is there, and its URL, where that is known.
    Key { key: PathBuf, url: Option<String> },
    /// By its contact address, below `--path`; it is registered if need be.
    Email(Option<String>),
}

impl Accounts {
    pub(crate) fn new(config: Config, client: Client) -> Accounts {
        Accounts {
            config,
            client,
            known: Mutex::default(),
        }
    }

    /// The account for a request, and where its key is.
    pub(crate) fn of(&self, wanted: &Wanted) -> Result<(Arc<Account>, PathBuf), Problem> {
        let who = self.who(wanted)?;
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(who.clone()).or_default().clone()
        };
        let find = || {
            let account = self.find(&who)?;
            acme_cli::say_clock(account.ca());
            Ok(Arc::new(account))
        };
        let account = slot.get_or_init(find).clone();
        let key = match &who.by {
            By::Key { key, .. } => key.clone(),
            By::Email(email) => self.store(&who.directory, email).key_path(),
        };
        Ok((account.map_err(problem)?, key))
    }

    /// The URL of the directory of the CA that a request goes to.
    pub(crate) fn directory<'a>(&'a self, wanted: &'a Wanted) -> &'a str {
        wanted.directory.as_ref().unwrap_or(&self.config.directory)
    }

    /// The profile for a request.
    pub(crate) fn profile<'a>(&'a self, wanted: &'a Wanted) -> Option<&'a str> {
        let profile = wanted.profile.as_deref();
        profile.or(self.config.profile.as_deref())
    }

    /// Whether the names of a request may be ordered with this account now: not those that failed lately, unless somebody says
    /// so. acme-due has had its requests wait already.
    pub(crate) fn check(&self, account: &Account, wanted: &Wanted) -> Result<(), Problem> {
        if self.config.force {
            return Ok(());
        }
        let names: Vec<&str> = wanted.names.ordered.iter().map(String::as_str).collect();
        let failures = &self.config.failures;
        failures.check(account.url(), &names, wanted.is_due)
    }

    /// Notes what the CA answered to an order.
    pub(crate) fn ordered<T>(&self, account: &Account, wanted: &Wanted, answer: &acme::Result<T>) {
        let names: Vec<&str> = wanted.names.ordered.iter().map(String::as_str).collect();
        let failures = &self.config.failures;
        failures.ordered(account.url(), &names, answer);
    }

    /// The types of challenges that are wanted for a request, where anybody says.
    pub(crate) fn challenge<'a>(&'a self, wanted: &'a Wanted) -> Option<&'a [ChallengeType]> {
        let challenge = wanted.challenge.as_deref();
        challenge.or(self.config.challenge.as_deref())
    }

    /// For how long the certificate of a request is to be valid.
    pub(crate) fn validity(&self, wanted: &Wanted) -> Validity {
        let own = Some(wanted.validity).filter(|validity| !validity.is_open());
        own.unwrap_or(self.config.validity)
    }

    /// The account that the request names, while its key is there; else the one of the address.
    fn who(&self, wanted: &Wanted) -> Result<Who, Problem> {
        let config = &self.config;
        let directory = self.directory(wanted);
        let named = wanted.account.as_ref().filter(|named| named.key.exists());
        let by = match named {
            Some(named) => {
                config.key_places.check(&named.key)?;
                By::Key {
                    key: named.key.clone(),
                    url: named.url.clone(),
                }
            }
            None => {
                let email = wanted.email.as_ref();
                By::Email(email.or(config.registration.email.as_ref()).cloned())
            }
        };
        Ok(Who {
            directory: directory.to_owned(),
            by,
        })
    }

    fn find(&self, who: &Who) -> acme::Result<Account> {
        let directory = &who.directory;
        match &who.by {
            By::Key {
                key,
                url: Some(url),
            } => self.client.account(&Credentials {
                directory: directory.clone(),
                url: url.clone(),
                key: key.clone(),
            }),
            By::Key { key, url: None } => self.client.account_of_key(directory, key),
            By::Email(email) => {
                let store = self.store(directory, email);
                let registration = self.registration(directory, email);
                find_or_register(&self.client, &store, &registration, KeyType::EC256)
            }
        }
    }

    fn store(&self, directory: &str, email: &Option<String>) -> AccountStore {
        AccountStore::new(&self.config.state, directory, email.as_deref())
    }

    /// What a new account is registered with. The external account is one at the CA of the command line.
    fn registration(&self, directory: &str, email: &Option<String>) -> Registration {
        let config = &self.config;
        let mut registration = config.registration.clone();
        registration.email.clone_from(email);
        if directory != config.directory {
            registration.binding = None;
        }
        registration
    }
}
