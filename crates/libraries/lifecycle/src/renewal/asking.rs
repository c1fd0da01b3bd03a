//! Whether a CA is asked about a certificate, and when it is asked again (RFC 9773 §4.3).

use super::facts::{Facts, RenewalAnswer};
use super::schedule::{counts, suggested_window};
use super::state::RenewalState;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// A CA that does not say when it wants to be asked again (RFC 9773 §4.3.2).
const USUAL: Duration = Duration::from_secs(6 * 3600);
/// It is asked at least this often, whatever it wants (RFC 9773 §4.3.2).
const LONGEST: Duration = Duration::from_secs(86_400);

/// Whether the CA is to be asked about the certificate that it knows by this id.
pub fn is_to_be_asked(state: &RenewalState, id: &str, now: SystemTime) -> bool {
    match state.ask_after {
        Some(after) if state.asked_about.as_deref() == Some(id) => {
            // A time so far away comes from a clock that was wrong then, or is now.
            after <= now || after > now + LONGEST
        }
        _ => true,
    }
}

/// The state after the CA's answer. What is kept of another certificate goes.
pub(super) fn after_answer(facts: &Facts, now: SystemTime) -> RenewalState {
    let mut state = facts.state.clone();
    if state.asked_about != facts.id {
        (state.asked_about, state.ask_after) = (None, None);
        state.asked_in_vain = 0;
    }
    let Some((pause, asked_in_vain)) = pause(facts, state.asked_in_vain) else {
        return state;
    };
    state.asked_about = facts.id.clone();
    state.ask_after = Some(now + pause);
    state.asked_in_vain = asked_in_vain;
    state
}

/// How long to wait before the CA is asked again, and how often it was asked in vain by then; `None` where it gave no
/// answer that says so.
fn pause(facts: &Facts, asked_in_vain: u32) -> Option<(Duration, u32)> {
    match &facts.answer {
        // Each run looks whether it is up again.
        RenewalAnswer::NotAsked | RenewalAnswer::Down(_) | RenewalAnswer::Slow(_) => None,
        RenewalAnswer::NotOffered => Some((LONGEST, 0)),
        RenewalAnswer::NotKnown { retry_after, .. } => {
            let growing = MINUTE * 2_u32.saturating_pow(asked_in_vain.min(6));
            let pause = retry_after.map_or(growing.min(HOUR), |pause| pause.clamp(MINUTE, LONGEST));
            Some((pause, asked_in_vain.saturating_add(1)))
        }
        RenewalAnswer::Window { retry_after, .. } => {
            let pause = retry_after.unwrap_or(USUAL).clamp(MINUTE, LONGEST);
            // One that does not count may be about to change.
            let is_of_use = suggested_window(facts, 0.0).is_some_and(|known| counts(&known, facts));
            Some((if is_of_use { pause } else { pause.min(HOUR) }, 0))
        }
    }
}
