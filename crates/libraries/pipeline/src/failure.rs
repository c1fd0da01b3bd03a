//! The `error` member: why a program could not do its part, in the words of RFC 9457.

use crate::message::shorten;
use crate::{Object, options, value};
use serde::Serialize;
use serde_json::{Value, json};

/// The most of a detail that goes into a document, in characters: it quotes what was found, which may be anything.
const LONGEST_DETAIL: usize = 2000;

/// Why a document failed: what becomes its `error` member.
///
/// The members are those of a problem document (RFC 9457 §3.1) and of RFC 8555 §6.7.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Failure {
    /// The CA's own type, or one of ours (`acmepipe:…`), named after the cause.
    pub kind: String,
    /// What was asked of whom, and what came back.
    pub detail: String,
    /// What a person can do about it.
    pub hint: Option<String>,
    /// Everything else that goes beside them: `status`, `retry_after`, `subproblems`, …
    pub more: Box<Object>,
}

/// A member that is nested deeper is left out: an error comes to stand in a document, of which the next program reads
/// no more than 128 levels.
const DEEPEST: usize = 64;

fn is_deeper(value: &Value, levels: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(list) => Box::new(list.iter()),
        Value::Object(object) => Box::new(object.values()),
        _ => return false,
    };
    levels == 0 || inner.any(|value| is_deeper(value, levels - 1))
}

impl Failure {
    /// A failure of this type, with what was asked of whom and what came back.
    pub fn new(kind: &str, detail: impl Into<String>) -> Failure {
        Failure {
            kind: kind.to_owned(),
            detail: detail.into(),
            ..Failure::default()
        }
    }

    /// A member of a document is missing, has the wrong type or contradicts another.
    pub fn document(detail: impl Into<String>) -> Failure {
        Failure::new("acmepipe:document", detail)
    }

    /// The program was told to stop by signal `number` before it was done.
    pub fn interrupted(number: i32) -> Failure {
        let name = signal_name(number);
        Failure::new(
            "acmepipe:interrupted",
            format!("{} was told to stop by {name}", options::program_name()),
        )
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a member beside `type` and `detail`, `status` or `subproblems` for instance.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Failure {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    /// A failure from any error that serializes to a problem document: an object with `type` and `detail`,
    /// and what else RFC 9457 and RFC 8555 §6.7 put beside them.
    pub fn from_problem(problem: &impl Serialize) -> Failure {
        let mut more = match serde_json::to_value(problem) {
            Ok(Value::Object(object)) => object,
            Ok(other) => return Failure::new("about:blank", other.to_string()),
            Err(error) => return Failure::new("about:blank", error.to_string()),
        };
        let mut text = |member| match more.shift_remove(member) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Failure {
            kind: text("type").unwrap_or_else(|| "about:blank".to_owned()),
            detail: text("detail").unwrap_or_default(),
            hint: text("hint"),
            more: Box::new(more),
        }
    }

    /// The failure that the `error` member of `object` tells of.
    pub fn of(object: &Object) -> Option<Failure> {
        object
            .get("error")
            .filter(|error| !error.is_null())
            .map(Failure::from_problem)
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
            if !matches!(member.as_str(), "type" | "detail" | "hint") && !is_deeper(value, DEEPEST)
            {
                error.insert(member.clone(), value.clone());
            }
        }
        error
            .entry("program")
            .or_insert_with(|| json!(options::program_name()));
        error.entry("at").or_insert_with(|| json!(value::now()));
        Value::Object(error)
    }
}

/// One line for a person: the detail, then the hint.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

impl std::error::Error for Failure {}

fn signal_name(number: i32) -> String {
    match signal_hook::low_level::signal_name(number) {
        Some(name) => name.to_owned(),
        None => format!("signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_keeps_every_member_it_came_with() {
        let problem = json!({
            "type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN", "status": 400,
            "subproblems": [{"type": "x"}], "instance": "https://ca.test/1"
        });
        let value = Failure::from_problem(&problem).to_value();
        for member in ["type", "detail", "status", "subproblems", "instance"] {
            assert_eq!(value[member], problem[member], "{member}");
        }
        assert!(value["at"].is_string() && value["program"].is_string());
    }

    #[test]
    fn what_the_next_program_could_not_read_is_left_out() {
        let nested = |levels: usize| (0..levels).fold(Value::from(1), |inner, _| json!([inner]));
        let problem = json!({"type": "t", "detail": "d", "few": nested(64), "many": nested(65)});
        let error = Failure::from_problem(&problem).to_value();
        assert!(error.get("few").is_some() && error.get("many").is_none());
    }
}
