//! The directory: where a CA's resources are (RFC 8555 §7.1.1).

use serde::Deserialize;
use serde_json::{Map, Value};

/// A directory (RFC 8555 §7.1.1).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Gives a fresh nonce (§7.2).
    pub new_nonce: String,
    /// Registers an account, or finds it (§7.3).
    pub new_account: String,
    /// Places an order (§7.4).
    pub new_order: String,
    /// What the CA says of itself.
    #[serde(default)]
    pub meta: Meta,
}

/// What a CA says of itself (RFC 8555 §7.1.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Where the terms of service can be read.
    pub terms_of_service: Option<String>,
    /// Whether a new account has to be bound to an external account (§7.3.4).
    pub external_account_required: bool,
    /// The profiles that an order can ask for, each with a description (draft-ietf-acme-profiles §3).
    pub profiles: Map<String, Value>,
}
