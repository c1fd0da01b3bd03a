//! Accounts: who asks (RFC 8555 §7.3).

use crate::client::{Client, require_https};
use crate::http::Reply;
use crate::jws::Signer;
use crate::key::AccountKey;
use crate::store::{Registered, Store};
use crate::{Error, ExternalAccount, Result, parallel};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An account at a CA, with the key that signs for it.
#[derive(Debug)]
pub struct Account {
    client: Arc<Client>,
    key: AccountKey,
    url: String,
}

/// What a new account is registered with.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// Where the CA can write to.
    pub email: Option<String>,
    /// Whether a person agreed to the CA's terms of service.
    pub terms_agreed: bool,
    /// The account that exists elsewhere already.
    pub binding: Option<ExternalAccount>,
}

impl Account {
    /// An account that is registered already.
    pub fn new(client: Arc<Client>, key: AccountKey, url: String) -> Account {
        Account { client, key, url }
    }

    /// The account of `store`; what is missing of it is made: key, registration, or just the note of its URL.
    ///
    /// # Errors
    /// `acmepipe:account:terms` or `:binding` if the CA wants what `registration` lacks, those of files and keys, and
    /// what the CA says to a registration.
    pub fn find_or_register(
        client: Arc<Client>,
        store: &Store,
        registration: &Registration,
    ) -> Result<Account> {
        if let Some(Registered { url, key }) = store.registered()? {
            return Ok(Account::new(client, AccountKey::read(&key)?, url));
        }
        let known = if store.has_key() {
            find(&client, &store.key()?)?
        } else {
            None
        };
        let url = match known {
            Some(url) => url,
            None => {
                registration.check(&client)?;
                register(&client, &store.key()?, registration)?
            }
        };
        store.save(client.url(), &url)?;
        Ok(Account::new(client, store.key()?, url))
    }

    /// The account's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that signs for it.
    pub fn key(&self) -> &AccountKey {
        &self.key
    }

    /// The CA.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A request for each of these, several at once: as many as [`Settings`](crate::Settings) allow, or fewer where the
    /// CA is quick. The results come in the order of the items.
    pub fn side_by_side<T: Sync, R: Send>(
        &self,
        items: &[T],
        request: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        parallel::side_by_side(self.client.width(items.len()), items, request)
    }

    /// Sends `payload` to `url`; `what` is for the error.
    pub(crate) fn post(&self, what: &str, url: &str, payload: &Value) -> Result<Reply> {
        let signer = Signer::Kid(&self.url);
        self.client
            .post(&self.key, signer, what, url, &payload.to_string())
    }

    /// POST-as-GET (RFC 8555 §6.3).
    pub(crate) fn fetch(&self, what: &str, url: &str) -> Result<Reply> {
        self.client
            .post(&self.key, Signer::Kid(&self.url), what, url, "")
    }
}

impl Registration {
    /// Whether the CA wants something that a person did not give.
    fn check(&self, client: &Client) -> Result<()> {
        let meta = &client.directory().meta;
        if let Some(terms) = meta
            .terms_of_service
            .as_ref()
            .filter(|_| !self.terms_agreed)
        {
            return Err(Error::new(
                "account:terms",
                format!(
                    "{} wants its terms of service agreed to: {terms}",
                    client.url()
                ),
            )
            .with_hint("read them, then say so with --accept-tos or LEGO_ACCEPT_TOS=true"));
        }
        if meta.external_account_required && self.binding.is_none() {
            return Err(Error::new(
                "account:binding",
                format!(
                    "{} registers only who is its customer already",
                    client.url()
                ),
            )
            .with_hint(
                "get a key identifier and HMAC key from the CA, and give --eab, --kid and --hmac",
            ));
        }
        Ok(())
    }
}

/// The URL of the account that has this key, if there is one (RFC 8555 §7.3.1).
fn find(client: &Client, key: &AccountKey) -> Result<Option<String>> {
    let payload = json!({"onlyReturnExisting": true}).to_string();
    let url = &client.directory().new_account;
    match client.post(key, Signer::Jwk, "account of a key", url, &payload) {
        Ok(reply) => location(&reply, url).map(Some),
        Err(error) if error.is("accountDoesNotExist") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Registers a key (RFC 8555 §7.3). A key that is registered already is no error: its account comes back.
fn register(client: &Client, key: &AccountKey, registration: &Registration) -> Result<String> {
    let url = &client.directory().new_account;
    let mut payload = Map::new();
    if client.directory().meta.terms_of_service.is_some() || registration.terms_agreed {
        payload.insert("termsOfServiceAgreed".into(), true.into());
    }
    if let Some(email) = &registration.email {
        payload.insert("contact".into(), json!([format!("mailto:{email}")]));
    }
    if let Some(binding) = &registration.binding {
        payload.insert("externalAccountBinding".into(), binding.bind(key, url)?);
    }
    let payload = Value::Object(payload).to_string();
    let reply = client.post(key, Signer::Jwk, "new account", url, &payload)?;
    location(&reply, url)
}

fn location(reply: &Reply, url: &str) -> Result<String> {
    let location = reply.location.clone().ok_or_else(|| {
        Error::new(
            "ca:reply",
            format!("new account (POST {url}): the reply does not say where the account is"),
        )
    })?;
    require_https("the account's URL", &location)?;
    Ok(location)
}
