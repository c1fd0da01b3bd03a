//! Which challenges of a document are presented now.

use crate::protocol::{Arguments, UserProgram};
use pipeline::{Challenge, Problem};
use std::sync::Arc;

/// What is done about a challenge that is open or deferred.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// It is presented.
    Present(Arc<Arguments>),
    /// It waits for a further round: its name or zone holds one value at a time, and another one has it.
    Defer { place: String },
    /// The program cannot be called for it, or its order has ended.
    Refuse(Problem),
}

/// Decides about each challenge, by its index; valid and failed ones are left out. `take` takes the place of a record,
/// or returns it where another has it; `expired` says why a challenge has ended.
pub(super) fn decide(
    challenges: impl Iterator<Item = Challenge>,
    program: &UserProgram,
    expired: impl Fn(&Challenge) -> Option<Problem>,
    mut take: impl FnMut(&Arguments) -> Option<String>,
) -> Vec<(usize, Decision)> {
    let mut decide_one = |challenge: &Challenge| {
        let arguments = match expired(challenge) {
            Some(problem) => Err(problem),
            None => program.arguments(challenge),
        };
        match arguments {
            Ok(arguments) => match take(&arguments) {
                Some(place) => Decision::Defer { place },
                None => Decision::Present(Arc::new(arguments)),
            },
            Err(problem) => Decision::Refuse(problem),
        }
    };
    challenges
        .enumerate()
        .filter(|(_, challenge)| challenge.is_open() || challenge.is_deferred())
        .map(|(index, challenge)| (index, decide_one(&challenge)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    /// A letter for each challenge: presented, deferred, refused, or left alone. Those with this value are to wait.
    fn decided(challenges: &[Value], raw: bool, waits: &str) -> String {
        let program = UserProgram {
            path: "/x".into(),
            raw,
            double_dash: false,
            batch: false,
            jobs: None,
            time_limit: Duration::ZERO,
        };
        let read = challenges
            .iter()
            .map(|one| one.as_object().unwrap().clone().into());
        let mut letters = vec!['-'; challenges.len()];
        let take = |arguments: &Arguments| {
            (arguments.key.value() == waits).then(|| arguments.record_name.to_string())
        };
        for (index, decision) in decide(read, &program, |_| None, take) {
            letters[index] = match decision {
                Decision::Present(arguments) => {
                    assert_eq!(challenges[index]["fqdn"], arguments.fqdn.as_str());
                    'P'
                }
                Decision::Defer { place } => {
                    assert_eq!(challenges[index]["fqdn"], place);
                    'D'
                }
                Decision::Refuse(problem) => {
                    assert_eq!(problem.kind, "acmepipe:document");
                    'R'
                }
            };
        }
        letters.into_iter().collect()
    }

    #[test]
    fn open_and_deferred_challenges_are_presented_where_it_is_their_turn_and_others_left_alone() {
        let challenges = [
            json!({"fqdn": "a.", "value": "1"}),
            json!({"fqdn": "a.", "value": "2", "status": "pending"}),
            json!({"fqdn": "a.", "value": "3", "status": "valid"}),
            json!({"fqdn": "a.", "value": "4", "error": {}}),
            json!({"fqdn": "a.", "value": "5", "error": null}),
            json!({"fqdn": "a.", "value": "6", "deferred": "why"}),
            json!({"fqdn": "a.", "value": "7", "deferred": "why", "status": "valid"}),
            json!({"fqdn": "a b.", "value": "8"}),
            json!({"fqdn": "a."}),
        ];
        for (waits, expected) in [
            ("", "PP--PP-RR"),
            ("1", "DP--PP-RR"),
            ("3", "PP--PP-RR"),
            ("6", "PP--PD-RR"),
            ("8", "PP--PP-RR"),
        ] {
            assert_eq!(decided(&challenges, false, waits), expected, "{waits}");
        }
        let raw = [
            json!({"fqdn": "a.", "token": "t", "key_authorization": "t.k", "identifier": {"value": "a"}}),
            json!({"fqdn": "a.", "value": "1"}),
        ];
        assert_eq!(decided(&raw, true, ""), "PR");
        assert_eq!(decided(&raw, false, ""), "RP");
    }
}
