//! That a certificate was revoked, and why.

use crate::state::State;
use serde::{Deserialize, Serialize};

/// The certificate that was revoked, as the CA published it: a later reason is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationState {
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
    /// Why, by the name that RFC 5280 has for it, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl State for RevocationState {
    const FILE: &'static str = "revocation.json";
}
