//! Telling the CA that challenges are ready, and waiting for what it finds (RFC 8555 §7.5.1).

use crate::order::{Resource, dead};
use crate::pace::Pace;
use crate::types::{Authorization, Order, Status};
use crate::{Account, Error, Problem, Result, hint};
use serde_json::json;
use std::time::Duration;

/// A challenge that is ready to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The authorization's URL.
    pub authorization: String,
    /// The challenge's URL.
    pub challenge: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The authorization's status, if the CA told it.
    pub status: Option<Status>,
    /// Why it is not `valid`.
    pub error: Option<Error>,
}

/// What became of all of them.
#[derive(Debug)]
pub struct Validation {
    /// One for each answer, in their order.
    pub verdicts: Vec<Verdict>,
    /// The order as it stood last, if it was looked at again.
    pub order: Option<Resource<Order>>,
}

impl Verdict {
    fn valid() -> Verdict {
        Verdict {
            status: Some(Status::Valid),
            error: None,
        }
    }

    fn failed(error: Error) -> Verdict {
        Verdict {
            status: None,
            error: Some(error),
        }
    }

    /// Of an authorization that is final; `None` of one that is not.
    fn of(authorization: &Authorization, challenge: &str) -> Option<Verdict> {
        let status = authorization.status;
        if !status.is_final() {
            return None;
        }
        if status == Status::Valid {
            return Some(Verdict::valid());
        }
        let challenges = &authorization.challenges;
        let ours = challenges
            .iter()
            .find(|candidate| candidate.url == challenge);
        let why = ours
            .into_iter()
            .chain(challenges)
            .find_map(|challenge| challenge.error.as_ref());
        let error = match why {
            Some(problem) => {
                let mut problem = Problem::from_json(problem);
                problem.hint = hint::for_challenge(&problem);
                Error::from(problem)
            }
            None => Error::new(
                &format!("authorization:{status}"),
                format!("the authorization is `{status}`, and the CA does not say why"),
            ),
        };
        Some(Verdict {
            status: Some(status),
            error: Some(error),
        })
    }
}

/// The answers whose verdict is still out.
type Open<'a> = Vec<(usize, &'a Answer)>;

impl Account {
    /// Answers challenges side by side, and waits until each authorization is final. If they are all of one `order`,
    /// here as it stands now, most of the time it is enough to look at that: it turns `ready` with its last
    /// authorization, and `invalid` with the first that fails. `progress` is told how many are done.
    pub fn validate(
        &self,
        order: Option<&Resource<Order>>,
        answers: &[Answer],
        progress: &dyn Fn(usize),
    ) -> Validation {
        let mut verdicts = vec![None; answers.len()];
        let mut seen = None;
        let result = self.settle(order, answers, &mut verdicts, &mut seen, progress);
        let unfinished = result.err().unwrap_or_else(|| self.late());
        let verdicts = verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or_else(|| Verdict::failed(unfinished.clone())))
            .collect();
        Validation {
            verdicts,
            order: seen,
        }
    }

    fn settle(
        &self,
        order: Option<&Resource<Order>>,
        answers: &[Answer],
        verdicts: &mut Vec<Option<Verdict>>,
        seen: &mut Option<Resource<Order>>,
        progress: &dyn Fn(usize),
    ) -> Result<()> {
        if answers.is_empty() {
            return Ok(());
        }
        // An earlier run may have come further than whoever asks knows.
        if let Some(settled) = order.filter(|order| order.object.status != Status::Pending) {
            return self.watch_order(&settled.url, answers, verdicts, seen, progress);
        }
        *verdicts = self.side_by_side(answers, |answer| self.answer(answer));
        let refused = verdicts
            .iter()
            .flatten()
            .any(|verdict| verdict.error.is_some());
        // An order of which one challenge could not even be answered stays `pending` for ever.
        match order.filter(|_| !refused) {
            Some(order) => self.watch_order(&order.url, answers, verdicts, seen, progress),
            None => self.watch_authorizations(self.client().pace(), answers, verdicts, progress),
        }
    }

    /// Says that a challenge is ready; a verdict only if it is in already.
    fn answer(&self, answer: &Answer) -> Option<Verdict> {
        let refusal = match self.post("challenge", &answer.challenge, &json!({})) {
            Ok(_) => return None,
            Err(error) if error.is_interrupted() => return Some(Verdict::failed(error)),
            Err(error) => error,
        };
        // A CA need not take an answer twice (an earlier run, or a reply that was lost). Where things stand counts.
        let Ok(authorization) = self.authorization(&answer.authorization) else {
            return Some(Verdict::failed(refusal));
        };
        let authorization = authorization.object;
        let ours = authorization
            .challenges
            .iter()
            .find(|c| c.url == answer.challenge);
        match Verdict::of(&authorization, &answer.challenge) {
            None if ours.is_none_or(|c| c.status == Status::Pending) => {
                Some(Verdict::failed(refusal))
            }
            verdict => verdict,
        }
    }

    /// Until the order is no longer `pending`, then whatever that leaves open. Should it take longer, the
    /// authorizations are looked at as well: not every CA is quick to tell an order what became of them.
    fn watch_order(
        &self,
        url: &str,
        answers: &[Answer],
        verdicts: &mut [Option<Verdict>],
        seen: &mut Option<Resource<Order>>,
        progress: &dyn Fn(usize),
    ) -> Result<()> {
        let mut pace = self.client().pace();
        loop {
            let order = self.order(url)?;
            let (status, mut retry_after) = (order.object.status, order.retry_after);
            *seen = Some(order);
            match status {
                Status::Ready | Status::Processing | Status::Valid => {
                    verdicts.fill(Some(Verdict::valid()));
                    progress(verdicts.len());
                    return Ok(());
                }
                Status::Pending | Status::Unknown => {}
                _ => return self.autopsy(answers, verdicts, seen.as_ref(), progress),
            }
            if pace.is_slow() {
                retry_after = retry_after.max(self.look(answers, verdicts)?);
                let done = verdicts.iter().flatten().count();
                progress(done);
                if done == verdicts.len() {
                    *seen = Some(self.order(url)?);
                    return Ok(());
                }
            }
            match pace.next(retry_after) {
                Some(pause) => self.client().stop().sleep(pause)?,
                None => return Ok(()),
            }
        }
    }

    /// Finds out which authorizations made an order `invalid`. A CA that ends an order ends looking at the others
    /// too, or not; they are given a moment and no more, since the order is lost in any case.
    fn autopsy(
        &self,
        answers: &[Answer],
        verdicts: &mut [Option<Verdict>],
        order: Option<&Resource<Order>>,
        progress: &dyn Fn(usize),
    ) -> Result<()> {
        const MOMENT: Duration = Duration::from_secs(3);
        self.watch_authorizations(
            self.client().pace_within(MOMENT),
            answers,
            verdicts,
            progress,
        )?;
        let failed = verdicts
            .iter()
            .flatten()
            .any(|verdict| verdict.error.is_some());
        if failed {
            for open in verdicts.iter_mut().filter(|verdict| verdict.is_none()) {
                // Not its own failure, so it carries no error; the order does.
                *open = Some(Verdict {
                    status: Some(Status::Pending),
                    error: None,
                });
            }
            return Ok(());
        }
        order.map_or(Ok(()), |order| Err(dead(order)))
    }

    /// Until each authorization is final, or the pace allows no further look.
    fn watch_authorizations(
        &self,
        mut pace: Pace,
        answers: &[Answer],
        verdicts: &mut [Option<Verdict>],
        progress: &dyn Fn(usize),
    ) -> Result<()> {
        loop {
            let retry_after = self.look(answers, verdicts)?;
            let done = verdicts.iter().flatten().count();
            progress(done);
            if done == verdicts.len() {
                return Ok(());
            }
            match pace.next(retry_after) {
                Some(pause) => self.client().stop().sleep(pause)?,
                None => return Ok(()),
            }
        }
    }

    /// One look at each authorization whose verdict is out; returns the shortest of their `Retry-After`.
    fn look(
        &self,
        answers: &[Answer],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<Option<Duration>> {
        let open: Open<'_> = answers
            .iter()
            .enumerate()
            .filter(|(index, _)| verdicts[*index].is_none())
            .collect();
        let seen = self.side_by_side(&open, |(_, answer)| {
            self.authorization(&answer.authorization)
        });
        let mut shortest: Option<Duration> = None;
        for ((index, answer), authorization) in open.into_iter().zip(seen) {
            match authorization {
                Ok(found) => {
                    verdicts[index] = Verdict::of(&found.object, &answer.challenge);
                    let wait = found.retry_after.filter(|_| verdicts[index].is_none());
                    shortest = match (shortest, wait) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                Err(error) if error.is_interrupted() => return Err(error),
                Err(error) => verdicts[index] = Some(Verdict::failed(error)),
            }
        }
        Ok(shortest)
    }

    fn late(&self) -> Error {
        let seconds = self.client().patience().as_secs();
        Error::new(
            "ca:timeout",
            format!("the CA had not finished looking after {seconds} s"),
        )
        .with_hint("run the same again with the same document: it carries on from where the CA is")
    }
}
