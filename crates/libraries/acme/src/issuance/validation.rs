//! Tells a CA that challenges are ready, and waits for what it finds (RFC 8555 §7.5.1).

use crate::account::Account;
use crate::deadline::Deadline;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::finalize::failed;
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
            trouble: None,
            progress,
        };
        let failed = validation.run(order).err();
        let unfinished = failed
            .or(validation.trouble)
            .unwrap_or_else(|| Error::Unfinished {
                what: Unfinished::Validation,
                within: self.deadline().within(),
            });
        let outcomes = validation.outcomes.into_iter();
        let or_unfinished = |outcome: Option<_>| {
            outcome.unwrap_or_else(|| ChallengeOutcome::unknown(unfinished.clone()))
        };
        Validated {
            outcomes: outcomes.map(or_unfinished).collect(),
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
    /// Why the last look failed, if it did: a failure that may pass ends nothing.
    trouble: Option<Error>,
    progress: &'a dyn Fn(usize),
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
        let account = self.account;
        self.outcomes =
            account.side_by_side(self.challenges, |challenge| respond(account, challenge));
        let is_refused = self
            .outcomes
            .iter()
            .flatten()
            .any(|one| one.error.is_some());
        // An order stays `pending` for ever if the CA did not accept the response to one of its challenges.
        match order.filter(|_| !is_refused) {
            Some(order) => self.watch_order(&order.url),
            None => self.watch_authorizations(account.deadline()),
        }
    }

    /// Waits until the order is no longer `pending`, and if it failed, finds out why. If it takes longer, the
    /// authorizations are polled as well: some CAs are slow to update the order when these are final.
    fn watch_order(&mut self, url: &str) -> Result<()> {
        let account = self.account;
        let mut schedule = PollSchedule::new(account.ca().fastest());
        loop {
            let found = account.order(url);
            let mut retry_after = match self.passing(found)? {
                Some(order) => {
                    let (status, retry_after) = (order.object.status, order.retry_after);
                    self.order = Some(order);
                    match ValidationState::of(status) {
                        ValidationState::Validated => {
                            self.outcomes.fill(Some(ChallengeOutcome::valid()));
                            (self.progress)(self.outcomes.len());
                            return Ok(());
                        }
                        ValidationState::Pending => retry_after,
                        ValidationState::Failed => return self.find_failed(),
                    }
                }
                None => self.trouble.as_ref().and_then(Error::retry_after),
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

    /// What a look found; `None` where it failed in a way that may pass, which is noted.
    fn passing<T>(&mut self, found: Result<T>) -> Result<Option<T>> {
        match found {
            Ok(found) => {
                self.trouble = None;
                Ok(Some(found))
            }
            Err(error) if error.is_passing() => {
                self.trouble = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Finds out which authorizations made the order fail.
    fn find_failed(&mut self) -> Result<()> {
        self.watch_authorizations(self.account.deadline().at_most(FAILED_ORDER))?;
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
            .map_or(Ok(()), |order| Err(failed(order)))
    }

    /// Waits until each authorization is final, or the time is over.
    fn watch_authorizations(&mut self, deadline: Deadline) -> Result<()> {
        let ca = self.account.ca();
        let mut schedule = PollSchedule::new(ca.fastest());
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
        let found = account.side_by_side(&open, |(_, challenge)| {
            account.authorization(&challenge.authorization)
        });
        let mut waits = Vec::new();
        for ((index, _), found) in open.into_iter().zip(found) {
            let found = match self.passing(found) {
                Ok(found) => found,
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(error) => {
                    self.outcomes[index] = Some(ChallengeOutcome::unknown(error));
                    continue;
                }
            };
            let Some(found) = found else {
                waits.extend(self.trouble.as_ref().and_then(Error::retry_after));
                continue;
            };
            self.outcomes[index] = outcome(&found.object);
            if self.outcomes[index].is_none() {
                waits.extend(found.retry_after);
            }
        }
        (self.progress)(self.outcomes.iter().flatten().count());
        Ok(waits.into_iter().min())
    }

    /// Whether the outcome of each is known.
    fn is_done(&self) -> bool {
        self.outcomes.iter().all(Option::is_some)
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
