//! Finding the account that a key has (RFC 8555 §7.3.1).

use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::NewAccount;
use crate::request::{Purpose, Request};
use crate::signing::KeyId;
use crate::transport::Reply;
use crate::url::require_https;
use keys::SigningKey;

/// The URL of the account that has this key, if there is one.
pub(crate) fn find(ca: &Ca, key: &dyn SigningKey) -> Result<Option<String>> {
    match existing(ca, key) {
        Ok(url) => Ok(Some(url)),
        Err(error) if error.is_refusal("accountDoesNotExist") => Ok(None),
        Err(error) => Err(error),
    }
}

/// The URL of the account that has this key.
pub(crate) fn existing(ca: &Ca, key: &dyn SigningKey) -> Result<String> {
    let request = NewAccount {
        only_return_existing: Some(true),
        ..NewAccount::default()
    };
    post(ca, key, Purpose::FindAccount, &request)
}

/// Sends a newAccount request, and returns the account's URL.
pub(crate) fn post(
    ca: &Ca,
    key: &dyn SigningKey,
    purpose: Purpose,
    request: &NewAccount,
) -> Result<String> {
    let url = &ca.directory().new_account;
    // A struct of strings, which JSON can always express.
    let payload = serde_json::to_string(request).unwrap_or_default();
    let key_id = KeyId::Jwk(key.jwk());
    let reply = ca.post(key, key_id, purpose, url, &payload, &ca.deadline())?;
    location(reply, Request::post(purpose, url))
}

fn location(reply: Reply, request: Request) -> Result<String> {
    let location = reply
        .location
        .ok_or_else(|| Error::reply(request, "the reply does not say where the account is"))?;
    require_https("the account's URL", &location)?;
    Ok(location)
}
