//! Decides when waiting for a value is over: a function of what the servers show, since when, and now.

use std::time::{Duration, Instant};

use crate::propagation::mistake::mistake;
use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::run_values::Other;
use crate::propagation::target::{Polling, Target};

/// How long a zone may be without any usable server: one that is being restarted comes back within that.
pub(super) const WITHOUT_SERVERS: Duration = Duration::from_secs(3);

/// How long an obvious mistake has to last before waiting ends.
const MISTAKE_STANDS: Duration = Duration::from_secs(1);

/// How long another value has to be alone where the primary serves it, or where it is known to be the newer one.
const OTHER_VALUE_STANDS: Duration = Duration::from_secs(3);

/// How long another value has to be alone on secondaries: BIND delays each NOTIFY by up to 5 s, so that the second
/// value of two may well come that much later.
const OTHER_VALUE_STANDS_ON_SECONDARIES: Duration = Duration::from_secs(10);

/// How long a value that was removed, as it seems, has to be nowhere: behind one address may stand several servers, and
/// some services make changes visible in another order than they came.
const REMOVAL_STANDS: Duration = Duration::from_secs(10);

/// How long to wait for servers that have not answered yet: each is being asked, and that has a timeout of its own.
pub(super) const FIRST_LOOK: Duration = Duration::from_secs(60);

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
    /// Another value of the run stands in its place.
    Overwritten,
    /// It was there, or has to have been, and is nowhere now.
    Removed,
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
            Suspicion::WrongValue | Suspicion::Overwritten | Suspicion::Removed => since,
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
    let others = usable.iter().map(|one| other_value(one));
    let newer: Option<Vec<_>> = others.map(|other| Some(other?.is_newer)).collect();
    if let Some(newer) = newer {
        let is_primary = |one: &&Observation| target.primary.as_ref() == Some(&one.server);
        // Where it is gone itself, more changes may be on their way.
        let has_primary = usable.iter().any(is_primary) && usable.iter().all(has_values);
        return Some((
            Suspicion::Overwritten,
            other_value_stands(&newer, has_primary),
        ));
    }
    let seems_removed = is_nowhere(&usable)
        && (usable.iter().any(|one| one.history.had_it)
            || usable
                .iter()
                .all(|one| target.others.written_later(one.address).is_some()));
    seems_removed.then_some((Suspicion::Removed, Some(REMOVAL_STANDS)))
}

/// How long other values of the run have to be alone, by whether each was written later than the one that is waited for.
fn other_value_stands(newer: &[Option<bool>], has_primary: bool) -> Option<Duration> {
    if newer.contains(&Some(true)) {
        Some(OTHER_VALUE_STANDS)
    } else if newer.contains(&Some(false)) {
        // It was there first, and says nothing about what came after it.
        None
    } else if has_primary {
        Some(OTHER_VALUE_STANDS)
    } else {
        Some(OTHER_VALUE_STANDS_ON_SECONDARIES)
    }
}

/// Whether no server has the value, and none an alias in its place.
fn is_nowhere(usable: &[&Observation]) -> bool {
    usable.iter().all(|one| lacks_it(one))
}

fn lacks_it(one: &Observation) -> bool {
    one.state() == ServerState::Waiting && !matches!(one.observed, Observed::Cname(_))
}

fn has_values(one: &&Observation) -> bool {
    matches!(one.observed, Observed::OtherValues(_))
}

/// The other value of the run that a server has, or has had, in place of the one that is waited for.
pub(super) fn other_value(one: &Observation) -> Option<&Other> {
    one.history.other.as_ref().filter(|_| lacks_it(one))
}

#[cfg(test)]
mod tests;
