//! The accounts that orders are placed with: each is found or registered once, when the first order needs it.

use crate::options::Config;
use crate::wanted::Wanted;
use acme::{Account, AccountStore, Client, Credentials, Registration};
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
        let account = slot.get_or_init(|| self.find(&who).map(Arc::new)).clone();
        let key = match &who.by {
            By::Key { key, .. } => key.clone(),
            By::Email(email) => self.store(&who.directory, email).key_path(),
        };
        Ok((account.map_err(problem)?, key))
    }

    /// The profile for a request.
    pub(crate) fn profile<'a>(&'a self, wanted: &'a Wanted) -> Option<&'a str> {
        let profile = wanted.profile.as_deref();
        profile.or(self.config.profile.as_deref())
    }

    /// The account that the request names, while its key is there; else the one of the address.
    fn who(&self, wanted: &Wanted) -> Result<Who, Problem> {
        let config = &self.config;
        let directory = wanted.directory.as_ref().unwrap_or(&config.directory);
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
            directory: directory.clone(),
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
