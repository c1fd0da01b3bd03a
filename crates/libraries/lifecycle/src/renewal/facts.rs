//! What a decision is made from.

use super::state::RenewalState;
use super::window::Window;
use certificates::{Health, Validity};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// All that is known of one certificate when it is decided whether it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether its files can be used.
    pub health: Health,
    /// When it is valid; `None` where the certificate cannot be read, or there is none yet.
    pub validity: Option<Validity>,
    /// By what its CA knows it (RFC 9773 §4.1); `None` where it cannot be read, or does not say who issued it.
    pub id: Option<String>,
    /// When it was installed, by this machine's clock; its beginning where that is not known.
    pub installed: Option<SystemTime>,
    /// What it was ordered as; without a record, what the certificate tells.
    pub ordered: Option<Desired>,
    /// What the configuration asks for; `None` without a configuration.
    pub desired: Option<Desired>,
    /// Whether the account that is to order it is the one that ordered it.
    pub is_same_account: bool,
    /// What the CA said of its renewal just now.
    pub answer: RenewalAnswer,
    /// How long before its end it is due, in days, where a person says so.
    pub days: Option<u32>,
    /// Since when a person says that what failed is mended, to the second: tries before that do not count.
    pub mended: Option<SystemTime>,
    /// What earlier runs have kept.
    pub state: RenewalState,
}

/// What a certificate is ordered as: what makes two orders lead to the same kind of certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Its names, as A-labels in lower case, in the order in which they are asked for.
    pub names: Vec<String>,
    /// The URL of the CA's directory; `None` where any will do, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The kind of its key, by lego's name; `None` where any will do, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The certificate profile; `None` where any will do: a CA may choose one that nobody asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// What a CA said of a certificate's renewal (RFC 9773 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenewalAnswer {
    /// It was not asked: it is not to be asked yet, or it is not known who it is.
    NotAsked,
    /// A person wants its suggestions left aside, those that are known already included.
    Unwanted,
    /// It makes no suggestions.
    NotOffered,
    /// It was asked in vain, though orders may get through.
    NotKnown {
        /// Why, in words.
        why: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// It cannot be reached, or does not answer: it would take no order either. This says why, in words.
    Down(String),
    /// It suggests this.
    Window {
        /// When to renew.
        window: Window,
        /// A page that explains why.
        explanation: Option<String>,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
}

impl Desired {
    /// Whether both have the same names, in whatever sequence.
    pub(super) fn has_names_of(&self, other: &Desired) -> bool {
        let has_all =
            |these: &[String], those: &[String]| these.iter().all(|name| those.contains(name));
        has_all(&self.names, &other.names) && has_all(&other.names, &self.names)
    }

    /// Whether both ask for the same, in whatever sequence their names are.
    pub(super) fn is_as(&self, other: &Desired) -> bool {
        self.has_names_of(other)
            && self.directory == other.directory
            && self.key_type == other.key_type
            && self.profile == other.profile
    }

    /// Whether they have a name in common.
    pub(super) fn shares_a_name(&self, other: &Desired) -> bool {
        self.names.iter().any(|name| other.names.contains(name))
    }
}
