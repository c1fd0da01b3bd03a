//! Problem documents of a CA (RFC 9457, RFC 8555 §6.7).

use crate::objects::identifier::Identifier;
use crate::text::shorten;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// The prefix of the error types that RFC 8555 §6.7 defines.
const ACME: &str = "urn:ietf:params:acme:error:";
/// What a problem without a type has (RFC 9457 §3.1.1).
const NO_TYPE: &str = "about:blank";
/// The prefix of the types that these programs report themselves: a CA's type may not begin so.
const OURS: &str = "acmepipe:";

/// The longest text that is kept, in characters; what goes beyond is cut off.
const LONGEST_TEXT: usize = 4096;
/// The most subproblems that are kept: an order of a hundred names may have one for each.
const MOST_SUBPROBLEMS: usize = 100;
/// How much of them is kept, in bytes of JSON: as they go into a document, they must not fill it.
const LARGEST_SUBPROBLEMS: usize = 32 * 1024;
/// How much of the members that no RFC defines is kept, in bytes of JSON.
const LARGEST_EXTENSIONS: usize = 8 * 1024;

/// A problem document (RFC 9457 §3) with the subproblems of RFC 8555 §6.7.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// `urn:ietf:params:acme:error:…` for those of RFC 8555; `about:blank` where the CA says none.
    pub kind: String,
    /// What is special about this occurrence, or else what the type means.
    pub detail: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// A URL for this occurrence; with `userActionRequired` that of what has to be agreed to (RFC 8555 §7.3.3).
    pub instance: Option<String>,
    /// The identifiers that it is about, each with a problem of its own.
    pub subproblems: Vec<Subproblem>,
    /// Members beside these (RFC 9457 §3.2).
    pub extensions: Map<String, Value>,
}

/// A problem with one identifier (RFC 8555 §6.7.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Subproblem {
    /// Which one.
    pub identifier: Option<Identifier>,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Default for Problem {
    fn default() -> Problem {
        Problem {
            kind: NO_TYPE.into(),
            detail: String::new(),
            status: None,
            instance: None,
            subproblems: Vec::new(),
            extensions: Map::new(),
        }
    }
}

impl Problem {
    /// Reads a problem as a CA sent it. What is missing or of a wrong type is left out: a broken explanation is still an
    /// explanation.
    pub fn from_json(value: &Value) -> Problem {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let text = |name: &str| text(name).map(|text| shorten(text, LONGEST_TEXT));
        Problem {
            kind: text("type")
                .filter(|kind| !kind.is_empty() && !kind.starts_with(OURS))
                .unwrap_or_else(|| NO_TYPE.into()),
            detail: text("detail").or_else(|| text("title")).unwrap_or_default(),
            status: value
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            instance: text("instance"),
            subproblems: subproblems(value),
            extensions: extensions(value),
        }
    }

    /// Whether it is the problem that RFC 8555 §6.7 calls `name`.
    pub fn is(&self, name: &str) -> bool {
        self.kind.strip_prefix(ACME) == Some(name)
    }

    /// Whether it has a type.
    pub fn has_type(&self) -> bool {
        self.kind != NO_TYPE
    }

    /// The detail, or else the type.
    pub fn text(&self) -> &str {
        if self.detail.is_empty() {
            &self.kind
        } else {
            &self.detail
        }
    }
}

/// The first subproblems, as far as there is room for them.
fn subproblems(value: &Value) -> Vec<Subproblem> {
    let list = value.get("subproblems").and_then(Value::as_array);
    let mut room = Room(LARGEST_SUBPROBLEMS);
    list.into_iter()
        .flatten()
        .take(MOST_SUBPROBLEMS)
        .take_while(|value| room.take(value.to_string().len()))
        .map(subproblem)
        .collect()
}

fn subproblem(value: &Value) -> Subproblem {
    let identifier = value.get("identifier");
    let identifier = identifier.and_then(|value| Identifier::deserialize(value).ok());
    let mut problem = Problem::from_json(value);
    if identifier.is_some() {
        problem.extensions.shift_remove("identifier");
    }
    Subproblem {
        identifier,
        problem,
    }
}

/// The members that no RFC defines, as far as there is room for them.
fn extensions(value: &Value) -> Map<String, Value> {
    const KNOWN: [&str; 5] = ["type", "detail", "status", "instance", "subproblems"];
    let mut room = Room(LARGEST_EXTENSIONS);
    let members = value.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .take_while(|(name, value)| room.take(name.len() + value.to_string().len()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// How many bytes are left.
struct Room(usize);

impl Room {
    /// Takes this many, if they are left.
    fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.0;
        self.0 = self.0.saturating_sub(bytes);
        fits
    }
}

impl<'de> Deserialize<'de> for Problem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Problem, D::Error> {
        Value::deserialize(deserializer).map(|value| Problem::from_json(&value))
    }
}

/// Writes it as an object, without the members that it lacks.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object(self, None, serializer)
    }
}

impl Serialize for Subproblem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object(&self.problem, self.identifier.as_ref(), serializer)
    }
}

fn object<S: Serializer>(
    problem: &Problem,
    identifier: Option<&Identifier>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    if problem.has_type() {
        map.serialize_entry("type", &problem.kind)?;
    }
    if !problem.detail.is_empty() {
        map.serialize_entry("detail", &problem.detail)?;
    }
    if let Some(status) = problem.status {
        map.serialize_entry("status", &status)?;
    }
    if let Some(instance) = &problem.instance {
        map.serialize_entry("instance", instance)?;
    }
    if let Some(identifier) = identifier {
        map.serialize_entry("identifier", identifier)?;
    }
    for (name, value) in &problem.extensions {
        map.serialize_entry(name, value)?;
    }
    if !problem.subproblems.is_empty() {
        map.serialize_entry("subproblems", &problem.subproblems)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_of_wrong_types_are_left_out() {
        let problem = Problem::from_json(&json!({
            "type": 1, "detail": "no", "status": 70000, "subproblems": "x", "instance": []
        }));
        let expected = Problem {
            detail: "no".into(),
            ..Problem::default()
        };
        assert_eq!(problem, expected);
        for other in [json!("text"), json!(null), json!([1])] {
            assert_eq!(Problem::from_json(&other), Problem::default());
        }
    }

    #[test]
    fn a_type_is_the_ca_s_own_or_none() {
        for (kind, expected) in [
            (
                json!("urn:ietf:params:acme:error:dns"),
                "urn:ietf:params:acme:error:dns",
            ),
            (
                json!("https://ca.test/errors/1"),
                "https://ca.test/errors/1",
            ),
            (json!(""), NO_TYPE),
            (json!("acmepipe:dns:overwritten"), NO_TYPE),
            (json!(null), NO_TYPE),
        ] {
            let problem = Problem::from_json(&json!({"type": kind}));
            assert_eq!(problem.kind, expected);
            assert_eq!(problem.has_type(), expected != NO_TYPE);
        }
        let problem = Problem::from_json(&json!({"type": "urn:ietf:params:acme:error:dns"}));
        assert!(problem.is("dns") && !problem.is("caa"));
    }

    #[test]
    fn what_a_ca_says_beside_what_the_rfcs_know_is_kept() {
        let sent = json!({
            "type": "urn:ietf:params:acme:error:userActionRequired",
            "detail": "Terms of service have changed",
            "status": 403,
            "instance": "https://ca.test/agreement/2",
            "ticket": {"number": 4711},
            "subproblems": [
                {"type": "t", "detail": "d", "identifier": {"type": "dns", "value": "a.test"}},
            ],
        });
        let problem = Problem::from_json(&sent);
        assert_eq!(
            problem.instance.as_deref(),
            Some("https://ca.test/agreement/2")
        );
        assert_eq!(problem.extensions["ticket"], json!({"number": 4711}));
        let identifier = &problem.subproblems[0].identifier;
        assert_eq!(*identifier, Some(Identifier::dns("a.test")));
        assert_eq!(serde_json::to_value(&problem).expect("JSON"), sent);
        assert_eq!(Problem::deserialize(&sent).expect("any value"), problem);
    }

    #[test]
    fn a_title_stands_in_for_a_detail() {
        for (sent, text) in [
            (json!({"title": "t"}), "t"),
            (json!({"title": "t", "detail": "d"}), "d"),
            (json!({"type": "x"}), "x"),
        ] {
            assert_eq!(Problem::from_json(&sent).text(), text);
        }
    }

    #[test]
    fn what_is_endless_is_cut() {
        let long = "ä".repeat(LONGEST_TEXT + 1);
        let problem = Problem::from_json(&json!({"detail": long, "instance": long, "type": long}));
        for text in [problem.detail, problem.kind]
            .iter()
            .chain(&problem.instance)
        {
            assert_eq!(text.chars().count(), LONGEST_TEXT + 1);
        }
        let one = json!({"type": "t"});
        for (count, kept) in [(100, 100), (101, 100)] {
            let problem = Problem::from_json(&json!({"subproblems": vec![one.clone(); count]}));
            assert_eq!(problem.subproblems.len(), kept);
        }
        // Half of the 32 KiB that are kept.
        let large = json!({"detail": "x".repeat(16 << 10)});
        let problem = Problem::from_json(&json!({"subproblems": [one, large, large, one]}));
        assert_eq!(problem.subproblems.len(), 2);
        // Nearly all of the 8 KiB that are kept.
        let large = "x".repeat(8000);
        let problem =
            Problem::from_json(&json!({"one": 1, "two": large, "three": large, "four": 1}));
        let names: Vec<_> = problem.extensions.keys().collect();
        assert_eq!(names, ["one", "two"]);
    }
}
