//! Which challenges of a document are presented now.

use crate::protocol::{Arguments, UserProgram};
use pipeline::{Challenge, DomainName, Problem};
use std::collections::HashSet;

/// What is done about a challenge that is open or deferred.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// It is presented.
    Present(Box<Arguments>),
    /// It waits for a second round: its name, after CNAMEs, holds one value at a time, and another one has it.
    Defer { record_name: DomainName },
    /// The program cannot be called for it.
    Refuse(Problem),
}

/// Decides about each challenge, by its index; valid and failed ones are left out.
pub(super) fn decide(
    challenges: impl Iterator<Item = Challenge>,
    program: &UserProgram,
    one_per_name: bool,
) -> Vec<(usize, Decision)> {
    let mut names = HashSet::new();
    let mut decide_one = |challenge: &Challenge| match program.arguments(challenge) {
        Ok(arguments) => {
            let is_first = names.insert(arguments.record_name.clone());
            if is_first || !one_per_name {
                Decision::Present(Box::new(arguments))
            } else {
                Decision::Defer {
                    record_name: arguments.record_name,
                }
            }
        }
        Err(problem) => Decision::Refuse(problem),
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

    /// A letter for each challenge: presented, deferred, refused, or left alone.
    fn decided(challenges: &[Value], raw: bool, one_per_name: bool) -> String {
        let program = UserProgram {
            path: "/x".into(),
            raw,
            double_dash: false,
            batch: false,
            time_limit: Duration::ZERO,
        };
        let read = challenges
            .iter()
            .map(|one| one.as_object().unwrap().clone().into());
        let mut letters = vec!['-'; challenges.len()];
        for (index, decision) in decide(read, &program, one_per_name) {
            letters[index] = match decision {
                Decision::Present(arguments) => {
                    assert_eq!(challenges[index]["fqdn"], arguments.fqdn.as_str());
                    'P'
                }
                Decision::Defer { record_name } => {
                    let effective = challenges[index]["effective_fqdn"].as_str().unwrap();
                    assert_eq!(effective.to_ascii_lowercase(), record_name.as_str());
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
    fn open_and_deferred_challenges_are_presented_and_others_left_alone() {
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
        assert_eq!(decided(&challenges, false, false), "PP--PP-RR");
        let raw = [
            json!({"fqdn": "a.", "token": "t", "key_authorization": "t.k", "identifier": {"value": "a"}}),
            json!({"fqdn": "a.", "value": "1"}),
        ];
        assert_eq!(decided(&raw, true, false), "PR");
        assert_eq!(decided(&raw, false, false), "RP");
    }

    #[test]
    fn with_one_value_per_name_the_first_of_a_name_after_cnames_is_presented() {
        let challenge = |fqdn: &str, effective: &str| json!({"fqdn": fqdn, "effective_fqdn": effective, "value": "v"});
        let refused = json!({"fqdn": "x.", "effective_fqdn": "c.", "value": "a b"});
        let valid = json!({"fqdn": "x.", "effective_fqdn": "c.", "value": "v", "status": "valid"});
        let mut deferred = challenge("y.", "d.");
        deferred["deferred"] = json!("why");
        let challenges = [
            challenge("a.", "a."),
            challenge("b.", "A."),
            challenge("a.", "b."),
            challenge("b.", "b."),
            refused,
            valid,
            challenge("c.", "c."),
            deferred,
            challenge("d.", "d."),
        ];
        assert_eq!(decided(&challenges, false, true), "PDPDR-PPD");
        assert_eq!(decided(&challenges, false, false), "PPPPR-PPP");
    }
}
