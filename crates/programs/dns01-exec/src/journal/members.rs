//! The members of a journal's line, each as its text, from which it is read without a value between.

use crate::journal::checksum::is_damaged;
use pipeline::value;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The members of a line.
pub(super) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// Reads a line. An error says what is wrong with it.
    pub(super) fn read(line: &'a [u8]) -> Result<Members<'a>, String> {
        let read = serde_json::from_slice(line);
        let members: BTreeMap<String, &RawValue> =
            read.map_err(|error| match error.classify() {
                Category::Eof => "it is cut off".to_owned(),
                Category::Data => "it is no JSON object".to_owned(),
                _ => format!("it is no JSON from column {} on", error.column()),
            })?;
        if is_damaged(&members, line) {
            return Err("its checksum is wrong".to_owned());
        }
        Ok(Members(members))
    }

    /// Whether it has this member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member that has to be there. An error says what is wrong with it.
    pub(super) fn required<T: Deserialize<'a>>(&self, name: &str) -> Result<T, String> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// A member, if it is there and not null. An error says what is wrong with it.
    pub(super) fn optional<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, String> {
        let text = self.0.get(name).map_or("null", |text| text.get());
        let read = serde_json::from_str(text);
        read.map_err(|error| format!("member `{name}`: {}", value::wrong(&error)))
    }
}

/// What is said of a member that has to be there and is not.
pub(super) fn missing(member: &str) -> String {
    value::missing(member).detail
}
