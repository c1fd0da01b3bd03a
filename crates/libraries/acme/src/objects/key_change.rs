//! Changing the key of an account (RFC 8555 §7.3.5).

use keys::Jwk;
use serde::Serialize;

/// The payload of the inner JWS of a keyChange request (RFC 8555 §7.3.5).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyChange {
    /// The account's URL.
    pub account: String,
    /// The public key that it has now.
    pub old_key: Jwk,
}
