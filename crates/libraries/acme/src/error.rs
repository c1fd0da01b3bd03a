//! Problem documents (RFC 9457), the CA's and our own, and the one error type of this library.

use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::ops::Deref;

/// The prefix of the error types that RFC 8555 §6.7 defines.
const ACME: &str = "urn:ietf:params:acme:error:";

/// More than any CA has to say; what goes beyond is cut off.
const MAX_TEXT: usize = 4096;
const MAX_SUBPROBLEMS: usize = 100;
/// All of them together.
const MAX_SUBPROBLEMS_BYTES: usize = 32 * 1024;

/// A problem document (RFC 9457 §3) with the subproblems of RFC 8555 §6.7.1 and a hint for a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Problem {
    /// `urn:ietf:params:acme:error:…` from a CA, `acmepipe:…` from this library.
    #[serde(rename = "type")]
    pub kind: String,
    /// What was asked of whom, and what came back.
    pub detail: String,
    /// What a person can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The HTTP status of the CA's reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Seconds after which the CA wants to be asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The identifiers that the problem is about, each with a problem of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subproblems: Vec<Value>,
}

impl Problem {
    /// Reads a problem as a CA sent it. What is missing or of a wrong type is left out: a broken explanation is
    /// still an explanation.
    pub fn from_json(value: &Value) -> Problem {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(cut);
        Problem {
            // Types of ours say what we found.
            kind: text("type")
                .filter(|kind| !kind.starts_with("acmepipe:"))
                .unwrap_or_else(|| "about:blank".into()),
            detail: text("detail").or_else(|| text("title")).unwrap_or_default(),
            hint: None,
            status: value
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            retry_after: None,
            subproblems: value
                .get("subproblems")
                .and_then(Value::as_array)
                .map(|list| bounded(list))
                .unwrap_or_default(),
        }
    }

    /// Whether it is the problem that RFC 8555 §6.7 calls `name`.
    pub fn is(&self, name: &str) -> bool {
        self.kind.strip_prefix(ACME) == Some(name)
    }
}

/// The first of these, as far as they are worth keeping.
fn bounded(subproblems: &[Value]) -> Vec<Value> {
    let mut room = MAX_SUBPROBLEMS_BYTES;
    let fits = |problem: &&Value| {
        let size = problem.to_string().len();
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    let first = subproblems.iter().take(MAX_SUBPROBLEMS);
    first.take_while(fits).cloned().collect()
}

/// Cuts a CA's text to a bounded length, at a character boundary.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why something could not be done; serializes as the problem that it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Error(Box<Problem>);

/// A result with this library's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of our own: `cause` is what follows `acmepipe:` in its type.
    pub fn new(cause: &str, detail: impl Into<String>) -> Error {
        Error(Box::new(Problem {
            kind: format!("acmepipe:{cause}"),
            detail: detail.into(),
            ..Problem::default()
        }))
    }

    /// An error about a file or directory.
    pub fn file(doing: &str, path: impl AsRef<std::path::Path>, error: impl fmt::Display) -> Error {
        Error::new(
            "files",
            format!("cannot {doing} {}: {error}", path.as_ref().display()),
        )
    }

    /// The same with what a person can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    /// What the CA answered to `asked`, in the CA's own type.
    pub(crate) fn from_ca(asked: &str, mut problem: Problem) -> Error {
        problem.hint = crate::hint::for_request(&problem);
        problem.detail = format!("{asked}: {}", problem.detail);
        Error(Box::new(problem))
    }

    /// What stopped work gets: somebody called [`crate::Stop::stop`].
    pub(crate) fn interrupted() -> Error {
        Error::new("interrupted", "stopped before it was done")
    }

    /// Whether work ended because it was told to.
    pub fn is_interrupted(&self) -> bool {
        self.kind == "acmepipe:interrupted"
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error(Box::new(problem))
    }
}

impl Deref for Error {
    type Target = Problem;

    fn deref(&self) -> &Problem {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_with_members_of_wrong_types_is_still_read() {
        let problem = Problem::from_json(&json!({
            "type": 1, "detail": "no", "status": 70000, "subproblems": "x"
        }));
        assert_eq!(problem.kind, "about:blank");
        assert_eq!(problem.detail, "no");
        assert_eq!(problem.status, None);
        assert!(problem.subproblems.is_empty());
    }

    #[test]
    fn an_error_serializes_after_rfc_9457_and_leaves_out_what_it_lacks() {
        let error = Error::new("ca:unreachable", "it is down").with_hint("wait");
        let json = serde_json::to_value(&error).expect("a struct of strings");
        assert_eq!(
            json,
            json!({"type": "acmepipe:ca:unreachable", "detail": "it is down", "hint": "wait"})
        );
    }

    #[test]
    fn an_endless_detail_is_cut() {
        let problem = Problem::from_json(&json!({"detail": "ä".repeat(100_000)}));
        assert_eq!(problem.detail.chars().count(), MAX_TEXT + 1);
    }
}
