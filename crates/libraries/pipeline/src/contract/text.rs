//! JSON text that is taken apart and put together without making values of it.

use super::Object;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// Calls `each` with every member of an object, and with every element of an array, which has no name. Nothing where it
/// says so, or where the text is neither.
pub(super) fn each(text: &str, each: impl FnMut(Option<&str>, &str) -> Option<()>) -> Option<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_any(Each(each)).ok()?
}

/// The text of an object without the members that are `stale`, and with those to `set`: in their place where it has them, else
/// after all others. Nothing where it is no object.
pub(super) fn with_members(
    text: &str,
    stale: impl Fn(&str) -> bool,
    set: &Object,
) -> Option<String> {
    if !text.starts_with('{') {
        return None;
    }
    let mut object = String::with_capacity(text.len());
    object.push('{');
    let mut placed: Vec<&String> = Vec::new();
    each(text, |name, text| {
        let name = name?;
        match set.get_key_value(name) {
            _ if stale(name) => {}
            // If a member comes twice, one is left.
            Some((name, _)) if placed.contains(&name) => {}
            Some((name, value)) => {
                push(&mut object, name, &value.to_string());
                placed.push(name);
            }
            None => push(&mut object, name, text),
        }
        Some(())
    })?;
    for (name, value) in set.iter().filter(|(name, _)| !placed.contains(name)) {
        push(&mut object, name, &value.to_string());
    }
    object.push('}');
    Some(object)
}

/// Writes a member after those that are in an object's text, which has its first brace and not its last.
pub(super) fn push(object: &mut String, name: &str, text: &str) {
    separate(object);
    *object += &Value::from(name).to_string();
    object.push(':');
    *object += text;
}

/// Writes a comma where something stands in an object's or array's text already.
pub(super) fn separate(text: &mut String) {
    if text.len() > 1 {
        text.push(',');
    }
}

struct Each<F>(F);

impl<'de, F: FnMut(Option<&str>, &str) -> Option<()>> Visitor<'de> for Each<F> {
    type Value = Option<()>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object or an array")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut members: M) -> Result<Option<()>, M::Error> {
        let mut said = Some(());
        while let Some(name) = members.next_key::<String>()? {
            let value: &RawValue = members.next_value()?;
            said = said.and_then(|()| (self.0)(Some(&name), value.get()));
        }
        Ok(said)
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut elements: S) -> Result<Option<()>, S::Error> {
        let mut said = Some(());
        while let Some(value) = elements.next_element::<&RawValue>()? {
            said = said.and_then(|()| (self.0)(None, value.get()));
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_set_in_their_place_or_at_the_end_and_stale_ones_go() {
        let set = json!({"b": [2], "c": null, "s": "\"\n"});
        let set = set.as_object().unwrap();
        let is_stale = |name: &str| name == "s" || name == "t";
        for (text, expected) in [
            ("{}", r#"{"b":[2],"c":null,"s":"\"\n"}"#),
            (
                r#"{"a":{"b":1.10},"b":1,"d":"\/"}"#,
                r#"{"a":{"b":1.10},"b":[2],"d":"\/","c":null,"s":"\"\n"}"#,
            ),
            (
                r#"{"s":1,"c":1,"t":1,"b\"":1,"b":1,"b":3}"#,
                r#"{"c":null,"b\"":1,"b":[2],"s":"\"\n"}"#,
            ),
        ] {
            assert_eq!(with_members(text, is_stale, set).as_deref(), Some(expected));
        }
        for none in ["[]", "[1]", "1", "", "{"] {
            assert_eq!(with_members(none, is_stale, set), None, "{none}");
        }
    }
}
