//! One report of the program: that something failed, of whom it says so, and why.

use crate::protocol::permanent;
use command::text::clean;
use pipeline::catalogue::challenge::{ERROR, FQDN, VALUE};
use pipeline::{Key, Object, Value};

/// What a report is about, so that it is found without a look at all others: a name, and a value unless it is of all at
/// the name.
pub(super) type Place = (String, Option<String>);

/// A report: that something failed, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Report {
    /// Whose it is, where it says that.
    pub(super) place: Option<Place>,
    /// Why it failed.
    pub(super) error: String,
    /// What can be done, if it says.
    pub(super) hint: Option<String>,
    /// Whether trying again is in vain.
    pub(super) is_permanent: bool,
    /// All of it.
    pub(super) text: String,
}

impl Report {
    /// Reads the reports of a part of the answer: an object, or an array with objects in it. What was to be a report and is
    /// not JSON is one as well: a script that does not escape what it quotes still has something to say.
    pub(super) fn read(part: &str) -> Vec<Report> {
        match serde_json::from_str::<Value>(part) {
            Ok(value) => Report::within(value),
            Err(_) => {
                let begins = part.trim_start().trim_start_matches('[').trim_start();
                let is_meant = begins.starts_with('{') && part.contains("\"error\"");
                let unread = || Report {
                    place: None,
                    error: String::new(),
                    hint: None,
                    is_permanent: false,
                    text: clean(part.trim()),
                };
                is_meant.then(unread).into_iter().collect()
            }
        }
    }

    /// What a value reports. The parser lets in no arrays nested so deeply that this could not follow.
    fn within(value: Value) -> Vec<Report> {
        match value {
            Value::Object(object) => Report::of(object).into_iter().collect(),
            Value::Array(elements) => elements.into_iter().flat_map(Report::within).collect(),
            _ => Vec::new(),
        }
    }

    /// What an object reports, if it has an error.
    fn of(object: Object) -> Option<Report> {
        let member = |name: &str| object.get(name).cloned().unwrap_or_default();
        let error = match member(ERROR.name) {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => {
                "the program reported it as failed, and did not say why".to_owned()
            }
            Value::String(text) => text,
            other => other.to_string(),
        };
        // By name and value, or by name where it says no value.
        let place = match (member(FQDN.name), member(VALUE.name)) {
            (Value::String(fqdn), Value::Null) => Some((Key::plain(&fqdn), None)),
            (Value::String(fqdn), Value::String(value)) => Some((Key::plain(&fqdn), Some(value))),
            _ => None,
        };
        Some(Report {
            place,
            error,
            hint: object
                .get("hint")
                .and_then(Value::as_str)
                .map(str::to_owned),
            is_permanent: member(permanent::MEMBER) == Value::Bool(true),
            text: clean(&Value::from(object).to_string()),
        })
    }
}
