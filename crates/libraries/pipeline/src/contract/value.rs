//! Reading members of a document with errors that name them.

pub use super::time::{age, now, seconds, time, to_the_millisecond, to_the_second};
use super::{DomainName, Object, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// How much is said of what is wrong with a text, in characters: a parser quotes it, and it may hold a megabyte.
const LONGEST_WRONG: usize = 200;

/// The member `name` of `object`, which has to be there and of the type asked for.
///
/// # Errors
/// `acmepipe:document`, naming the member and what is wrong with it.
pub fn required<T: DeserializeOwned>(object: &Object, name: &str) -> Result<T, Problem> {
    optional(object, name)?.ok_or_else(|| missing(name))
}

/// The member `name` of `object`, or nothing where it is absent or null.
///
/// # Errors
/// `acmepipe:document` where it is there and of another type, naming the member and what is wrong with it.
pub fn optional<T: DeserializeOwned>(object: &Object, name: &str) -> Result<Option<T>, Problem> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value).map(Some).map_err(|error| {
            let wrong = wrong(&error);
            Problem::document(format!("member `{name}`: {wrong}"))
        }),
    }
}

/// The domain name in the member `name` of `object`, or nothing where it is absent or null.
///
/// # Errors
/// `acmepipe:document`, naming the member and what is wrong with it.
pub fn domain_name(object: &Object, name: &str) -> Result<Option<DomainName>, Problem> {
    let text: Option<String> = optional(object, name)?;
    let parse = |text: String| {
        DomainName::parse(&text)
            .map_err(|error| Problem::document(format!("member `{name}` {error}")))
    };
    text.map(parse).transpose()
}

/// The duration in the member `name` of `object`, which is itself member `of` of another; nothing where it is absent.
///
/// # Errors
/// `acmepipe:document`, naming the member and what is wrong with it.
pub(crate) fn duration(object: &Object, of: &str, name: &str) -> Result<Option<Duration>, Problem> {
    let seconds: Option<f64> = optional(object, name)?;
    let read = |seconds| {
        command::duration::from_seconds(seconds).ok_or_else(|| {
            Problem::document(format!(
                "member `{of}.{name}` is not a sensible number of seconds: {seconds}"
            ))
        })
    };
    seconds.map(read).transpose()
}

/// What a parser says is wrong with a text, without the place.
pub fn wrong(error: &serde_json::Error) -> String {
    let error = error.to_string();
    let wrong = error.split(" at line ").next().unwrap_or_default();
    command::text::shorten(wrong, LONGEST_WRONG)
}

/// The problem of a member that has to be there and is not.
pub fn missing(name: &str) -> Problem {
    Problem::document(format!("member `{name}` is missing"))
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
        let problem = required::<String>(&object, "fqdn").unwrap_err();
        assert_eq!(problem.kind, "acmepipe:document");
        assert!(problem.detail.contains("`fqdn`"), "{}", problem.detail);
    }

    #[test]
    fn durations_are_seconds_to_the_millisecond() {
        assert_eq!(seconds(Duration::from_micros(1_234_567)), json!(1.234));
        assert_eq!(seconds(Duration::from_secs(2)), json!(2));
    }
}
