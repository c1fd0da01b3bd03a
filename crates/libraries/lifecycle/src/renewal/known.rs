//! What was read from a certificate's files and was found good: as long as the files are the same, none is read again.

use certificates::Validity;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// A certificate whose files are good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What its files looked like: [`certificates::Store::fingerprint`].
    pub fingerprint: String,
    /// The first moment at which it is valid.
    #[serde(with = "crate::time::rfc3339")]
    pub not_before: SystemTime,
    /// The last.
    #[serde(with = "crate::time::rfc3339")]
    pub not_after: SystemTime,
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
    /// When it is valid.
    pub fn validity(&self) -> Validity {
        Validity {
            not_before: self.not_before,
            not_after: self.not_after,
        }
    }
}
