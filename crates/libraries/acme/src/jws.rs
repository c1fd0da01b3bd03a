//! Signed requests: JWS in flattened JSON (RFC 8555 §6.2).

use crate::Result;
use crate::key::{AccountKey, base64url};
use serde_json::{Map, Value, json};

/// Who signs: a new account is known by its key only, any other by its URL.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signer<'a> {
    Jwk,
    Kid(&'a str),
}

/// The body of a request. An empty `payload` is a POST-as-GET (RFC 8555 §6.3).
pub(crate) fn sign(
    key: &AccountKey,
    signer: Signer<'_>,
    nonce: &str,
    url: &str,
    payload: &str,
) -> Result<String> {
    let mut header = Map::new();
    header.insert("alg".into(), "ES256".into());
    match signer {
        Signer::Jwk => header.insert("jwk".into(), key.jwk()),
        Signer::Kid(account) => header.insert("kid".into(), account.into()),
    };
    header.insert("nonce".into(), nonce.into());
    header.insert("url".into(), url.into());
    flattened(&Value::Object(header), payload, |input| key.sign(input)).map(|jws| jws.to_string())
}

/// `header` and `payload`, signed by `signature`.
pub(crate) fn flattened(
    header: &Value,
    payload: &str,
    signature: impl FnOnce(&[u8]) -> Result<String>,
) -> Result<Value> {
    let protected = base64url(header.to_string());
    let payload = base64url(payload);
    let signature = signature(format!("{protected}.{payload}").as_bytes())?;
    Ok(json!({"protected": protected, "payload": payload, "signature": signature}))
}
