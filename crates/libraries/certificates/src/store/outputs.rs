//! The forms in which a certificate is written beside those that every one has.

use crate::pfx::Pfx;
use serde::{Deserialize, Serialize};

/// What is written for a certificate beside its four files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Outputs {
    /// Key and chain in one PEM file.
    #[serde(skip_serializing_if = "is_false")]
    pub pem: bool,
    /// Key and chain in one file of PKCS#12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pfx: Option<Pfx>,
    /// lego's files, beside the certificate's directory.
    #[serde(skip_serializing_if = "is_false")]
    pub lego: bool,
    /// The certificate alone in lego's `.crt`, without those above it.
    #[serde(skip_serializing_if = "is_false")]
    pub no_bundle: bool,
}

impl Outputs {
    /// Whether nothing of it is written.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Outputs::default()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}
