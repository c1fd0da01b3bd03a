//! The objects of RFC 8555 §7.1, as far as they are used here. Members of an
//! order that are not listed are not lost: it keeps the object as the CA sent it.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Where the CA's resources are (RFC 8555 §7.1.1).
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

/// What the CA says of itself (RFC 8555 §7.1.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Where the terms of service can be read.
    pub terms_of_service: Option<String>,
    /// Whether a new account has to be bound to one that exists elsewhere (§7.3.4).
    pub external_account_required: bool,
    /// The profiles that an order can ask for, each with a description.
    pub profiles: serde_json::Map<String, Value>,
}

/// The states of all objects (RFC 8555 §7.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waiting for the client.
    Pending,
    /// An order whose authorizations are all valid.
    Ready,
    /// The CA is at work.
    Processing,
    /// Done, and well.
    Valid,
    /// Done, and failed.
    Invalid,
    /// Given up by the client.
    Deactivated,
    /// Its time is over.
    Expired,
    /// Taken back by the CA.
    Revoked,
    /// None of the states that the RFC knows.
    #[serde(other)]
    Unknown,
}

impl Status {
    /// Whether an authorization in this state stays in it.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Pending | Status::Processing | Status::Unknown)
    }

    /// The RFC's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Ready => "ready",
            Status::Processing => "processing",
            Status::Valid => "valid",
            Status::Invalid => "invalid",
            Status::Deactivated => "deactivated",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
            Status::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a certificate is asked for (RFC 8555 §9.7.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// `dns`, as far as this library goes.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name; in an order with `*.`, in an authorization without.
    pub value: String,
}

impl Identifier {
    /// A DNS name.
    pub fn dns(name: impl Into<String>) -> Identifier {
        Identifier {
            kind: "dns".into(),
            value: name.into(),
        }
    }
}

/// An order (RFC 8555 §7.1.3).
#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    /// `pending`, `ready`, `processing`, `valid` or `invalid`.
    pub status: Status,
    /// What the certificate is for.
    pub identifiers: Vec<Identifier>,
    /// Their URLs, in no particular order.
    pub authorizations: Vec<String>,
    /// Where the CSR goes.
    pub finalize: String,
    /// Where the chain is, once the order is `valid`.
    pub certificate: Option<String>,
    /// Why it is `invalid`.
    pub error: Option<Value>,
    /// All of it: the JSON object that the CA sent.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

impl Order {
    /// Whether it is for these names, each once, in whatever order.
    ///
    /// # Errors
    /// `acmepipe:ca:reply` if it is for others, or for some of them only.
    pub fn check_identifiers(&self, url: &str, ordered: &[Identifier]) -> Result<()> {
        let odd = missing(ordered, &self.identifiers).or(missing(&self.identifiers, ordered));
        let Some(Identifier { value: name, .. }) = odd else {
            return Ok(());
        };
        let shown: String = name.escape_debug().take(100).collect();
        Err(Error::new(
            "ca:reply",
            format!(
                "order {url}: it is not for the names that were ordered: `{shown}` is in one of the two only"
            ),
        ))
    }
}

/// The first of these that is not among the others, in whatever case.
fn missing<'a>(these: &'a [Identifier], others: &[Identifier]) -> Option<&'a Identifier> {
    these.iter().find(|one| {
        let same = |other: &Identifier| {
            one.kind == other.kind && one.value.eq_ignore_ascii_case(&other.value)
        };
        !others.iter().any(same)
    })
}

/// An authorization (RFC 8555 §7.1.4).
#[derive(Debug, Clone, Deserialize)]
pub struct Authorization {
    /// What it is for, without `*.`.
    pub identifier: Identifier,
    /// Where it stands.
    pub status: Status,
    /// The ways to prove control; of a final one those that were tried.
    pub challenges: Vec<Challenge>,
    /// Whether it is for all names below the identifier.
    #[serde(default)]
    pub wildcard: bool,
}

impl Authorization {
    /// Its challenge of the type `kind`.
    pub fn challenge(&self, kind: &str) -> Option<&Challenge> {
        self.challenges
            .iter()
            .find(|challenge| challenge.kind == kind)
    }
}

/// A challenge (RFC 8555 §7.1.5, §8).
#[derive(Debug, Clone, Deserialize)]
pub struct Challenge {
    /// `dns-01` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the CA is told that it can look.
    pub url: String,
    /// Where it stands.
    pub status: Status,
    /// Random, base64url; not every type of challenge has one.
    #[serde(default)]
    pub token: String,
    /// Why it is `invalid`, as the CA sent it.
    pub error: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_no_rfc_knows_is_not_final() {
        let status: Status = serde_json::from_str(r#""pondering""#).expect("any string");
        assert_eq!(status, Status::Unknown);
        assert!(!status.is_final());
    }
}
