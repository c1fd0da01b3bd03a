//! Tells a CA that challenges are ready, and waits for what it finds (RFC 8555 §7.5.1).

use crate::account::Account;
use crate::deadline::Deadline;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::order_state::ValidationState;
use crate::issuance::outcome::{
    ChallengeOutcome, outcome, outcome_after_refusal, outcome_of_attempt,
};
use crate::issuance::poll::PollSchedule;
use crate::issuance::resource::Resource;
use crate::objects::{Challenge, ChallengeResponse, Order};
use crate::request::Purpose;
use std::time::Duration;

/// How long to wait for the authorizations of a failed order to become final. The CA may end validating the others with
/// the order or not; the order has failed in any case.
const FAILED_ORDER: Duration = Duration::from_secs(3);

/// A challenge that is ready to be validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyChallenge {
    /// The authorization's URL.
    pub authorization: String,
    /// The challenge's URL.
    pub challenge: String,
}

/// What became of challenges.
#[derive(Debug)]
pub struct Validated {
    /// One outcome for each challenge, in their order.
    pub outcomes: Vec<ChallengeOutcome>,
    /// The order as it was last, if it was polled.
    pub order: Option<Resource<Order>>,
}

impl Account {
    /// Tells the CA side by side that the challenges are ready, and waits until each authorization is final. If they are
    /// all of one `order`, given in its present state, it is mostly enough to poll that: it becomes `ready` with its last
    /// authorization, and `invalid` with the first that fails. `progress` is told how many are done.
    pub fn validate(
        &self,
        order: Option<&Resource<Order>>,
        challenges: &[ReadyChallenge],
        progress: &dyn Fn(usize),
    ) -> Validated {
        let mut validation = Validation {
            account: self,
            challenges,
            outcomes: vec![None; challenges.len()],
            order: None,
            has_responded: false,
            trouble: Trouble::new(challenges.len()),
            progress,
        };
        let ended = validation.run(order).err();
        let mut trouble = validation.trouble;
        let mut why = |index: usize| {
            let own = trouble.of_challenges[index].take();
            let failed = ended.clone().or(own).or(trouble.of_order.clone());
            failed.unwrap_or_else(|| Error::Unfinished {
                what: Unfinished::Validation,
                within: self.deadline().within(),
            })
        };
        let outcomes = validation.outcomes.into_iter().enumerate();
        let outcomes = outcomes.map(|(index, outcome)| {
            outcome.unwrap_or_else(|| ChallengeOutcome::unknown(why(index)))
        });
        Validated {
            outcomes: outcomes.collect(),
            order: validation.order,
        }
    }
}

/// The challenges under way and what is known of them.
struct Validation<'a> {
    account: &'a Account,
    challenges: &'a [ReadyChallenge],
    /// What became of each; `None` while it is not known.
    outcomes: Vec<Option<ChallengeOutcome>>,
    /// The order as it was last.
    order: Option<Resource<Order>>,
    /// Whether the CA was told that the challenges are ready.
    has_responded: bool,
    trouble: Trouble,
    progress: &'a dyn Fn(usize),
}

/// Why the last looks failed, where they did: a failure that may pass ends nothing.
struct Trouble {
    of_order: Option<Error>,
    of_challenges: Vec<Option<Error>>,
}

impl Trouble {
    fn new(challenges: usize) -> Trouble {
        Trouble {
            of_order: None,
            of_challenges: vec![None; challenges],
        }
    }
}

impl Validation<'_> {
    fn run(&mut self, order: Option<&Resource<Order>>) -> Result<()> {
        if self.challenges.is_empty() {
            return Ok(());
        }
        // An earlier run may have come further than the caller knows.
        if let Some(order) = order.filter(|order| !is_pending(order)) {
            return self.watch_order(&order.url);
        }
        let is_accepted = self.respond();
        match order.filter(|_| is_accepted) {
            Some(order) => self.watch_order(&order.url),
            None => {
                let deadline = self.account.deadline().clone();
                self.watch_authorizations(&deadline)
            }
        }
    }

    /// Tells the CA that the challenges are ready. False where it did not accept the response to one of them: then an
    /// order stays `pending` for ever.
    fn respond(&mut self) -> bool {
        let account = self.account;
        self.has_responded = true;
        self.outcomes =
            account.side_by_side(self.challenges, |challenge| respond(account, challenge));
        let mut known = self.outcomes.iter().flatten();
        !known.any(|one| one.error.is_some())
    }

    /// Waits until the order is no longer `pending`, and if it failed, finds out why. If it takes longer, the
    /// authorizations are polled as well: some CAs are slow to update the order when these are final.
    fn watch_order(&mut self, url: &str) -> Result<()> {
        let account = self.account;
        let (fastest, is_next_door) = (account.ca().fastest(), account.ca().is_next_door());
        let mut schedule = PollSchedule::new(fastest, is_next_door);
        loop {
            let found = account.order(url);
            let is_late = self.is_late();
            let mut retry_after = match passing(found, &mut self.trouble.of_order, is_late)? {
                Some(order) => {
                    let (status, retry_after) = (order.object.status, order.retry_after);
                    self.order = Some(order);
                    match ValidationState::of(status) {
                        ValidationState::Validated => {
                            self.outcomes.fill(Some(ChallengeOutcome::valid()));
                            (self.progress)(self.outcomes.len());
                            return Ok(());
                        }
                        // It was not, for a moment or by a server that was behind.
                        ValidationState::Pending if !self.has_responded => {
                            if !self.respond() {
                                let deadline = account.deadline().clone();
                                return self.watch_authorizations(&deadline);
                            }
                            retry_after
                        }
                        ValidationState::Pending => retry_after,
                        ValidationState::Failed => return self.find_failed(),
                    }
                }
                None => self.trouble.of_order.as_ref().and_then(Error::retry_after),
            };
            if schedule.is_slow() {
                retry_after = retry_after.max(self.look()?);
                if self.is_done() {
                    self.order = account.order(url).ok().or(self.order.take());
                    return Ok(());
                }
            }
            match schedule.pause(account.deadline().left(), retry_after) {
                Some(pause) => account.ca().cancellation().sleep(pause)?,
                None => return Ok(()),
            }
        }
    }

    /// Whether the CA's time is over, and something is known from before: a look that this cuts off tells nothing.
    fn is_late(&self) -> bool {
        self.account.deadline().is_over() && self.order.is_some()
    }

    /// Finds out which authorizations made the order fail.
    fn find_failed(&mut self) -> Result<()> {
        let soon = self.account.deadline().at_most(FAILED_ORDER);
        self.watch_authorizations(&soon)?;
        if self
            .outcomes
            .iter()
            .flatten()
            .any(|one| one.error.is_some())
        {
            for open in self.outcomes.iter_mut().filter(|one| one.is_none()) {
                *open = Some(ChallengeOutcome::abandoned());
            }
            return Ok(());
        }
        self.order
            .as_ref()
            .map_or(Ok(()), |order| Err(order.failure()))
    }

    /// Waits until each authorization is final, or the time is over.
    fn watch_authorizations(&mut self, deadline: &Deadline) -> Result<()> {
        let ca = self.account.ca();
        let mut schedule = PollSchedule::new(ca.fastest(), ca.is_next_door());
        loop {
            let retry_after = self.look()?;
            if self.is_done() {
                return Ok(());
            }
            match schedule.pause(deadline.left(), retry_after) {
                Some(pause) => ca.cancellation().sleep(pause)?,
                None => return Ok(()),
            }
        }
    }

    /// Polls once each authorization whose outcome is not known; returns the shortest of their `Retry-After`.
    fn look(&mut self) -> Result<Option<Duration>> {
        let challenges = self.challenges.iter().enumerate();
        let open: Vec<_> = challenges
            .filter(|(index, _)| self.outcomes[*index].is_none())
            .collect();
        let account = self.account;
        // An authorization may be large, what became of it is not.
        let found = account.side_by_side(&open, |(_, challenge)| {
            let found = account.authorization(&challenge.authorization)?;
            let outcome = outcome(&found.object, &challenge.challenge);
            Ok((outcome, found.retry_after))
        });
        let mut waits = Vec::new();
        let is_late = self.is_late();
        for ((index, _), found) in open.into_iter().zip(found) {
            let trouble = &mut self.trouble.of_challenges[index];
            let found = match passing(found, trouble, is_late) {
                Ok(Some(found)) => found,
                Ok(None) => {
                    waits.extend(trouble.as_ref().and_then(Error::retry_after));
                    continue;
                }
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(error) => {
                    self.outcomes[index] = Some(ChallengeOutcome::unknown(error));
                    continue;
                }
            };
            let (outcome, retry_after) = found;
            if outcome.is_none() {
                waits.extend(retry_after);
            }
            self.outcomes[index] = outcome;
        }
        (self.progress)(self.outcomes.iter().flatten().count());
        Ok(waits.into_iter().min())
    }

    /// Whether the outcome of each is known.
    fn is_done(&self) -> bool {
        self.outcomes.iter().all(Option::is_some)
    }
}

/// What a look found; `None` where it failed in a way that may pass, which is noted unless it came too late.
fn passing<T>(found: Result<T>, trouble: &mut Option<Error>, is_late: bool) -> Result<Option<T>> {
    match found {
        Ok(found) => {
            *trouble = None;
            Ok(Some(found))
        }
        Err(error) if error.is_passing() => {
            if !is_late {
                *trouble = Some(error);
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn is_pending(order: &Resource<Order>) -> bool {
    ValidationState::of(order.object.status) == ValidationState::Pending
}

/// Tells the CA that a challenge is ready; an outcome comes back only if it is known already.
fn respond(account: &Account, ready: &ReadyChallenge) -> Option<ChallengeOutcome> {
    let response = ChallengeResponse {};
    let refusal = match account.post(Purpose::Challenge, &ready.challenge, &response) {
        // Some CAs validate at once (RFC 8555 §8.2).
        Ok(reply) => {
            let challenge: Option<Challenge> = reply.object().ok();
            return challenge.as_ref().and_then(outcome_of_attempt);
        }
        Err(Error::Interrupted) => return Some(ChallengeOutcome::unknown(Error::Interrupted)),
        Err(refusal) => refusal,
    };
    match account.authorization(&ready.authorization) {
        Ok(found) => outcome_after_refusal(&found.object, &ready.challenge, refusal),
        Err(_) => Some(ChallengeOutcome::unknown(refusal)),
    }
}
