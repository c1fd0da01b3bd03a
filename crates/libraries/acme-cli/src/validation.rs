//! Has a CA validate the challenges of a document.

use crate::documents::ready_challenges;
use crate::failures::Failures;
use crate::problem::problem;
use crate::seen::hint_after;
use acme::{Account, ChallengeOutcome, Error, Order, Resource};
use command::message;
use pipeline::catalogue::challenge::{IDENTIFIER, STATUS};
use pipeline::{Challenge, Document, Outcome, Outcomes, Problem};
use std::time::SystemTime;

/// What came of it.
pub struct Validation {
    /// What is to be noted on the challenges, by their index.
    pub outcomes: Outcomes,
    /// The order as it was last, if it was polled.
    pub order: Option<Resource<Order>>,
}

/// Tells the CA that the open challenges of a document are ready, and waits for what it finds. If they are all of one
/// `order`, it is enough to poll that. It shows a person how many are done, and notes what the CA found among the `failures` of
/// the account.
pub fn validate(
    document: &Document,
    account: &Account,
    order: Option<&Resource<Order>>,
    failures: &Failures,
) -> Validation {
    let label = document.label();
    let (mut outcomes, mut indexes, mut ready) = (Outcomes::new(), Vec::new(), Vec::new());
    for (index, challenge) in ready_challenges(document) {
        match challenge {
            Ok(challenge) => {
                indexes.push(index);
                ready.push(challenge);
            }
            Err(problem) => outcomes.push((index, problem.into())),
        }
    }
    // The order also waits for challenges that cannot be read, so polling it would not end.
    let order = order.filter(|_| outcomes.is_empty());
    let count = ready.len();
    let validated = account.validate(order, &ready, &|done| {
        message::progress(|| format!("{label}: {done} of {count} challenges done"));
    });
    let all: Vec<_> = document
        .challenges()
        .map(|challenge| name(&challenge))
        .collect();
    let names: Vec<_> = indexes.iter().map(|index| all[*index].clone()).collect();
    failures.validated(account.url(), &names, &validated.outcomes);
    for (index, ChallengeOutcome { status, error }) in indexes.into_iter().zip(validated.outcomes) {
        let status = status.map(|status| status.as_str());
        let problem = error.map(|error| told(error, &document.challenge(index)));
        outcomes.push((index, outcome(status, problem)));
    }
    Validation {
        outcomes,
        order: validated.order,
    }
}

/// What went wrong with a challenge, with a hint that knows what was seen before.
fn told(error: Error, challenge: &Challenge) -> Problem {
    let known = match &error {
        Error::Challenge(problem) => hint_after(problem, challenge, SystemTime::now()),
        _ => None,
    };
    let mut problem = problem(error);
    problem.hint = known.or(problem.hint);
    problem
}

/// The name that a challenge is to prove.
fn name(challenge: &Challenge) -> Option<String> {
    let identifier = challenge.members().get(IDENTIFIER.name)?;
    Some(identifier.get("value")?.as_str()?.to_owned())
}

fn outcome(status: Option<&str>, problem: Option<Problem>) -> Outcome {
    match status {
        Some(status) => Outcome::new(&STATUS, status, problem),
        None => Outcome {
            problem,
            ..Outcome::default()
        },
    }
}
