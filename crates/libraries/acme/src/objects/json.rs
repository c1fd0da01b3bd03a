//! Reads a CA's JSON piece by piece. A megabyte of it takes sixty as values, so each member is looked at as text first,
//! and becomes a value only where it is used, and is no larger than it may be.

use crate::text::quote;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// An object of RFC 8555 that a CA sends.
pub(crate) trait FromJson: Sized {
    /// Reads it from the text of a reply, as generously as its use allows: what is not used is not judged.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn from_json_text(text: &str) -> Result<Self, String>;
}

/// How many bytes of memory are left for what is kept.
#[derive(Debug)]
pub(crate) struct Room(pub(crate) usize);

impl Room {
    /// Takes this many, if they are left.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Calls `with` for each member of an object, with its name and its value as text. Where a name comes twice, the last
/// one counts: it is for `with` to put it in the place of the first.
///
/// # Errors
/// The text is no JSON object, or the first of `with`.
pub(crate) fn each_member<'a>(
    text: &'a str,
    mut with: impl FnMut(&str, &'a str) -> Result<(), String>,
) -> Result<(), String> {
    let mut refused = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer
        .deserialize_map(Members(|name: &str, value| {
            with(name, value).map_err(|why| refused = Some(why))
        }))
        .and_then(|()| deserializer.end());
    read.map_err(|error| refused.unwrap_or_else(|| error.to_string()))
}

/// Calls `with` for each element of an array, as text.
///
/// # Errors
/// The text is no JSON array, or the first of `with`.
pub(crate) fn each_element<'a>(
    text: &'a str,
    mut with: impl FnMut(&'a str) -> Result<(), String>,
) -> Result<(), String> {
    let mut refused = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer
        .deserialize_seq(Elements(|element| {
            with(element).map_err(|why| refused = Some(why))
        }))
        .and_then(|()| deserializer.end());
    read.map_err(|error| refused.unwrap_or_else(|| error.to_string()))
}

/// The value of a member that may be absent; `null` counts as absent (RFC 8555 says nothing of it, and CAs send it).
///
/// # Errors
/// It is of another type.
pub(crate) fn optional<T: DeserializeOwned>(name: &str, text: &str) -> Result<Option<T>, String> {
    if is_null(text) {
        return Ok(None);
    }
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| format!("member `{}`: {error}", quote(name)))
}

/// The value of a member that explains and is not used: none where it is of another type.
pub(crate) fn lenient<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The elements of a list, which may have so many at most; none where it is `null`.
///
/// # Errors
/// It is no list, or a longer one, or what `read` says.
pub(crate) fn list<'a, T>(
    name: &str,
    text: &'a str,
    most: usize,
    read: impl Fn(&'a str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut all = Vec::new();
    if is_null(text) {
        return Ok(all);
    }
    each_element(text, |element| {
        if all.len() == most {
            return Err(format!("more than {most} of them"));
        }
        all.push(read(element)?);
        Ok(())
    })
    .map_err(|why| format!("member `{name}`: {why}"))?;
    Ok(all)
}

/// A value that is kept as it is, where there is room for it.
pub(crate) fn kept(name: &str, text: &str, room: &mut Room) -> Option<Value> {
    let size = name.len() + OF_EACH + size(text);
    room.take(size).then(|| lenient(text))?
}

/// What a value or a member takes beside its text, in bytes.
const OF_EACH: usize = 80;

/// What a value takes once it is parsed, in bytes, as far as its text tells: its length, and much for each value in it.
pub(crate) fn size(text: &str) -> usize {
    let values = text
        .bytes()
        .filter(|byte| matches!(byte, b',' | b'[' | b'{'));
    text.len() + OF_EACH * values.count()
}

fn is_null(text: &str) -> bool {
    text.trim() == "null"
}

/// What its function refuses was noted by that.
struct Members<F>(F);

impl<'a, F: FnMut(&str, &'a str) -> Result<(), ()>> Visitor<'a> for Members<F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(mut self, mut members: M) -> Result<(), M::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let value: &'a RawValue = members.next_value()?;
            (self.0)(&name, value.get()).map_err(|()| M::Error::custom(""))?;
        }
        Ok(())
    }
}

/// What its function refuses was noted by that.
struct Elements<F>(F);

impl<'a, F: FnMut(&'a str) -> Result<(), ()>> Visitor<'a> for Elements<F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON array")
    }

    fn visit_seq<S: SeqAccess<'a>>(mut self, mut elements: S) -> Result<(), S::Error> {
        while let Some(element) = elements.next_element::<&'a RawValue>()? {
            (self.0)(element.get()).map_err(|()| S::Error::custom(""))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_come_one_by_one_as_text() {
        let mut found = Vec::new();
        let text = r#" {"a": [1, 2], "b\n": null, "a": {"x": "y"}} "#;
        let read = each_member(text, |name, value| {
            found.push((name.to_owned(), value.to_owned()));
            Ok(())
        });
        let expected = [("a", "[1, 2]"), ("b\n", "null"), ("a", r#"{"x": "y"}"#)];
        assert_eq!(read, Ok(()));
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(
            list("l", "[1, 2 ]", 2, |one| Ok(one.to_owned())),
            Ok(vec!["1".into(), "2".into()])
        );
        assert_eq!(list("l", "null", 0, |one| Ok(one.len())), Ok(vec![]));
    }

    #[test]
    fn what_is_no_object_or_no_list_is_refused() {
        for bad in ["", "[]", "7", "{", "{} x", "null", "\"x\"", "{\"a\":}"] {
            assert!(each_member(bad, |_, _| Ok(())).is_err(), "{bad}");
        }
        for (bad, says) in [
            ("{}", "array"),
            ("[1,", "EOF"),
            ("[1,2,3]", "more than 2"),
            ("[\"x\"]", "no"),
        ] {
            let read = |one: &str| {
                if one == "\"x\"" {
                    Err("no".to_owned())
                } else {
                    Ok(())
                }
            };
            let error = list("l", bad, 2, read).expect_err(bad);
            assert!(
                error.contains(says) && error.starts_with("member `l`"),
                "{error}"
            );
        }
    }

    #[test]
    fn null_is_absent_and_another_type_is_an_error_or_ignored() {
        assert_eq!(optional::<bool>("x", "null"), Ok(None));
        assert_eq!(optional::<bool>("x", " true"), Ok(Some(true)));
        assert!(optional::<bool>("x", "7").is_err_and(|why| why.starts_with("member `x`: ")));
        assert_eq!(lenient::<bool>("7"), None);
        let mut room = Room(8 + 2 * OF_EACH);
        let zeros = "[0,0,0]";
        assert_eq!(kept("ab", zeros, &mut room), None);
        assert_eq!(kept("ab", "1234", &mut room), Some(1234.into()));
        assert_eq!(kept("ab", "1", &mut room), None);
        assert_eq!(kept("a", "1", &mut room), Some(1.into()));
        assert_eq!(kept("", "", &mut Room(OF_EACH - 1)), None);
    }
}
