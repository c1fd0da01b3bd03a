//! Problems with single names of an order (RFC 8555 §6.7.1): each goes to the challenge of its name.

use pipeline::catalogue::challenge::{IDENTIFIER, WILDCARD};
use pipeline::{Challenge, Document, Outcomes, Problem, Value};

/// What the subproblems of `problem` say of the document's challenges, by the index of these. One whose name has no challenge
/// stays with the problem alone.
pub fn of_challenges(document: &Document, problem: &Problem) -> Outcomes {
    let all = problem.more.get("subproblems").and_then(Value::as_array);
    let Some(all) = all else {
        return Outcomes::new();
    };
    let challenges = document.challenges().enumerate();
    let found = challenges.filter_map(|(index, challenge)| {
        let name = name(&challenge)?;
        let of_name = |name: &str| {
            let is_it = |one: &&Value| identifier(one).is_some_and(|found| is_same(found, name));
            all.iter().find(is_it)
        };
        // A CA may leave out that a name is a wildcard, as in an authorization.
        let one = of_name(&name).or_else(|| of_name(name.strip_prefix("*.")?))?;
        Some((index, read(one).into()))
    });
    found.collect()
}

fn identifier(subproblem: &Value) -> Option<&str> {
    subproblem.get("identifier")?.get("value")?.as_str()
}

/// Whether a CA means this name: in whichever case, and with or without a dot at its end.
fn is_same(found: &str, name: &str) -> bool {
    let found = found.strip_suffix('.').unwrap_or(found);
    found.eq_ignore_ascii_case(name)
}

/// The name as it was ordered.
fn name(challenge: &Challenge) -> Option<String> {
    let members = challenge.members();
    let value = members.get(IDENTIFIER.name)?.get("value")?.as_str()?;
    let is_wildcard = members.get(WILDCARD.name).and_then(Value::as_bool);
    Some(match is_wildcard {
        Some(true) => format!("*.{value}"),
        _ => value.to_owned(),
    })
}

fn read(subproblem: &Value) -> Problem {
    let mut members = subproblem.as_object().cloned().unwrap_or_default();
    members.shift_remove("identifier");
    let error = [("error".to_owned(), Value::Object(members))];
    Problem::of(&error.into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::Object;
    use serde_json::json;

    #[test]
    fn a_problem_with_a_name_goes_to_the_challenge_of_that_name() {
        let challenge = |name: &str, wildcard: bool| json!({"identifier": {"type": "dns", "value": name}, "wildcard": wildcard, "fqdn": "_acme-challenge.x."});
        let Value::Object(document) = json!({"challenges": [
            challenge("a.test", false), challenge("a.test", true), challenge("b.test", true), challenge("c.test", false),
            {"fqdn": "x."},
        ]}) else {
            unreachable!("it is an object")
        };
        let one = |name: &str, detail: &str| json!({"type": "t", "detail": detail, "identifier": {"type": "dns", "value": name}, "ticket": 1});
        let problem = Problem::of_type("t", "d").with(
            "subproblems",
            json!([
                one("a.test", "of a"),
                one("*.a.test", "of all below a"),
                one("B.Test.", "of b"),
                one("not.ordered.test", "of none"),
                7,
            ]),
        );
        let outcomes = of_challenges(&Document::from(document), &problem);
        let found: Vec<_> = outcomes
            .iter()
            .map(|(index, one)| (*index, one.problem.as_ref().map(|one| one.detail.as_str())))
            .collect();
        let expected = [
            (0, Some("of a")),
            (1, Some("of all below a")),
            (2, Some("of b")),
        ];
        assert_eq!(found, expected);
        let first = outcomes[0].1.problem.as_ref();
        let first = first.expect("a problem");
        assert_eq!(first.kind, "t");
        assert_eq!(Value::Object(*first.more.clone()), json!({"ticket": 1}));
        assert!(
            of_challenges(&Document::from(Object::new()), &Problem::of_type("t", "d")).is_empty()
        );
    }
}
