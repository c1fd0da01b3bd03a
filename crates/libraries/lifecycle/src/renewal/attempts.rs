//! How long to wait after tries that led to no new certificate: no CA pauses an account that keeps to that.

use super::changes::change;
use super::facts::Facts;
use super::schedule::lifetime;
use super::state::Attempts;
use certificates::{Health, Validity};
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
/// No pause is longer than this part of a lifetime, so that a certificate that lives for days has more than a try or two.
const PART_OF_LIFETIME: u32 = 12;

/// The part of a lifetime for which a renewal is enough, however many days somebody wants to be left.
const PART_BETWEEN_RENEWALS: u32 = 6;
/// How far the clocks of hosts that share a store may be apart.
const CLOCKS_DIFFER: Duration = Duration::from_secs(3600);

/// The tries that count: not those before a person has mended what failed, nor those for something else than what the
/// configuration asks for now, nor those that led to a certificate that was revoked since.
pub(super) fn that_count(facts: &Facts) -> Attempts {
    let attempts = &facts.state.attempts;
    let is_before = |mended: SystemTime| attempts.last.is_none_or(|last| last < mended);
    let is_over = facts.mended.is_some_and(is_before)
        || were_for_another(attempts, facts)
        || led_to_one_revoked(attempts, facts);
    match is_over {
        true => Attempts::default(),
        false => attempts.clone(),
    }
}

/// Whether the configuration has changed since the last try. A try without a configuration was for the certificate as it is.
fn were_for_another(attempts: &Attempts, facts: &Facts) -> bool {
    match (&attempts.desired, &facts.desired) {
        (Some(then), Some(now)) => !then.is_as(now),
        (None, Some(_)) => change(facts).is_some(),
        (_, None) => false,
    }
}

/// Whether the certificate that was revoked came after the last try. Tries to replace it count: they are of a time when it was
/// there.
fn led_to_one_revoked(attempts: &Attempts, facts: &Facts) -> bool {
    let is_another = |then: &String| Some(then) != facts.serial.as_ref();
    facts.revocation.is_some() && attempts.serial.as_ref().is_some_and(is_another)
}

/// The serial number of the certificate that is there, for a try; empty where there is none, `None` where it is not known.
pub(super) fn present(facts: &Facts) -> Option<String> {
    match facts.health {
        Health::New => Some(String::new()),
        Health::Good | Health::Damaged { .. } => facts.serial.clone(),
    }
}

/// A wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: SystemTime,
    /// Whether the last try led to a certificate.
    pub(super) is_renewed: bool,
}

/// How the next try waits; `None` where it does not wait now. One for which the days decide that a person says waits long
/// where the try before led to a certificate: it may not live for so many days, and would be renewed without end.
pub(super) fn wait(
    attempts: &Attempts,
    facts: &Facts,
    is_for_days: bool,
    now: SystemTime,
) -> Option<Wait> {
    // Further ahead it is of a clock that was wrong.
    let last = attempts.last.filter(|last| *last <= now + CLOCKS_DIFFER)?;
    let validity = facts.validity.as_ref();
    let mut pause = pause(attempts.count, validity)?;
    let is_renewed = is_for_days && facts.installed.is_some_and(|installed| installed >= last);
    if is_renewed {
        pause = pause.max(validity.map_or(pause, |one| lifetime(one) / PART_BETWEEN_RENEWALS));
    }
    let until = last + pause;
    (now < until).then_some(Wait { until, is_renewed })
}

/// The pause after so many tries; none after none.
fn pause(count: u32, validity: Option<&Validity>) -> Option<Duration> {
    let pause = backoff::pause(count)?;
    let longest = validity.map(|validity| lifetime(validity) / PART_OF_LIFETIME);
    Some(longest.map_or(pause, |longest| pause.min(longest.max(MINUTE))))
}
