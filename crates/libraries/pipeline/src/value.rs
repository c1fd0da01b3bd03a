//! Reading members of a document with errors that name them, and the two kinds of value that the contract
//! fixes: times (RFC 3339, UTC) and durations (seconds).

use crate::{Failure, Object};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The longest duration that a document or an option may ask for: a year.
const LONGEST: f64 = 365.0 * 86400.0;

/// Now, as the contract writes times: RFC 3339 in UTC, to the second.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()
}

/// How long ago a time in a document was: none for what is no time, or lies ahead.
pub fn age(time: &str) -> Option<Duration> {
    humantime::parse_rfc3339(time).ok()?.elapsed().ok()
}

/// A duration as the contract writes it: seconds, to the millisecond.
pub fn seconds(duration: Duration) -> Value {
    let milliseconds = duration.as_millis() as u64;
    if milliseconds.is_multiple_of(1000) {
        return Value::from(milliseconds / 1000);
    }
    Value::from(milliseconds as f64 / 1000.0)
}

/// The duration that a number of seconds stands for; none for what is negative, not finite, or over a year.
pub fn duration(seconds: f64) -> Option<Duration> {
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

/// The member `name` of `object`, which has to be there and of the type asked for.
///
/// # Errors
/// `acmepipe:document`, naming the member and what is wrong with it.
pub fn required<T: DeserializeOwned>(object: &Object, name: &str) -> Result<T, Failure> {
    optional(object, name)?.ok_or_else(|| Failure::document(format!("member `{name}` is missing")))
}

/// The member `name` of `object`, or nothing where it is absent or null.
///
/// # Errors
/// `acmepipe:document` where it is there and of another type, naming the member and what is wrong with it.
pub fn optional<T: DeserializeOwned>(object: &Object, name: &str) -> Result<Option<T>, Failure> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value)
            .map(Some)
            .map_err(|error| Failure::document(format!("member `{name}`: {}", brief(&error)))),
    }
}

/// The text of a serde error, bounded: it quotes what it found, and that can be a megabyte.
fn brief(error: &serde_json::Error) -> String {
    crate::message::shorten(&error.to_string(), 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_of_another_type_is_named_in_the_error() {
        let Value::Object(object) = json!({"fqdn": 7}) else {
            unreachable!()
        };
        let failure = required::<String>(&object, "fqdn").unwrap_err();
        assert_eq!(failure.kind, "acmepipe:document");
        assert!(failure.detail.contains("`fqdn`"), "{}", failure.detail);
    }

    #[test]
    fn absurd_durations_are_refused() {
        for absurd in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(duration(absurd), None);
        }
        assert_eq!(duration(0.5), Some(Duration::from_millis(500)));
    }
}
