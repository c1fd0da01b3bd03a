//! What a document may take: what a program writes, the next one has to be able to read.

use crate::{Document, Object, Value};
use std::borrow::Cow;

/// The largest document in bytes: an order of a thousand names, with room.
pub(crate) const LARGEST: usize = 8 << 20;
/// The most members and elements of a document, which bounds what its bytes take up once they are parsed.
pub(crate) const MOST_VALUES: usize = 400_000;
/// The most challenges of an order: each gains a kilobyte on its way.
pub(crate) const MOST_CHALLENGES: usize = 4000;
/// How deep a document may be nested; serde_json reads no deeper.
const DEEPEST: usize = 127;

/// Whether a document, in pieces, is one that the next program takes.
fn fits(line: &[Cow<'_, str>]) -> bool {
    let (mut bytes, mut values, mut depth, mut deepest) = (0, 0, 0usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in line.iter().flat_map(|piece| piece.bytes()) {
        bytes += 1;
        values += usize::from(matches!(byte, b',' | b'[' | b'{'));
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
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

/// The document with as much left out as it takes: first what explains, then what the CA and others added; never what
/// a program needs to undo what was done.
pub(crate) fn fitting(document: &Document) -> Cow<'_, Document> {
    if fits(&document.line()) {
        return Cow::Borrowed(document);
    }
    let mut smaller = document.clone();
    for index in 0..smaller.challenge_count() {
        smaller.change(index, |challenge| {
            shorten_error(challenge);
            challenge.shift_remove("propagated");
        });
    }
    smaller.shorten_error();
    if !fits(&smaller.line()) {
        smaller.keep_only(&[&ORDER[..], &OF_A_RECORD, &DONE].concat());
        for index in 0..smaller.challenge_count() {
            smaller.change(index, |challenge| {
                challenge.retain(|member, _| {
                    OF_A_RECORD.contains(&member.as_str()) || DONE.contains(&member.as_str())
                });
            });
        }
    }
    crate::message::complain(&format!(
        "{}: too large to be passed on whole; what only explains is left out",
        document.label()
    ));
    Cow::Owned(smaller)
}

/// Members of an order that say which it is.
const ORDER: [&str; 5] = ["version", "name", "directory", "account", "challenges"];

/// Members of a challenge that tell its record: what it takes to remove it.
pub const OF_A_RECORD: [&str; 9] = [
    "identifier",
    "wildcard",
    "token",
    "key_authorization",
    "fqdn",
    "value",
    "effective_fqdn",
    "zone",
    "nameservers",
];

/// Members that say what was done about it.
const DONE: [&str; 4] = ["status", "present", "cleanup", "error"];

/// Leaves of an error what says which it is.
pub(crate) fn shorten_error(object: &mut Object) {
    if let Some(Value::Object(error)) = object.get_mut("error") {
        error.retain(|member, _| matches!(member.as_str(), "type" | "detail" | "program" | "at"));
        if let Some(Value::String(detail)) = error.get_mut("detail") {
            *detail = crate::message::shorten(detail, 300);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            (json!({"deep": deep}), json!([])),
            (json!(many), json!(many)),
            (json!(long), json!(long)),
        ] {
            let order = document(json!({
                "name": "a", "order": ballast, "certificate": {"issuer": "c"},
                "challenges": [{"fqdn": "a.", "value": "v", "present": {"journal": "j"}, "mine": 1,
                                "error": {"type": "t", "detail": "d", "subproblems": explains}}]
            }));
            let fitting = fitting(&order);
            assert!(fits(&fitting.line()));
            let challenge = fitting.challenge(0);
            assert_eq!(challenge["present"]["journal"], "j");
            assert_eq!(challenge["error"]["type"], "t");
            assert_eq!(fitting.object()["name"], "a");
        }
        let alone = document(
            json!({"fqdn": "a.", "effective_fqdn": "b.", "value": "v", "x": "x".repeat(LARGEST),
                                    "present": {"journal": "j"}}),
        );
        let alone = fitting(&alone).challenge(0);
        assert_eq!(
            (&alone["effective_fqdn"], &alone["present"]["journal"]),
            (&json!("b."), &json!("j"))
        );
        let small = document(json!({"fqdn": "a.", "x": "[[[{{,,"}));
        assert!(matches!(fitting(&small), Cow::Borrowed(_)));
    }
}
