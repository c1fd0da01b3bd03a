//! YAML as the values of JSON. Aliases are refused: a few lines with them can stand for more than any machine has room for.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// How deep values may be within each other.
const DEEPEST: usize = 32;

/// What is being read: an array, or an object with the key whose value comes next.
enum Open {
    Array(Vec<Value>),
    Object(Map<String, Value>, Option<String>),
}

/// The first document of a text.
///
/// # Errors
/// In words: it is no YAML, or has what is not taken.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| error.to_string())?;
        let value = match event {
            Event::Alias(_) => return Err("it has an alias, which is not followed".to_owned()),
            Event::SequenceStart(..) => {
                open.push(Open::Array(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Object(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(closed),
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::DocumentEnd => break,
            _ => None,
        };
        if open.len() > DEEPEST {
            return Err("its values are too deep within each other".to_owned());
        }
        let Some(value) = value else { continue };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::Array(values)) => values.push(value),
            Some(Open::Object(members, key)) => match key.take() {
                None => *key = Some(text_of(value)),
                Some(key) => drop(members.insert(key, value)),
            },
        }
    }
    Ok(Value::Null)
}

fn closed(open: Open) -> Value {
    match open {
        Open::Array(values) => values.into(),
        Open::Object(members, _) => members.into(),
    }
}

/// A plain word may be a flag or nothing; numbers stay as they are written.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (text, style) {
        ("true", ScalarStyle::Plain) => true.into(),
        ("false", ScalarStyle::Plain) => false.into(),
        ("" | "~" | "null", ScalarStyle::Plain) => Value::Null,
        _ => text.into(),
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_people_write_is_read() {
        let text =
            "a: one # why\nb:\n  - 'x'\n  - \"true\"\n  - true\nc: {d: 10, e: ~}\n---\nsecond: 1\n";
        let expected = json!({"a": "one", "b": ["x", "true", true], "c": {"d": "10", "e": null}});
        assert_eq!(parse(text), Ok(expected));
        assert_eq!(parse(""), Ok(Value::Null));
        assert_eq!(parse("one"), Ok(json!("one")));
    }

    #[test]
    fn what_would_become_too_much_is_refused() {
        let aliases = "a: &a [x, x]\nb: [*a, *a]\n";
        assert!(parse(aliases).is_err_and(|why| why.contains("alias")));
        assert!(parse(&"[".repeat(10_000)).is_err());
        assert!(parse("a: [1\nb: }").is_err());
        assert!(parse("a: 'x").is_err());
    }
}
