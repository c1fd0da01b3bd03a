//! Which challenges of a document are presented now.

use crate::protocol::{Challenge, UserProgram};
use pipeline::{Failure, Object, is_deferred, is_open};
use std::collections::HashSet;

/// What is done about a challenge that is open or deferred.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// It is presented.
    Present(Challenge),
    /// It waits for a second round: its name, after CNAMEs, holds one value at a time, and another one has it.
    Defer { fqdn: String },
    /// The program cannot be called for it.
    Refuse(Failure),
}

/// What is done about each challenge, by its place; nothing about those that are valid or have failed.
pub(super) fn decide(
    challenges: impl Iterator<Item = Object>,
    program: &UserProgram,
    one_per_name: bool,
) -> Vec<(usize, Decision)> {
    let mut names = HashSet::new();
    let mut decide_one = |object: &Object| {
        let read = Challenge::read(object)
            .and_then(|challenge| program.check(&challenge).map(|()| challenge));
        match read {
            Ok(challenge) => {
                let is_first = names.insert(challenge.effective_fqdn.to_ascii_lowercase());
                if is_first || !one_per_name {
                    Decision::Present(challenge)
                } else {
                    Decision::Defer {
                        fqdn: challenge.effective_fqdn,
                    }
                }
            }
            Err(failure) => Decision::Refuse(failure),
        }
    };
    challenges
        .enumerate()
        .filter(|(_, challenge)| is_open(challenge) || is_deferred(challenge))
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
        let objects = challenges
            .iter()
            .map(|one| one.as_object().unwrap().clone());
        let mut letters = vec!['-'; challenges.len()];
        for (index, decision) in decide(objects, &program, one_per_name) {
            letters[index] = match decision {
                Decision::Present(challenge) => {
                    assert_eq!(challenge.fqdn, challenges[index]["fqdn"]);
                    'P'
                }
                Decision::Defer { fqdn } => {
                    assert_eq!(fqdn, challenges[index]["effective_fqdn"]);
                    'D'
                }
                Decision::Refuse(failure) => {
                    assert_eq!(failure.kind, "acmepipe:document");
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
