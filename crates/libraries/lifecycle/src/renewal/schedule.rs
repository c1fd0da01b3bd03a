//! When a certificate is due: by the CA's window, and at the latest by its own lifetime.

use super::facts::{Facts, RenewalAnswer};
use super::reason::Schedule;
use super::state::SuggestedWindow;
use super::window::Window;
use certificates::Validity;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);
/// Certificates with a shorter life are renewed at half of it, and not at two thirds: what is left has to be enough for
/// somebody to mend what fails.
const SHORT_LIVED: Duration = Duration::from_secs(10 * 86_400);
/// The last moment that RFC 3339 can express: no window ends later.
const LATEST: Duration = Duration::from_secs(253_402_300_799);

/// When the certificate is due without a suggestion of its CA, and why then. `days` before its end, where a person says so.
pub(super) fn fallback(validity: &Validity, days: Option<u32>) -> (SystemTime, Schedule) {
    let lifetime = lifetime(validity);
    let (left, schedule) = match days {
        Some(days) => (DAY * days, Schedule::Days(days)),
        None if lifetime < SHORT_LIVED => (lifetime / 2, Schedule::Half),
        None => (lifetime / 3, Schedule::Third),
    };
    let at = validity.not_after.checked_sub(left);
    (at.unwrap_or(validity.not_before), schedule)
}

/// How long it is valid.
pub(super) fn lifetime(validity: &Validity) -> Duration {
    let lifetime = validity.not_after.duration_since(validity.not_before);
    lifetime.unwrap_or_default()
}

/// The window that is known of this certificate from now on, with the moment in it: what the CA suggests, or else what it
/// suggested earlier. A moment that was chosen stays as long as the window does.
pub(super) fn suggested_window(facts: &Facts, chance: f64) -> Option<SuggestedWindow> {
    let certificate = facts.id.clone()?;
    let kept = facts.state.window.clone();
    let kept = kept.filter(|kept| kept.certificate == certificate);
    let RenewalAnswer::Window {
        window,
        explanation,
        ..
    } = &facts.answer
    else {
        return kept;
    };
    let Window { start, end } = usable(window)?;
    let at = match kept {
        Some(kept) if (kept.start, kept.end) == (start, end) => kept.at,
        _ => moment(start, end, chance),
    };
    Some(SuggestedWindow {
        certificate,
        start,
        end,
        at,
        explanation: explanation.clone(),
    })
}

/// Whether a window decides anything: not one that was open already when the certificate was installed, since the next
/// certificate may have the same.
pub(super) fn counts(known: &SuggestedWindow, facts: &Facts) -> bool {
    let installed = installed(facts);
    !facts.is_suggestion_unwanted
        && !installed.is_some_and(|moment| known.window().contains(moment))
}

/// When it was installed, or else when it became valid.
fn installed(facts: &Facts) -> Option<SystemTime> {
    let beginning = facts.validity.map(|validity| validity.not_before);
    facts.installed.or(beginning)
}

/// The window in whole seconds, as the state keeps it; `None` where it is empty, or no clock gets there.
fn usable(window: &Window) -> Option<Window> {
    let whole = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let since = Some(since).filter(|since| *since <= LATEST)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(since.as_secs()))
    };
    let (start, end) = (whole(window.start)?, whole(window.end)?);
    (start < end).then_some(Window { start, end })
}

/// A moment between these, by chance.
fn moment(start: SystemTime, end: SystemTime, chance: f64) -> SystemTime {
    let length = end.duration_since(start).unwrap_or_default().as_secs();
    // What is lost of a fraction of a second does not count.
    let after = (length as f64 * chance.clamp(0.0, 1.0)) as u64;
    start + Duration::from_secs(after.min(length.saturating_sub(1)))
}
