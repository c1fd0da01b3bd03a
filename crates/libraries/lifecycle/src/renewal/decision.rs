//! The decision whether a certificate is due: a pure function of what is known and of now.

use super::asking::after_answer;
use super::attempts::{self, Wait};
use super::changes::change;
use super::facts::{Facts, RenewalAnswer};
use super::reason::{Reason, Schedule};
use super::schedule::{counts, fallback, lifetime, suggested_window};
use super::state::{Attempts, RenewalState};
use super::window::Window;
use certificates::{Health, Moment, Validity};
use std::time::SystemTime;

/// What part of the time between the fallback and the certificate's end has to be left for a CA that is down to be waited
/// for.
const PATIENCE: u32 = 3;

/// Whether a certificate is due, and what follows from that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is due now.
    pub is_due: bool,
    /// Why, or why not.
    pub reason: Reason,
    /// From when on it is renewed, by what is known now: in the past where it is due.
    pub at: Option<SystemTime>,
    /// The CA's window, where it counts.
    pub window: Option<Window>,
    /// The CA's page that explains the window.
    pub explanation: Option<String>,
    /// Whether Let's Encrypt exempts the renewal from its limits: now is in that window, and the new certificate replaces this
    /// one.
    pub is_exempt: bool,
    /// Whether the new certificate replaces this one in the CA's eyes (RFC 9773 §5).
    pub replaces: bool,
    /// What to keep for the next run; where it is due, with one more attempt.
    pub state: RenewalState,
}

impl Decision {
    /// Since when it is due, or from when on: also of one that waits after tries, and then, where it is due for another
    /// reason than its time, since the last of them at least.
    pub fn due_since(&self) -> Option<SystemTime> {
        match &self.reason {
            Reason::Waiting { since, .. } => since.or(self.state.attempts.last),
            _ => self.at,
        }
    }

    /// When it is tried again, where it waits after tries.
    pub fn next_try(&self) -> Option<SystemTime> {
        match &self.reason {
            Reason::Waiting { until, .. } => Some(*until),
            _ => None,
        }
    }
}

/// When a certificate is due by its own time, and why then.
struct Timing {
    at: Option<SystemTime>,
    reason: Reason,
    is_due: bool,
}

/// Decides whether a certificate is due. `chance` is a number from 0 to 1, uniformly distributed, by which a moment in
/// the CA's window is chosen.
pub fn decide(facts: &Facts, now: SystemTime, chance: f64) -> Decision {
    let mut state = after_answer(facts, now);
    state.attempts = attempts::that_count(facts);
    state.window = suggested_window(facts, chance);
    let window = state.window.clone().filter(|window| counts(window, facts));
    let timing = timing(
        facts,
        window.as_ref().map(|known| (known.window(), known.at)),
        now,
    );
    let timing = wait_for_ca(timing, facts, now);
    let timing = hold_back(timing, &state.attempts, facts, now);
    if timing.is_due {
        let serial = attempts::present(facts);
        state.attempts = state.attempts.and(now, facts.desired.clone(), serial);
    } else if timing.reason.is_at_rest() {
        state.attempts = Attempts::default();
    }
    Decision {
        is_due: timing.is_due,
        is_exempt: replaces(facts)
            && window
                .as_ref()
                .is_some_and(|known| known.window().contains(now)),
        explanation: window.as_ref().and_then(|known| known.explanation.clone()),
        window: window.map(|known| known.window()),
        at: timing.at,
        reason: timing.reason,
        replaces: replaces(facts),
        state,
    }
}

/// Decides by what is known before the CA is asked. A moment in its window was chosen when that came, so chance plays no part.
pub fn decide_unasked(facts: &Facts, now: SystemTime) -> Decision {
    decide(facts, now, 0.0)
}

/// When it is due, whatever earlier runs tried.
fn timing(facts: &Facts, window: Option<(Window, SystemTime)>, now: SystemTime) -> Timing {
    let due = |reason| Timing {
        at: Some(now),
        reason,
        is_due: true,
    };
    match &facts.health {
        Health::New => return due(Reason::New),
        Health::Damaged { file, why } => {
            return due(Reason::Damaged {
                file: file.clone(),
                why: why.clone(),
            });
        }
        Health::Good => {}
    }
    if let Some(revocation) = &facts.revocation {
        return Timing {
            at: Some(revocation.at.map_or(now, |at| at.min(now))),
            reason: Reason::Revoked(revocation.clone()),
            is_due: true,
        };
    }
    if let Some(change) = change(facts) {
        return due(Reason::Changed(change));
    }
    let Some(validity) = facts.validity else {
        // One that is good tells when it is valid.
        return due(Reason::New);
    };
    match validity.at(now) {
        Moment::Early => Timing {
            at: None,
            reason: Reason::NotYetValid(validity.not_before),
            is_due: false,
        },
        Moment::Late => due(Reason::Expired(validity.not_after)),
        Moment::Valid => by_schedule(&validity, facts.days, window, now),
    }
}

/// When a valid certificate is due: at the moment in the CA's window, and never later than the fallback.
fn by_schedule(
    validity: &Validity,
    days: Option<u32>,
    window: Option<(Window, SystemTime)>,
    now: SystemTime,
) -> Timing {
    let (fallback, schedule) = fallback(validity, days);
    let (at, schedule) = match window {
        Some((window, chosen)) if chosen <= fallback => {
            (chosen, Schedule::Window { window, chosen })
        }
        _ => (fallback, schedule),
    };
    let is_due = at <= now;
    Timing {
        at: Some(at),
        reason: match is_due {
            true => Reason::Due(schedule),
            false => Reason::NotYet { at, schedule },
        },
        is_due,
    }
}

/// What is due waits while its CA is down: an order would fail, and count as a try that holds back the next when the CA is
/// there again. A CA that is slow gets an order where servers have nothing that they can use.
fn wait_for_ca(timing: Timing, facts: &Facts, now: SystemTime) -> Timing {
    let (why, is_slow) = match &facts.answer {
        RenewalAnswer::Down(why) => (why, false),
        RenewalAnswer::Slow(why) => (why, true),
        _ => return timing,
    };
    let is_tried = is_slow && timing.reason.leaves_servers_without();
    if !timing.is_due || is_tried || is_about_to_expire(facts, now) {
        return timing;
    }
    Timing {
        at: timing.at,
        reason: Reason::CaDown {
            why: why.clone(),
            because: Box::new(timing.reason),
        },
        is_due: false,
    }
}

/// Whether servers have a certificate that they can use, and not for long any more: then an order is worth a try, whatever a
/// look at the CA says.
fn is_about_to_expire(facts: &Facts, now: SystemTime) -> bool {
    let (Health::Good, Some(validity)) = (&facts.health, facts.validity) else {
        return false;
    };
    let (fallback, _) = fallback(&validity, facts.days);
    let in_all = validity
        .not_after
        .duration_since(fallback)
        .unwrap_or_default()
        .min(lifetime(&validity));
    let left = validity.not_after.duration_since(now).unwrap_or_default();
    validity.at(now) != Moment::Late && left <= in_all / PATIENCE
}

/// What is due waits after tries that led to no new certificate.
fn hold_back(timing: Timing, attempts: &Attempts, facts: &Facts, now: SystemTime) -> Timing {
    let is_for_days = matches!(timing.reason, Reason::Due(Schedule::Days(_)));
    match attempts::wait(attempts, facts, is_for_days, now) {
        Some(Wait { until, is_renewed }) if timing.is_due && is_renewed => Timing {
            at: Some(until),
            reason: Reason::RenewedForDays(until),
            is_due: false,
        },
        Some(Wait { until, .. }) if timing.is_due => Timing {
            at: Some(until),
            reason: Reason::Waiting {
                until,
                tries: attempts.count,
                since: match &timing.reason {
                    Reason::Due(_) => timing.at,
                    Reason::Revoked(revocation) => revocation.at,
                    // Its time does not tell since when.
                    _ => None,
                },
                because: Box::new(timing.reason),
            },
            is_due: false,
        },
        _ => timing,
    }
}

/// Whether the CA will take the new certificate for the successor of this one: it knows this one, from the same account,
/// and they have a name in common (RFC 9773 §5).
fn replaces(facts: &Facts) -> bool {
    let Some(ordered) = facts.ordered.as_ref().filter(|_| facts.id.is_some()) else {
        return false;
    };
    let desired = facts.desired.as_ref().unwrap_or(ordered);
    let is_same_ca = match (&desired.directory, &ordered.directory) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(desired), Some(ordered)) => desired == ordered,
    };
    is_same_ca && facts.is_same_account && desired.shares_a_name(ordered)
}

#[cfg(test)]
mod tests;
