//! What a decision is made from.

use super::state::RenewalState;
use certificates::Validity;
use std::time::SystemTime;

/// All that is known of one certificate when it is decided whether it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether its files can be used.
    pub health: Health,
    /// When it is valid; `None` where the certificate cannot be read, or there is none yet.
    pub validity: Option<Validity>,
    /// When it was installed, by this machine's clock; its beginning where that is not known.
    pub installed: Option<SystemTime>,
    /// What it was ordered as; `None` where no record tells.
    pub ordered: Option<Desired>,
    /// What the configuration asks for; `None` without a configuration.
    pub desired: Option<Desired>,
    /// What the CA said of its renewal just now.
    pub answer: RenewalAnswer,
    /// How long before its end it is due, in days, where a person says so.
    pub days: Option<u32>,
    /// What earlier runs have kept.
    pub state: RenewalState,
}

/// Whether the files of a certificate can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// They can.
    Good,
    /// There is no certificate yet.
    New,
    /// One is missing, empty, broken, or does not belong to the others.
    Damaged {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What a certificate is ordered as: what makes two orders lead to the same kind of certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desired {
    /// Its names, as A-labels in lower case, in the order in which they are asked for.
    pub names: Vec<String>,
    /// The URL of the CA's directory; `None` where any will do.
    pub directory: Option<String>,
    /// The kind of its key, by lego's name; `None` where any will do.
    pub key_type: Option<String>,
    /// The certificate profile.
    pub profile: Option<String>,
}

/// What a CA said of a certificate's renewal (RFC 9773 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenewalAnswer {
    /// It was not asked: it does not offer this, or is not to be asked yet.
    NotAsked,
    /// It was asked in vain, for what this says in words.
    NotKnown(String),
    /// It suggests this.
    Window {
        /// When to renew.
        window: Window,
        /// A page that explains why.
        explanation: Option<String>,
    },
}

/// A time in which a CA wants a certificate to be renewed (RFC 9773 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment.
    pub start: SystemTime,
    /// The moment after its last.
    pub end: SystemTime,
}
