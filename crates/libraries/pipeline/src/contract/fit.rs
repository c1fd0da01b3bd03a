//! Makes a document that became too large small enough for the next program. What only explains goes first, then what
//! the CA and others added. What a program needs to go on, or to undo what was done, stays.

use super::catalogue::{self, Member, Need};
use super::limits::{DEEPEST, LARGEST, MOST_VALUES};
use super::problem::shorten_error;
use super::{Challenge, Document, Object};
use std::borrow::Cow;

/// Whether the next program takes a document, which is given in pieces.
fn fits(line: &[Cow<'_, str>]) -> bool {
    let (mut bytes, mut values, mut depth, mut deepest) = (0, 0, 0usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in line.iter().flat_map(|piece| piece.bytes()) {
        bytes += 1;
        values += usize::from(matches!(byte, b',' | b'[' | b'{'));
        match byte {
            _ if escaped => escaped = false,
            // JSON has it in strings only.
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    bytes <= LARGEST && values <= MOST_VALUES && deepest <= DEEPEST
}

/// The document, with as much left out as is necessary.
pub(crate) fn fit(document: &Document) -> Cow<'_, Document> {
    if fits(&document.line()) {
        return Cow::Borrowed(document);
    }
    let mut smaller = document.clone();
    change_all(&mut smaller, |challenge| {
        challenge.retain(|name, _| !is(name, catalogue::challenge::find, &[Need::Explains]));
        if let Some(error) = challenge.get_mut(catalogue::challenge::ERROR.name) {
            shorten_error(error);
        }
    });
    smaller.shorten_error();
    if !fits(&smaller.line()) {
        let keep = [Need::Record, Need::Needed];
        // A challenge on a line of its own has the members of a challenge.
        smaller.retain(|name| {
            is(name, catalogue::order::find, &keep) || is(name, catalogue::challenge::find, &keep)
        });
        change_all(&mut smaller, |challenge| {
            challenge.retain(|name, _| is(name, catalogue::challenge::find, &keep));
        });
    }
    if !fits(&smaller.line()) {
        // Whoever needs more of the order asks the CA for it by its URL.
        smaller.shorten_order();
    }
    command::message::error(&format!(
        "{}: too large to pass on whole; members that only explain are left out",
        document.label()
    ));
    Cow::Owned(smaller)
}

fn is(name: &str, find: fn(&str) -> Option<&'static Member>, needs: &[Need]) -> bool {
    find(name).is_some_and(|member| needs.contains(&member.need))
}

fn change_all(document: &mut Document, change: impl Fn(&mut Object)) {
    for index in 0..document.challenge_count() {
        document.change(index, |challenge| {
            let mut members = Object::from(std::mem::take(challenge));
            change(&mut members);
            *challenge = Challenge::from(members);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_outside_of_strings_only() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        let (most, more) = (deep(DEEPEST), deep(DEEPEST + 1));
        for (json, expected) in [
            (most.clone(), true),
            (more.clone(), false),
            (format!("[{},{}]", deep(1), deep(DEEPEST - 1)), true),
            (format!(r#""{more}""#), true),
            (format!(r#""\"{more}""#), true),
            (format!(r#"["\\",{most}]"#), false),
            (format!(r#"["]",{most}]"#), false),
        ] {
            assert_eq!(fits(&[json.as_str().into()]), expected, "{json}");
        }
    }
    use serde_json::{Value, json};

    fn document(value: Value) -> Document {
        match value {
            Value::Object(object) => object.into(),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn what_is_too_large_or_too_deep_for_the_next_program_goes_on_without() {
        let mut deep = json!(1);
        for _ in 0..126 {
            deep = json!([deep]);
        }
        let many = vec![0; MOST_VALUES];
        let long = "x".repeat(LARGEST);
        // What comes into an error is not nested deeply: that is seen to when it is made.
        for (ballast, explains) in [
            (deep, json!([])),
            (json!(many), json!(many)),
            (json!(long), json!(long)),
        ] {
            let order = document(json!({
                "name": "a", "mine": ballast, "certificate": {"issuer": "c"},
                "order": {"url": "https://ca.test/1", "status": "ready", "theirs": ballast},
                "challenges": [{"fqdn": "a.", "value": "v", "present": {"journal": "j"}, "mine": 1,
                                "authorization": "https://ca.test/2", "deferred": "d",
                                "error": {"type": "t", "detail": "d", "subproblems": explains}}]
            }));
            let fitting = fit(&order);
            assert!(fits(&fitting.line()));
            let challenge = Object::from(fitting.challenge(0));
            assert_eq!(challenge["present"]["journal"], "j");
            assert_eq!(challenge["authorization"], "https://ca.test/2");
            assert_eq!(challenge["deferred"], "d");
            assert_eq!(challenge["error"]["type"], "t");
            let order = fitting.object();
            assert_eq!(order["name"], "a");
            assert_eq!(order["certificate"]["issuer"], "c");
            assert_eq!(
                order["order"],
                json!({"url": "https://ca.test/1", "status": "ready"})
            );
        }
        let alone = document(
            json!({"fqdn": "a.", "effective_fqdn": "b.", "value": "v", "x": "x".repeat(LARGEST),
                                    "present": {"journal": "j"}}),
        );
        let alone = Object::from(fit(&alone).challenge(0));
        assert_eq!(
            (&alone["effective_fqdn"], &alone["present"]["journal"]),
            (&json!("b."), &json!("j"))
        );
        let small = document(json!({"fqdn": "a.", "x": "[[[{{,,"}));
        assert!(matches!(fit(&small), Cow::Borrowed(_)));
    }
}
