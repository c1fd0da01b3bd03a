//! Parsing a document so that no more than one of its challenges is held as values.

use super::parts::{ARRAY, Parts, Text, text};
use crate::contract::catalogue::order::CHALLENGES;
use crate::contract::text::each;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Begins the names by which serde_json knows its numbers and raw values from objects.
const OF_SERDE_JSON: &str = "$serde_json::private::";

/// The parts of a plain text as they stand in it; none where it is no JSON object.
pub(super) fn of_text(text: &str) -> Option<Parts> {
    if text.contains(OF_SERDE_JSON) {
        return None;
    }
    let mut parts = Parts::default();
    each(text, |member, text| {
        let member = member?.to_owned();
        let mut kept = text;
        if member == CHALLENGES.name {
            parts.clear_challenges();
            if text.starts_with('[') {
                each(text, |_, challenge| {
                    parts.push(challenge.into());
                    Some(())
                })?;
                kept = ARRAY;
            }
        }
        parts.members.insert(member, kept.into());
        Some(())
    })?;
    Some(parts)
}

pub(super) struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Parts;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Parts, M::Error> {
        let mut parts = Parts::default();
        while let Some(member) = members.next_key::<String>()? {
            let value = if member == CHALLENGES.name {
                parts.clear_challenges();
                members.next_value_seed(Member(&mut parts))?
            } else {
                text(&members.next_value()?)
            };
            parts.members.insert(member, value);
        }
        Ok(parts)
    }
}

/// The member `challenges`: the elements of an array go to the list; anything else is a text.
struct Member<'a>(&'a mut Parts);

impl<'de> serde::de::DeserializeSeed<'de> for Member<'_> {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Text;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<Text, S::Error> {
        while let Some(value) = elements.next_element::<Value>()? {
            self.0.push(text(&value));
        }
        Ok(ARRAY.into())
    }

    // An object, or a number of any size.
    fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Text, M::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(members))?;
        Ok(text(&value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(text(&value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
        Ok(text(&value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
        Ok(text(&value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
        Ok(text(&value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Text, E> {
        Ok(text(&value.into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(text(&Value::Null))
    }
}
