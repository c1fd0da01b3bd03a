//! Registering an account (RFC 8555 §7.3), or finding the one that a key has (§7.3.1).

use crate::account::handle::Account;
use crate::account::store::{AccountStore, Registered};
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::{Meta, NewAccount};
use crate::request::{Purpose, Request};
use crate::signing::{ExternalAccount, KeyId};
use crate::transport::Reply;
use crate::url::require_https;
use keys::{PrivateKey, SigningKey};
use std::sync::Arc;

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
    /// The account of `store`; what is missing of it is made: key, registration, or just the note of its URL.
    ///
    /// # Errors
    /// [`Error::TermsNotAgreedTo`] and [`Error::BindingNeeded`] if the CA wants what `registration` lacks, those of files
    /// and keys, and what the CA says to a registration.
    pub fn find_or_register(
        ca: Arc<Ca>,
        store: &AccountStore,
        registration: &Registration,
    ) -> Result<Account> {
        if let Some(Registered { url, .. }) = store.registered()? {
            return Ok(Account::new(ca, store.key()?, url));
        }
        let known = if store.has_key() {
            find(&ca, &store.key()?)?
        } else {
            None
        };
        let url = match known {
            Some(url) => url,
            None => {
                registration.check(ca.url(), &ca.directory().meta)?;
                register(&ca, &store.key()?, registration)?
            }
        };
        store.save(ca.url(), &url)?;
        Ok(Account::new(ca, store.key()?, url))
    }
}

impl Registration {
    /// Whether the CA wants something that a person did not give.
    fn check(&self, directory: &str, meta: &Meta) -> Result<()> {
        let directory = directory.to_owned();
        match &meta.terms_of_service {
            Some(terms) if !self.terms_agreed => {
                let terms = terms.clone();
                Err(Error::TermsNotAgreedTo { directory, terms })
            }
            _ if meta.external_account_required && self.binding.is_none() => {
                Err(Error::BindingNeeded { directory })
            }
            _ => Ok(()),
        }
    }
}

/// The URL of the account that has this key, if there is one (RFC 8555 §7.3.1).
fn find(ca: &Ca, key: &PrivateKey) -> Result<Option<String>> {
    let request = NewAccount {
        only_return_existing: Some(true),
        ..NewAccount::default()
    };
    match post(ca, key, Purpose::FindAccount, &request) {
        Ok(url) => Ok(Some(url)),
        Err(error) if error.is_refusal("accountDoesNotExist") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Registers a key (RFC 8555 §7.3). A key that is registered already is no error: its account comes back.
fn register(ca: &Ca, key: &PrivateKey, registration: &Registration) -> Result<String> {
    let directory = ca.directory();
    let has_terms = directory.meta.terms_of_service.is_some();
    let bind = |binding: &ExternalAccount| binding.bind(key, &directory.new_account);
    let binding = registration.binding.as_ref().map(bind).transpose();
    let request = NewAccount {
        contact: Vec::from_iter(
            registration
                .email
                .as_ref()
                .map(|email| format!("mailto:{email}")),
        ),
        terms_of_service_agreed: (has_terms || registration.terms_agreed).then_some(true),
        only_return_existing: None,
        external_account_binding: binding.map_err(Error::Signing)?,
    };
    post(ca, key, Purpose::NewAccount, &request)
}

/// Sends it; the account's URL comes back.
fn post(ca: &Ca, key: &PrivateKey, purpose: Purpose, request: &NewAccount) -> Result<String> {
    let url = &ca.directory().new_account;
    // A struct of strings, which JSON can always express.
    let payload = serde_json::to_string(request).unwrap_or_default();
    let reply = ca.post(key, KeyId::Jwk(key.jwk()), purpose, url, &payload)?;
    location(reply, Request::post(purpose, url))
}

fn location(reply: Reply, request: Request) -> Result<String> {
    let location = reply
        .location
        .ok_or_else(|| Error::reply(request, "the reply does not say where the account is"))?;
    require_https("the account's URL", &location)?;
    Ok(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_ca_wants_and_was_not_given_is_said_before_it_is_asked() {
        let directory = "https://ca.test/directory";
        let terms = |error: Result<()>| matches!(error, Err(Error::TermsNotAgreedTo { .. }));
        let binding = |error: Result<()>| matches!(error, Err(Error::BindingNeeded { .. }));
        let fine = |error: Result<()>| error.is_ok();
        let given = ExternalAccount::new("kid", "AAAA").ok();
        type Is = fn(Result<()>) -> bool;
        let cases: [(bool, bool, bool, bool, Is); 7] = [
            (false, false, false, false, fine),
            (true, false, false, false, terms),
            (true, false, true, false, fine),
            (false, true, false, false, binding),
            (false, true, false, true, fine),
            (true, true, true, false, binding),
            (true, true, false, true, terms),
        ];
        for (has_terms, wants_binding, agreed, bound, expected) in cases {
            let meta = Meta {
                terms_of_service: has_terms.then(|| "https://ca.test/terms".into()),
                external_account_required: wants_binding,
                ..Meta::default()
            };
            let registration = Registration {
                email: None,
                terms_agreed: agreed,
                binding: given.clone().filter(|_| bound),
            };
            assert!(expected(registration.check(directory, &meta)));
        }
    }
}
