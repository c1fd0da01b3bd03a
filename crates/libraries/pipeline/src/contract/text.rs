//! JSON text that is taken apart without making values of it.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Calls `each` with every member of an object, and with every element of an array, which has no name. Nothing where it
/// says so, or where the text is neither.
pub(super) fn each(text: &str, each: impl FnMut(Option<&str>, &str) -> Option<()>) -> Option<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_any(Each(each)).ok()?
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
