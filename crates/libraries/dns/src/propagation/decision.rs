//! Decides when waiting for a value is over: a function of what the servers show, since when, and now.

use std::time::{Duration, Instant};

use crate::propagation::mistake::mistake;
use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::run_values::Other;
use crate::propagation::target::{Polling, Target};

/// How long a server may be of no use before it is not waited for any more, and a zone without any before waiting ends: one
/// that is being restarted comes back within that.
pub(super) const WITHOUT_SERVERS: Duration = Duration::from_secs(3);

/// How much earlier than the others a server that serves the value may have been asked when all do.
const TOGETHER: Duration = Duration::from_millis(50);

/// How long an obvious mistake has to last before waiting ends.
const MISTAKE_STANDS: Duration = Duration::from_secs(1);

/// How long another value has to be alone where the primary serves it, or where it is known to be the newer one.
const OTHER_VALUE_STANDS: Duration = Duration::from_secs(3);

/// How long another value has to be alone on secondaries: BIND delays each NOTIFY by up to 5 s, so that the second
/// value of two may well come that much later.
const OTHER_VALUE_STANDS_ON_SECONDARIES: Duration = Duration::from_secs(10);

/// How long the zone has to have changed without the value before that is looked for at other names.
const CHANGE_STANDS: Duration = Duration::from_secs(1);

/// How long a value that was removed, as it seems, has to be nowhere: behind one address may stand several servers, and
/// some services make changes visible in another order than they came.
const REMOVAL_STANDS: Duration = Duration::from_secs(10);

/// How much later than the timeout the looks may end that are being taken then.
pub(super) const LOOKS_END: Duration = Duration::from_secs(3);

/// How old the answer of a server that lacks the value may be when the time is over.
const OLD: Duration = Duration::from_secs(1);

/// How long to wait for servers that have not answered yet: each is being asked, and that has a timeout of its own.
pub(super) const FIRST_LOOK: Duration = Duration::from_secs(60);

/// How much longer than the default timeout it waits where all servers say that nothing is at the name. A server may remember
/// that from before the record was written: PowerDNS does, for 80 s since a question, of what is written to its database behind
/// its back.
const REMEMBERED: Duration = Duration::from_secs(25);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Every usable server serves the value.
    Done,
    /// All seem to serve the value: look again at those that were last asked before this time, since the start, and wait
    /// for that until the other time at most.
    LookAgain(Duration, Instant),
    /// The time is over: look once more at those that are not as wanted and were last asked before this time, since
    /// the start, and wait for that until the other time at most.
    LastLook(Duration, Instant),
    /// No server has it though the zone has changed, or all have a CNAME there: find out whether that can change at all.
    Seek,
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
    /// The zone has fewer addresses than are to serve it, or fewer that do.
    TooFewServers,
    /// It is served too late to be served for as long as it is to be.
    NotSettled,
}

/// Decides, and remembers since when there has been a suspicion.
pub(super) struct Decider<'a> {
    target: &'a Target,
    polling: Polling,
    start: Instant,
    /// When the last of them was asked that completed all servers that count, since the start; none while one lacks the value.
    completed: Option<Duration>,
    suspected: Option<(Suspicion, Instant)>,
    /// Since when it looks as if waiting were in vain, and whether that was looked into.
    hopeless: Option<(Instant, bool)>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(target: &'a Target, polling: Polling, start: Instant) -> Self {
        Self {
            target,
            polling,
            start,
            completed: None,
            suspected: None,
            hopeless: None,
        }
    }

    pub(super) fn decide(&mut self, observations: &[Observation], now: Instant) -> Decision {
        let deadline = self.deadline(observations);
        let has_it = |one: &Observation| one.state() == ServerState::Serving;
        let of_value = || observations.iter().filter(|one| one.alias.is_none());
        let serving = of_value().filter(|one| has_it(one)).count();
        let is_enough = serving >= self.polling.wanted();
        // Where so many are enough, nobody waits for the others.
        let counts = |one: &Observation| {
            self.polling.at_least.is_none() || !is_enough || has_it(one) || one.alias.is_some()
        };
        let is_pending = |one: &Observation| one.state() == ServerState::Pending && counts(one);
        if observations.iter().any(is_pending) {
            // One look at each server is always taken where no more than that is asked for.
            if self.polling.timeout.is_zero() {
                return Decision::Wait(now + FIRST_LOOK);
            }
            let until = deadline + LOOKS_END;
            if now < until {
                return Decision::Wait(until);
            }
            let is_usable = |one: &Observation| one.alias.is_none() && one.state().is_usable();
            let is_any = observations.iter().any(is_usable);
            return Decision::GiveUp((!is_any).then_some(Suspicion::NoUsableServer));
        }
        let mut comes_back = None;
        // The value, and each of the CNAMEs that lead to it, has to be somewhere.
        let is_somewhere = |of: &Observation| {
            let same = observations.iter().filter(|one| one.alias == of.alias);
            same.into_iter().any(has_it)
        };
        let is_seen = !observations.is_empty() && observations.iter().all(is_somewhere);
        let wanted = self.polling.wanted();
        if !observations.is_empty() && of_value().count() < wanted {
            return Decision::GiveUp(Some(Suspicion::TooFewServers));
        }
        if is_seen {
            let others = observations
                .iter()
                .filter(|one| !has_it(one) && counts(one));
            let holds_up = others.map(|one| self.holds_up(one, observations, now));
            let holds_up: Vec<_> = holds_up.collect();
            if is_enough && holds_up.iter().all(|one| *one == HoldsUp::No) {
                return self.look_again(observations, now, deadline);
            }
            let until = |one: &HoldsUp| match one {
                HoldsUp::Until(until) => Some(*until),
                HoldsUp::No | HoldsUp::ForEver => None,
            };
            comes_back = holds_up.iter().filter_map(until).min();
        }
        self.completed = None;
        let wait = |until: Instant| Decision::Wait(comes_back.map_or(until, |at| at.min(until)));
        let suspected = suspect(self.target, observations, self.polling.is_given);
        if now >= deadline {
            let all_else = is_seen
                && observations
                    .iter()
                    .all(|one| one.state() != ServerState::Waiting);
            let too_few = (all_else && !is_enough).then_some(Suspicion::TooFewServers);
            let suspicion = suspected.map(|(suspicion, _)| suspicion).or(too_few);
            let last_look = last_look(observations, ServerState::Waiting, self.polling, deadline);
            return last_look
                .filter(|_| now < deadline + LOOKS_END)
                .unwrap_or(Decision::GiveUp(suspicion));
        }
        let Some((suspicion, stands)) = suspected else {
            self.suspected = None;
            return match self.is_to_be_sought(observations, now) {
                Some(at) if now >= at => Decision::Seek,
                Some(at) => wait(deadline.min(at)),
                None => wait(deadline),
            };
        };
        self.hopeless = None;
        let since = match self.suspected {
            Some((same, since)) if same == suspicion => since,
            _ => now,
        };
        self.suspected = Some((suspicion, since));
        let Some(stands) = stands else {
            return wait(deadline);
        };
        // The first timeouts take their time, so it counts from half of the period after the start at the latest.
        let since = match suspicion {
            Suspicion::NoUsableServer => since.min(self.start + stands / 2),
            Suspicion::WrongValue
            | Suspicion::Overwritten
            | Suspicion::Removed
            | Suspicion::TooFewServers
            | Suspicion::NotSettled => since,
        };
        if now >= since + stands {
            Decision::GiveUp(Some(suspicion))
        } else {
            wait(deadline.min(since + stands))
        }
    }

    /// From when on it is to be looked into whether waiting is in vain; nothing where it does not seem so, or that was done.
    fn is_to_be_sought(&mut self, observations: &[Observation], now: Instant) -> Option<Instant> {
        let Some(stands) = hopeless(self.target, observations) else {
            self.hopeless = None;
            return None;
        };
        let (since, is_done) = *self.hopeless.get_or_insert((now, false));
        let at = since + stands;
        if is_done {
            return None;
        }
        self.hopeless = Some((since, now >= at));
        Some(at)
    }

    fn deadline(&self, observations: &[Observation]) -> Instant {
        let Polling {
            timeout, is_given, ..
        } = self.polling;
        let is_denied =
            |one: &Observation| matches!(one.observed, Observed::NoData(_) | Observed::NxDomain(_));
        let of_value = observations.iter().filter(|one| one.alias.is_none());
        let mut usable = of_value.filter(|one| one.state().is_usable()).peekable();
        let is_denied = usable.peek().is_some() && usable.all(is_denied);
        let longer = match is_denied && !is_given {
            true => REMEMBERED,
            false => Duration::ZERO,
        };
        self.start + timeout + longer
    }

    /// Whether a server that does not serve the value is waited for.
    fn holds_up(&self, one: &Observation, all: &[Observation], now: Instant) -> HoldsUp {
        if self.polling.strict || one.state() == ServerState::Waiting {
            return HoldsUp::ForEver;
        }
        match one.unusable_since {
            Some(since) if one.may_come_back() => {
                let is_there = |other: &Observation| {
                    other.server == one.server && other.state() == ServerState::Serving
                };
                // As for a zone without any: where somebody has set a timeout, a server that is gone is waited for all that time,
                // and an address alone is not.
                let is_gone = one.history.was_usable && !all.iter().any(is_there);
                let deadline = self.deadline(all);
                let until = match self.polling.is_given && is_gone {
                    true => deadline,
                    false => deadline.min(self.start + since + WITHOUT_SERVERS),
                };
                if now < until {
                    HoldsUp::Until(until)
                } else {
                    HoldsUp::No
                }
            }
            _ => HoldsUp::No,
        }
    }

    /// All servers that count serve the value, or did when they were asked last, which may have been before one of them lost it:
    /// it is done where all were asked at about the same time.
    fn look_again(
        &mut self,
        observations: &[Observation],
        now: Instant,
        deadline: Instant,
    ) -> Decision {
        let serving = observations
            .iter()
            .filter(|one| one.state() == ServerState::Serving);
        let asked: Vec<_> = serving.map(|one| one.asked).collect();
        let latest = asked.iter().max().copied().unwrap_or_default();
        let completed = *self.completed.get_or_insert(latest);
        let settled = completed + self.polling.settle;
        let fresh = settled.saturating_sub(TOGETHER);
        // That all have it in time is enough: they may go on to have it after that.
        let until = deadline.max(self.start + settled) + LOOKS_END;
        if now < self.start + settled && !self.polling.settle.is_zero() {
            if self.start + settled > deadline {
                return Decision::GiveUp(Some(Suspicion::NotSettled));
            }
            return Decision::Wait(self.start + settled);
        }
        match asked.iter().any(|asked| *asked < fresh) {
            // No more than one look at each server is asked for.
            true if self.polling.timeout.is_zero() && self.polling.settle.is_zero() => {
                Decision::Done
            }
            true if now < until => Decision::LookAgain(fresh, until),
            // It was seen everywhere, and not at the same time.
            true => Decision::GiveUp(None),
            false => Decision::Done,
        }
    }
}

/// A last look at those in this state, where the time is over and their answers are old by then, as they are with many values.
pub(super) fn last_look(
    observations: &[Observation],
    state: ServerState,
    polling: Polling,
    deadline: Instant,
) -> Option<Decision> {
    let fresh = polling.timeout.saturating_sub(OLD);
    let is_old = |one: &Observation| one.state() == state && one.asked < fresh;
    let until = deadline + LOOKS_END;
    let is_any = observations.iter().any(is_old);
    is_any.then_some(Decision::LastLook(fresh, until))
}

/// Whether a server is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HoldsUp {
    No,
    /// Until this time, if it is of no use by then.
    Until(Instant),
    ForEver,
}

/// Why waiting may be in vain, and how long that has to last before waiting ends; `None` is until the deadline.
fn suspect(
    target: &Target,
    observations: &[Observation],
    is_timeout_given: bool,
) -> Option<(Suspicion, Option<Duration>)> {
    let of_value = observations.iter().filter(|one| one.alias.is_none());
    let usable: Vec<_> = of_value.filter(|one| one.state().is_usable()).collect();
    if usable.is_empty() {
        let routable = observations
            .iter()
            .any(|one| one.state() != ServerState::Unroutable);
        let stands = match routable {
            // There is nobody who could come back.
            _ if observations.is_empty() => Some(Duration::ZERO),
            _ if is_timeout_given => None,
            true => Some(WITHOUT_SERVERS),
            false => Some(Duration::ZERO),
        };
        return Some((Suspicion::NoUsableServer, stands));
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

/// How long it has to last before it is looked into, where the zone has changed and nothing is at the name, or all servers have a
/// CNAME there.
fn hopeless(target: &Target, observations: &[Observation]) -> Option<Duration> {
    let of_value = observations.iter().filter(|one| one.alias.is_none());
    let usable: Vec<_> = of_value.filter(|one| one.state().is_usable()).collect();
    let is_alias = |one: &&Observation| matches!(one.observed, Observed::Cname(_));
    if usable.is_empty() {
        return None;
    }
    if usable.iter().all(is_alias) {
        let is_primary = |one: &&Observation| target.primary.as_ref() == Some(&one.server);
        return Some(match usable.iter().any(is_primary) {
            true => OTHER_VALUE_STANDS,
            false => OTHER_VALUE_STANDS_ON_SECONDARIES,
        });
    }
    let is_denied =
        |one: &&Observation| matches!(one.observed, Observed::NoData(_) | Observed::NxDomain(_));
    let has_changed = |one: &&Observation| {
        target.serial.is_some()
            && one
                .serial
                .is_some_and(|serial| Some(serial) != target.serial)
    };
    let is_due = usable.iter().all(has_changed) || target.is_name_by_mistake();
    (usable.iter().all(is_denied) && is_due).then_some(CHANGE_STANDS)
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
