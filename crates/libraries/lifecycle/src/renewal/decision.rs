//! The decision whether a certificate is due: a pure function of what is known and of now.

use super::facts::{Facts, Window};
use super::state::RenewalState;
use std::time::SystemTime;

/// Whether a certificate is due, and what follows from that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is due now.
    pub is_due: bool,
    /// Why, or why not.
    pub reason: Reason,
    /// When it is due by what is known now; in the past where it is due, or is held back.
    pub at: Option<SystemTime>,
    /// The CA's window, where it counts.
    pub window: Option<Window>,
    /// Whether now is in that window, where Let's Encrypt exempts a renewal from its limits.
    pub is_exempt: bool,
    /// Whether the new certificate replaces this one in the CA's eyes (RFC 9773 §5).
    pub replaces: bool,
    /// What to keep for the next run.
    pub state: RenewalState,
}

/// Why a certificate is due, or is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its time has not come.
    NotYet,
}

/// Decides whether a certificate is due. `chance` is a number from 0 to 1, uniformly distributed, by which a moment in
/// the CA's window is chosen.
pub fn decide(facts: &Facts, now: SystemTime, chance: f64) -> Decision {
    let _ = (now, chance);
    Decision {
        is_due: false,
        reason: Reason::NotYet,
        at: None,
        window: None,
        is_exempt: false,
        replaces: false,
        state: facts.state.clone(),
    }
}
