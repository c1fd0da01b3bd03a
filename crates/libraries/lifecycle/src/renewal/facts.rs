//! What a decision is made from.

use super::desired::Desired;
use super::state::RenewalState;
use super::window::Window;
use crate::revocation::Revocation;
use certificates::{Health, Validity};
use std::time::{Duration, SystemTime};

/// All that is known of one certificate when it is decided whether it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether its files can be used.
    pub health: Health,
    /// That it was revoked, where that is known here.
    pub revocation: Option<Revocation>,
    /// When it is valid; `None` where the certificate cannot be read, or there is none yet.
    pub validity: Option<Validity>,
    /// Its serial number, in hexadecimal digits; `None` where it cannot be read, or there is none yet.
    pub serial: Option<String>,
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
    /// Whether a person wants the CA's suggestions left aside, those that are known already included.
    pub is_suggestion_unwanted: bool,
    /// What the CA said of its renewal just now.
    pub answer: RenewalAnswer,
    /// How long before its end it is due, in days, where a person says so.
    pub days: Option<u32>,
    /// Since when a person says that what failed is mended, to the second: tries before that do not count.
    pub mended: Option<SystemTime>,
    /// What earlier runs have kept.
    pub state: RenewalState,
}

/// What a CA said of a certificate's renewal (RFC 9773 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenewalAnswer {
    /// It was not asked: it is not to be asked yet, or it is not known who it is.
    NotAsked,
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
    /// It did not answer in the time that a look may take. An order may have more of it.
    Slow(String),
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
