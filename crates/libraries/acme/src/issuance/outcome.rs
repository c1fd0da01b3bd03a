//! What an authorization says of a challenge (RFC 8555 §7.1.6).

use crate::error::Error;
use crate::objects::{Authorization, Challenge, Status};

/// What became of a challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeOutcome {
    /// The authorization's status, if the CA told it.
    pub status: Option<Status>,
    /// Why it is not `valid`.
    pub error: Option<Error>,
}

impl ChallengeOutcome {
    /// The CA found what it looked for.
    pub(crate) fn valid() -> ChallengeOutcome {
        ChallengeOutcome {
            status: Some(Status::Valid),
            error: None,
        }
    }

    /// Nobody knows what the CA found.
    pub(crate) fn unknown(error: Error) -> ChallengeOutcome {
        ChallengeOutcome {
            status: None,
            error: Some(error),
        }
    }

    /// The CA gave up validating since the order has failed. That is not this challenge's failure, so it has no error;
    /// the order has one.
    pub(crate) fn abandoned() -> ChallengeOutcome {
        ChallengeOutcome {
            status: Some(Status::Pending),
            error: None,
        }
    }
}

/// What became of the challenge at this URL, of this authorization; `None` while that is not final.
pub(crate) fn outcome(authorization: &Authorization, challenge: &str) -> Option<ChallengeOutcome> {
    let status = authorization.status;
    let ours = authorization.at(challenge);
    if !status.is_final() {
        return ours.and_then(outcome_of_attempt);
    }
    if status == Status::Valid {
        return Some(ChallengeOutcome::valid());
    }
    // The CA says it in the challenge that it validated, which need not be this one.
    let all = ours.into_iter().chain(&authorization.challenges);
    let why = all.filter_map(|challenge| challenge.error.as_ref()).next();
    let error = match why.or(authorization.error.as_ref()) {
        Some(problem) => Error::Challenge(Box::new(problem.clone())),
        None => Error::Authorization { url: None, status },
    };
    Some(ChallengeOutcome {
        status: Some(status),
        error: Some(error),
    })
}

/// What became of a challenge that the CA leaves `pending` although it has looked, so that the client may respond once more
/// (RFC 8555 §8.2); `None` where it has not failed.
pub(crate) fn outcome_of_attempt(challenge: &Challenge) -> Option<ChallengeOutcome> {
    let problem = challenge.error.as_ref()?;
    (challenge.status == Status::Pending).then(|| ChallengeOutcome {
        status: Some(Status::Pending),
        error: Some(Error::Challenge(Box::new(problem.clone()))),
    })
}

/// What became of the challenge at this URL when the CA refused the response to it; `None` while the CA validates it all
/// the same: the CA may have had the response from an earlier run, or from a request whose reply was lost.
pub(crate) fn outcome_after_refusal(
    authorization: &Authorization,
    challenge: &str,
    refusal: Error,
) -> Option<ChallengeOutcome> {
    let found = outcome(authorization, challenge);
    let ours = authorization.at(challenge);
    let is_waiting = ours.is_none_or(|challenge| challenge.status == Status::Pending);
    if found.is_none() && is_waiting {
        return Some(ChallengeOutcome::unknown(refusal));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{Identifier, Problem};

    const OURS: &str = "https://ca.test/challenge/1";

    fn problem(kind: &str) -> Problem {
        Problem {
            kind: kind.into(),
            ..Problem::default()
        }
    }

    fn authorization(status: Status, challenges: &[(&str, Status, Option<&str>)]) -> Authorization {
        let find = |is_ours: bool| {
            challenges
                .iter()
                .find(|(url, ..)| (*url == OURS) == is_ours)
        };
        let ours = find(true).map(|(url, status, error)| Challenge {
            kind: "dns-01".into(),
            url: (*url).into(),
            status: *status,
            error: error.map(problem),
            ..Challenge::default()
        });
        Authorization {
            identifier: Identifier::dns("a.test"),
            status,
            wildcard: false,
            expires: None,
            challenges: ours.into_iter().collect(),
            others: Vec::new(),
            error: find(false).and_then(|(.., error)| error.map(problem)),
        }
    }

    fn failed(status: Status, kind: &str) -> Option<ChallengeOutcome> {
        Some(ChallengeOutcome {
            status: Some(status),
            error: Some(Error::Challenge(Box::new(problem(kind)))),
        })
    }

    fn without_reason(status: Status) -> Option<ChallengeOutcome> {
        Some(ChallengeOutcome {
            status: Some(status),
            error: Some(Error::Authorization { url: None, status }),
        })
    }

    #[test]
    fn a_final_authorization_tells_what_became_of_the_challenge_and_why() {
        let other = "https://ca.test/challenge/2";
        for (status, challenges, expected) in [
            (Status::Pending, vec![(OURS, Status::Pending, None)], None),
            (
                Status::Processing,
                vec![(OURS, Status::Processing, None)],
                None,
            ),
            (Status::Unknown, vec![], None),
            (
                Status::Pending,
                vec![(OURS, Status::Pending, Some("a"))],
                failed(Status::Pending, "a"),
            ),
            (
                Status::Pending,
                vec![(OURS, Status::Processing, Some("a"))],
                None,
            ),
            (
                Status::Valid,
                vec![(OURS, Status::Valid, None)],
                Some(ChallengeOutcome::valid()),
            ),
            (Status::Valid, vec![], Some(ChallengeOutcome::valid())),
            (
                Status::Invalid,
                vec![
                    (other, Status::Invalid, Some("a")),
                    (OURS, Status::Invalid, Some("b")),
                ],
                failed(Status::Invalid, "b"),
            ),
            (
                Status::Invalid,
                vec![
                    (OURS, Status::Invalid, None),
                    (other, Status::Invalid, Some("a")),
                ],
                failed(Status::Invalid, "a"),
            ),
            (
                Status::Invalid,
                vec![(OURS, Status::Invalid, None)],
                without_reason(Status::Invalid),
            ),
            (Status::Expired, vec![], without_reason(Status::Expired)),
            (Status::Revoked, vec![], without_reason(Status::Revoked)),
            (
                Status::Deactivated,
                vec![],
                without_reason(Status::Deactivated),
            ),
        ] {
            let authorization = authorization(status, &challenges);
            assert_eq!(outcome(&authorization, OURS), expected, "{authorization:?}");
        }
    }

    #[test]
    fn a_refusal_counts_while_the_challenge_waits_to_be_looked_at() {
        let refused = Some(ChallengeOutcome::unknown(Error::Interrupted));
        for (status, challenges, expected) in [
            (
                Status::Pending,
                vec![(OURS, Status::Pending, None)],
                refused.clone(),
            ),
            (Status::Pending, vec![], refused),
            (
                Status::Pending,
                vec![(OURS, Status::Processing, None)],
                None,
            ),
            (Status::Pending, vec![(OURS, Status::Valid, None)], None),
            (
                Status::Valid,
                vec![(OURS, Status::Pending, None)],
                Some(ChallengeOutcome::valid()),
            ),
            (
                Status::Invalid,
                vec![(OURS, Status::Invalid, Some("a"))],
                failed(Status::Invalid, "a"),
            ),
        ] {
            let authorization = authorization(status, &challenges);
            let found = outcome_after_refusal(&authorization, OURS, Error::Interrupted);
            assert_eq!(found, expected, "{authorization:?}");
        }
    }
}
