//! What acme-due keeps of a certificate between runs: `renewal.json`.

use super::desired::Desired;
use super::metadata::Metadata;
use super::window::Window;
use crate::state::State;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What acme-due keeps of one certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalState {
    /// What the CA suggested for a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<SuggestedWindow>,
    /// The certificate that the CA was asked about last (RFC 9773 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_about: Option<String>,
    /// Until when the CA is not asked about that certificate again.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub ask_after: Option<SystemTime>,
    /// How often in a row it was asked in vain.
    #[serde(default)]
    pub asked_in_vain: u32,
    /// Requests that were written, without the certificate having been found not due since.
    #[serde(default)]
    pub attempts: Attempts,
    /// The certificate as it was when it was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// A window that the CA suggested, and the moment in it that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedWindow {
    /// The certificate that it is for (RFC 9773 §4.1).
    pub certificate: String,
    /// Its first moment.
    #[serde(with = "crate::time::rfc3339")]
    pub start: SystemTime,
    /// The moment after its last.
    #[serde(with = "crate::time::rfc3339")]
    pub end: SystemTime,
    /// The moment that was chosen.
    #[serde(with = "crate::time::rfc3339")]
    pub at: SystemTime,
    /// A page that explains why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl SuggestedWindow {
    /// The window itself.
    pub fn window(&self) -> Window {
        Window {
            start: self.start,
            end: self.end,
        }
    }
}

/// How often a renewal was tried in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How often.
    pub count: u32,
    /// When the last time.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub last: Option<SystemTime>,
    /// When the time before that, so that the last can be taken back.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub before: Option<SystemTime>,
    /// What the configuration asked for then; `None` without a configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Desired>,
    /// The serial number of the certificate that was there then; empty where there was none. A state of an earlier release has
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

impl Attempts {
    /// These, and one more.
    pub(super) fn and(
        self,
        now: SystemTime,
        desired: Option<Desired>,
        serial: Option<String>,
    ) -> Attempts {
        Attempts {
            count: self.count.saturating_add(1),
            last: Some(now),
            before: self.last,
            desired,
            serial,
        }
    }

    /// These without the last, which came to no order.
    #[must_use]
    pub fn without_last(self) -> Attempts {
        match self.count {
            0 | 1 => Attempts::default(),
            count => Attempts {
                count: count - 1,
                last: self.before,
                before: None,
                ..self
            },
        }
    }
}

impl State for RenewalState {
    const FILE: &'static str = "renewal.json";
}
