//! The `error` member: why a program could not do its part, in the words of RFC 9457. It is the one error that passes
//! between programs: a library's error becomes one where the options are known, and a hint says what can be done.

use super::limits::{DEEPEST_IN_ERROR, LONGEST_DETAIL, SHORT_DETAIL};
use super::text::each;
use super::types::{self, ProblemType};
use super::{Object, time};
use command::text::shorten;
use serde_json::{Value, json};
use std::fmt;

/// The type of a problem that has none (RFC 9457 §4.2.1).
const ABOUT_BLANK: &str = "about:blank";
/// The member of a problem with the URL that ends the pause of an account.
pub const UNPAUSE_URL: &str = "unpause_url";
/// The member of an order or a challenge that holds its problem.
const ERROR: &str = "error";
/// The members that are fields of a [`Problem`].
const FIELDS: [&str; 3] = ["type", "detail", "hint"];
/// The members that identify a problem.
const ESSENTIAL: [&str; 4] = ["type", "detail", "program", "at"];

/// Why something failed: a problem document (RFC 9457 §3.1, RFC 8555 §6.7).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Problem {
    /// The CA's own type, or one of [`types`].
    pub kind: String,
    /// What was asked of whom, and what came back.
    pub detail: String,
    /// What a person can do about it: a sentence.
    pub hint: Option<String>,
    /// Everything else that goes beside them: `status`, `instance`, `retry_after`, `subproblems`, …
    pub more: Box<Object>,
}

impl Problem {
    /// A problem of this type, with what was asked of whom and what came back.
    pub fn new(kind: &ProblemType, detail: impl Into<String>) -> Problem {
        Problem::of_type(kind.name, detail)
    }

    /// A problem of a type that is not in [`types`]: a CA's, or one of a family.
    pub fn of_type(kind: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem {
            kind: kind.into(),
            detail: detail.into(),
            ..Problem::default()
        }
    }

    /// The problem that a member of a document is missing, has the wrong type or contradicts another.
    pub fn document(detail: impl Into<String>) -> Problem {
        Problem::new(&types::DOCUMENT, detail)
    }

    /// The problem that signal `number` told the program to stop before it was done.
    pub fn interrupted(number: i32) -> Problem {
        let (program, signal) = (command::name(), command::signal_name(number));
        Problem::new(
            &types::INTERRUPTED,
            format!("{program} was told to stop by {signal}"),
        )
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a member beside `type` and `detail`, `status` or `subproblems` for instance.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Problem {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    /// The problem in the `error` member of an order, a challenge or a `cleanup`; `None` without that member.
    pub fn of(object: &Object) -> Option<Problem> {
        let error = object.get(ERROR).filter(|error| !error.is_null())?;
        let Value::Object(error) = error else {
            return Some(Problem::of_type(ABOUT_BLANK, error.to_string()));
        };
        let mut more = error.clone();
        let mut text = |member| match more.shift_remove(member) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Some(Problem {
            kind: text("type").unwrap_or_else(|| ABOUT_BLANK.to_owned()),
            detail: text("detail").unwrap_or_default(),
            hint: text("hint"),
            more: Box::new(more),
        })
    }

    /// Whether it is of this type.
    pub fn is(&self, kind: &ProblemType) -> bool {
        self.kind == kind.name
    }

    /// Whether the running program found it, and not one before.
    pub(crate) fn is_of_this_program(&self) -> bool {
        self.more.get("program").and_then(Value::as_str) == Some(command::name())
    }

    /// The value of the `error` member, with this program's name and the time.
    pub fn to_value(&self) -> Value {
        let mut error = Object::new();
        error.insert("type".into(), json!(self.kind));
        error.insert(
            "detail".into(),
            json!(shorten(&self.detail, LONGEST_DETAIL)),
        );
        if let Some(hint) = &self.hint {
            error.insert("hint".into(), json!(hint));
        }
        for (member, value) in self.more.iter() {
            if !FIELDS.contains(&member.as_str()) && !is_deeper(value, DEEPEST_IN_ERROR) {
                error.insert(member.clone(), value.clone());
            }
        }
        error
            .entry("program")
            .or_insert_with(|| json!(command::name()));
        error.entry("at").or_insert_with(|| json!(time::now()));
        Value::Object(error)
    }
}

/// Whether something has failed on an order or a challenge: it has an `error`, and that is not null.
pub(crate) fn has_error(object: &Object) -> bool {
    object.get(ERROR).is_some_and(|error| !error.is_null())
}

/// The text of an `error`, shortened to what identifies it.
pub(super) fn shortened_error(text: &str) -> String {
    if text == "null" {
        return text.to_owned();
    }
    let mut short = Object::new();
    let is_object = each(text, |member, value| {
        let member = member?;
        if ESSENTIAL.contains(&member)
            && let Ok(text) = serde_json::from_str::<String>(value)
        {
            short.insert(member.to_owned(), shorten(&text, SHORT_DETAIL).into());
        }
        Some(())
    });
    if is_object.is_none() {
        short.insert("type".to_owned(), ABOUT_BLANK.into());
        short.insert("detail".to_owned(), shorten(text, SHORT_DETAIL).into());
    }
    Value::Object(short).to_string()
}

/// The JSON text of a text, shortened as the detail of an error is; empty where it is none.
pub(super) fn shortened_text(text: &str) -> String {
    let text: String = serde_json::from_str(text).unwrap_or_default();
    Value::from(shorten(&text, SHORT_DETAIL)).to_string()
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(list) => Box::new(list.iter()),
        Value::Object(object) => Box::new(object.values()),
        _ => return false,
    };
    levels == 0 || inner.any(|value| is_deeper(value, levels - 1))
}

/// The detail, and the hint on a line of its own.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = if self.detail.is_empty() {
            &self.kind
        } else {
            &self.detail
        };
        f.write_str(&shorten(detail, LONGEST_DETAIL))?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(error: Value) -> Problem {
        Problem::of(&Object::from_iter([(ERROR.to_owned(), error)])).unwrap()
    }

    #[test]
    fn a_problem_keeps_every_member_it_came_with() {
        let error = json!({
            "type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN", "status": 400,
            "subproblems": [{"type": "x"}], "instance": "https://ca.test/1"
        });
        let value = read(error.clone()).to_value();
        for member in ["type", "detail", "status", "subproblems", "instance"] {
            assert_eq!(value[member], error[member], "{member}");
        }
        assert!(value["at"].is_string() && value["program"].is_string());
    }

    #[test]
    fn what_the_next_program_could_not_read_is_left_out() {
        let nested = |levels: usize| (0..levels).fold(Value::from(1), |inner, _| json!([inner]));
        let error = json!({"type": "t", "detail": "d", "few": nested(64), "many": nested(65)});
        let error = read(error).to_value();
        assert!(error.get("few").is_some() && error.get("many").is_none());
    }

    #[test]
    fn an_error_that_is_no_object_is_quoted() {
        assert_eq!(read(json!("oops")).detail, "\"oops\"");
        assert_eq!(Problem::of(&Object::new()), None);
    }
}
