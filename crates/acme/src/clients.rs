//! The CAs that a program has spoken to: each is met once, whoever asks first.

use crate::client::{Client, Settings};
use crate::key::AccountKey;
use crate::{Account, Error, Result, Stop, http};
use serde_json::{Map, Value};
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

impl Credentials {
    /// From an object with `directory` and `account`, which has `url` and `key`; `None` if it has no `account`.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member.
    pub fn from_object(object: &Map<String, Value>) -> Result<Option<Credentials>> {
        let Some(account) = object.get("account") else {
            return Ok(None);
        };
        let text = |value: Option<&Value>, member: &str| match value.and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Error::new(
                "document",
                format!("member `{member}` is missing, or not a string"),
            )),
        };
        let url = |value: Option<&Value>, member: &str| {
            let url = text(value, member)?;
            if http::is_https(&url) {
                return Ok(url);
            }
            Err(Error::new(
                "document",
                format!("member `{member}` is not an https URL"),
            ))
        };
        Ok(Some(Credentials {
            directory: url(object.get("directory"), "directory")?,
            url: url(account.get("url"), "account.url")?,
            key: text(account.get("key"), "account.key")?.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Option<Credentials>> {
        Credentials::from_object(value.as_object().expect("tests pass objects"))
    }

    #[test]
    fn a_member_that_is_wrong_is_named() {
        let good = json!({
            "directory": "https://ca.test/dir", "account": {"url": "https://ca.test/1", "key": "/k"}
        });
        assert!(read(good.clone()).is_ok_and(|found| found.is_some()));
        assert_eq!(read(json!({})), Ok(None));
        for (pointer, member) in [
            ("/directory", "`directory`"),
            ("/account/url", "`account.url`"),
            ("/account/key", "`account.key`"),
        ] {
            for wrong in [json!(7), json!(null), json!({})] {
                let mut bad = good.clone();
                *bad.pointer_mut(pointer).expect("it is there") = wrong;
                let error = read(bad).expect_err("wrong");
                assert_eq!(error.kind, "acmepipe:document");
                assert!(error.detail.contains(member), "{error}");
            }
        }
    }
}
