//! Decides when waiting for a value is over: a function of what the servers show, since when, and now.

use std::time::{Duration, Instant};

use crate::propagation::mistake::mistake;
use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::target::{OtherValue, Polling, Target};

/// How long a zone may be without any usable server: one that is being restarted comes back within that.
const WITHOUT_SERVERS: Duration = Duration::from_secs(3);

/// How long an obvious mistake has to last before waiting ends.
const MISTAKE_STANDS: Duration = Duration::from_secs(1);

/// How long another value has to be alone where the primary serves it, or where it is known to be the newer one.
const OTHER_VALUE_STANDS: Duration = Duration::from_secs(3);

/// How long another value has to be alone on secondaries: BIND delays each NOTIFY by up to 5 s, so that the second
/// value of two may well come that much later.
const OTHER_VALUE_STANDS_ON_SECONDARIES: Duration = Duration::from_secs(10);

/// How long to wait for servers that have not answered yet: each is being asked, and that has a timeout of its own.
const FIRST_LOOK: Duration = Duration::from_secs(60);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Every usable server serves the value.
    Done,
    /// Wait for the next answer, until this time at most.
    Wait(Instant),
    /// Waiting has been long enough, or does not help; the suspicion says why, if there is one.
    GiveUp(Option<Suspicion>),
}

/// Why waiting may be in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// No server answers with authority.
    NoUsableServer,
    /// What a server has was meant to be the value and is not.
    WrongValue,
    /// Writing another value has removed this one.
    Overwritten,
}

/// Decides, and remembers since when there has been a suspicion.
pub(super) struct Decider<'a> {
    target: &'a Target,
    strict: bool,
    start: Instant,
    deadline: Instant,
    suspected: Option<(Suspicion, Instant)>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(target: &'a Target, polling: Polling, start: Instant) -> Self {
        Self {
            target,
            strict: polling.strict,
            start,
            deadline: start + polling.timeout,
            suspected: None,
        }
    }

    pub(super) fn decide(&mut self, observations: &[Observation], now: Instant) -> Decision {
        let count = |state| {
            observations
                .iter()
                .filter(|one| one.state() == state)
                .count()
        };
        if count(ServerState::Pending) > 0 {
            // Even past the deadline: one look at each server is always taken.
            return Decision::Wait(now + FIRST_LOOK);
        }
        let (serving, waiting) = (count(ServerState::Serving), count(ServerState::Waiting));
        let all_serve = serving == observations.len();
        if serving > 0 && waiting == 0 && (all_serve || !self.strict) {
            return Decision::Done;
        }
        let suspected = suspect(self.target, observations);
        if now >= self.deadline {
            return Decision::GiveUp(suspected.map(|(suspicion, _)| suspicion));
        }
        let Some((suspicion, stands)) = suspected else {
            self.suspected = None;
            return Decision::Wait(self.deadline);
        };
        let since = match self.suspected {
            Some((same, since)) if same == suspicion => since,
            _ => now,
        };
        self.suspected = Some((suspicion, since));
        let Some(stands) = stands else {
            return Decision::Wait(self.deadline);
        };
        // The first timeouts take their time, so it counts from half of the period after the start at the latest.
        let since = match suspicion {
            Suspicion::NoUsableServer => since.min(self.start + stands / 2),
            Suspicion::WrongValue | Suspicion::Overwritten => since,
        };
        if now >= since + stands {
            Decision::GiveUp(Some(suspicion))
        } else {
            Decision::Wait(self.deadline.min(since + stands))
        }
    }
}

/// Why waiting may be in vain, and how long that has to last before waiting ends; `None` is until the deadline.
fn suspect(target: &Target, observations: &[Observation]) -> Option<(Suspicion, Option<Duration>)> {
    let usable: Vec<_> = observations
        .iter()
        .filter(|one| matches!(one.state(), ServerState::Serving | ServerState::Waiting))
        .collect();
    if usable.is_empty() {
        let routable = observations
            .iter()
            .any(|one| one.state() != ServerState::Unroutable);
        let stands = if routable {
            WITHOUT_SERVERS
        } else {
            Duration::ZERO
        };
        return Some((Suspicion::NoUsableServer, Some(stands)));
    }
    if usable
        .iter()
        .any(|one| mistake(&one.observed, target).is_some())
    {
        return Some((Suspicion::WrongValue, Some(MISTAKE_STANDS)));
    }
    let others = usable.iter().map(|one| other_value(&one.observed, target));
    let newer: Vec<_> = others
        .map(|other| Some(other?.newer))
        .collect::<Option<_>>()?;
    let is_primary = |one: &&Observation| target.primary.as_ref() == Some(&one.server);
    let stands = if newer.contains(&Some(true)) {
        Some(OTHER_VALUE_STANDS)
    } else if newer.contains(&Some(false)) {
        // It was there first, and says nothing about what came after it.
        None
    } else if usable.iter().any(is_primary) {
        Some(OTHER_VALUE_STANDS)
    } else {
        Some(OTHER_VALUE_STANDS_ON_SECONDARIES)
    };
    Some((Suspicion::Overwritten, stands))
}

/// The other expected value that a server has in place of the one that is waited for.
pub(super) fn other_value<'a>(observed: &Observed, target: &'a Target) -> Option<&'a OtherValue> {
    let Observed::OtherValues(values) = observed else {
        return None;
    };
    target
        .other_values
        .iter()
        .find(|other| values.contains(&other.value))
}

#[cfg(test)]
mod tests;
