//! What was read from a certificate's files. Where it is kept, they were good: as long as they are the same, none is read
//! again.

use certificates::Validity;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What a certificate's files tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What its files looked like: [`certificates::Store::fingerprint`].
    pub fingerprint: String,
    /// The first moment at which it is valid.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub not_before: Option<SystemTime>,
    /// The last.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub not_after: Option<SystemTime>,
    /// When it was installed.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub installed: Option<SystemTime>,
    /// By what its CA knows it (RFC 9773 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The names that it was ordered for, or those that it has.
    pub names: Vec<String>,
    /// The CA's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The kind of its key, by lego's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The certificate profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The address of the account that ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Known {
    /// When it is valid; `None` where the certificate cannot be read.
    pub fn validity(&self) -> Option<Validity> {
        Some(Validity {
            not_before: self.not_before?,
            not_after: self.not_after?,
        })
    }
}
