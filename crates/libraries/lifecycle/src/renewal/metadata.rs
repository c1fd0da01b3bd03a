//! What was read from a certificate's files. Where it is kept, they were good: as long as they are the same, none is read
//! again.

use super::desired::Desired;
use certificates::{Certificate, Chain, Look, Validity};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What a certificate's files tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
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
    /// Its serial number, in hexadecimal digits. What an earlier release kept has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// What it was ordered as; without a record, what the certificate tells.
    pub ordered: Desired,
    /// The certificate profile that the CA says it is of, whether or not somebody asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The address of the account that ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Metadata {
    /// What the files tell; `None` where neither certificate nor record can be read. What the record does not tell, the
    /// certificate does.
    pub fn of(look: &Look, fingerprint: String) -> Option<Metadata> {
        let leaf = look.chain.as_ref().map(Chain::leaf);
        let record = look.record.as_ref();
        let of_leaf = || {
            let names = leaf.map(Certificate::names)?;
            Some(names.into_iter().map(str::to_owned).collect())
        };
        let key_type = look.key_type.map(|kind| kind.name().to_owned());
        let validity = leaf.map(Certificate::validity);
        Some(Metadata {
            fingerprint,
            not_before: validity.map(|validity| validity.not_before),
            not_after: validity.map(|validity| validity.not_after),
            installed: look.installed,
            id: leaf.and_then(Certificate::renewal_id),
            serial: look.leaf().map(Certificate::serial_hex),
            ordered: Desired {
                names: record.map(|record| record.names.clone()).or_else(of_leaf)?,
                directory: record.map(|record| record.directory.clone()),
                key_type: key_type.or_else(|| record.map(|record| record.key_type.clone())),
                profile: record.and_then(|record| record.options.profile.clone()),
            },
            profile: record.and_then(|record| record.profile.clone()),
            email: record.and_then(|record| record.options.email.clone()),
        })
    }

    /// When it is valid; `None` where the certificate cannot be read.
    pub fn validity(&self) -> Option<Validity> {
        Some(Validity {
            not_before: self.not_before?,
            not_after: self.not_after?,
        })
    }
}
