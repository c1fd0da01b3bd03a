//! Problem documents of a CA (RFC 9457, RFC 8555 §6.7).

use crate::objects::identifier::Identifier;
use crate::objects::json::{Room, each_element, each_member, kept, lenient, size};
use crate::text::shorten;
use serde::Deserialize as _;
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
/// How much of what should be a problem and is none is quoted, in characters.
const LONGEST_QUOTE: usize = 200;
/// The most subproblems that are kept: an order of a hundred names may have one for each.
const MOST_SUBPROBLEMS: usize = 100;
/// How much memory they may take, in bytes: as they go into a document, they must not fill it.
const LARGEST_SUBPROBLEMS: usize = 128 * 1024;
/// How much memory the members that no RFC defines may take, in bytes.
const LARGEST_EXTENSIONS: usize = 8 * 1024;
/// The same for a challenge's problem, of which there may be thousands, and the longest text in it, in characters.
const LARGEST_OF_CHALLENGE: usize = 2 * 1024;
const LONGEST_OF_CHALLENGE: usize = 1000;

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
    /// How many more of them there were.
    pub left_out: usize,
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
            left_out: 0,
            extensions: Map::new(),
        }
    }
}

impl Problem {
    /// Reads a problem as a CA sent it. What is missing or of a wrong type is left out: a broken explanation is still an
    /// explanation. A text in the place of an object is taken for its detail.
    pub fn from_json(text: &str) -> Problem {
        Problem::read(text, subproblems)
    }

    fn read(text: &str, subproblems: fn(&str) -> (Vec<Subproblem>, usize)) -> Problem {
        let mut problem = Problem::default();
        let mut title = None;
        let mut room = Room(LARGEST_EXTENSIONS);
        let read = each_member(text, |name, value| {
            match name {
                "type" => problem.kind = own_type(value),
                "detail" => problem.detail = short(value).unwrap_or_default(),
                "title" => title = short(value),
                "status" => problem.status = lenient(value),
                "instance" => problem.instance = short(value),
                "subproblems" => {
                    (problem.subproblems, problem.left_out) = subproblems(value);
                }
                _ => {
                    let value = kept(name, value, &mut room);
                    problem
                        .extensions
                        .extend(value.map(|value| (name.to_owned(), value)));
                }
            }
            Ok(())
        });
        if read.is_err() && text.trim() != "null" {
            problem = Problem {
                detail: short(text).unwrap_or_else(|| shorten(text, LONGEST_QUOTE)),
                ..Problem::default()
            };
        }
        if let Some(title) = title {
            if problem.detail.is_empty() {
                problem.detail.clone_from(&title);
            }
            problem.extensions.insert("title".to_owned(), title.into());
        }
        problem
    }

    /// The same for the problem of a challenge, of which less is kept.
    pub(crate) fn of_challenge(text: &str) -> Problem {
        let mut problem = Problem::read(text, |_| (Vec::new(), 0));
        problem.kind = shorten(&problem.kind, LONGEST_OF_CHALLENGE);
        problem.detail = shorten(&problem.detail, LONGEST_OF_CHALLENGE);
        problem.instance = problem
            .instance
            .map(|text| shorten(&text, LONGEST_OF_CHALLENGE));
        let mut room = Room(LARGEST_OF_CHALLENGE);
        problem
            .extensions
            .retain(|name, value| room.take(name.len() + size(&value.to_string())));
        problem
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
        match (self.detail.as_str(), self.has_type()) {
            ("", true) => &self.kind,
            ("", false) => "the CA does not say why",
            (detail, _) => detail,
        }
    }
}

/// A text, cut where it is too long.
fn short(value: &str) -> Option<String> {
    lenient(value).map(|text: String| shorten(&text, LONGEST_TEXT))
}

/// The type that a CA gives a problem.
fn own_type(value: &str) -> String {
    short(value)
        .filter(|kind| !kind.is_empty() && !kind.starts_with(OURS))
        .unwrap_or_else(|| NO_TYPE.into())
}

/// The first subproblems, as far as there is room for them, and how many follow.
fn subproblems(value: &str) -> (Vec<Subproblem>, usize) {
    let mut room = Room(LARGEST_SUBPROBLEMS);
    let (mut all, mut left_out) = (Vec::new(), 0);
    // What is no list has none.
    let _ = each_element(value, |one| {
        if left_out > 0 || all.len() == MOST_SUBPROBLEMS || !room.take(size(one)) {
            left_out += 1;
        } else {
            all.push(subproblem(one));
        }
        Ok(())
    });
    (all, left_out)
}

fn subproblem(value: &str) -> Subproblem {
    // They do not nest.
    let mut problem = Problem::read(value, |_| (Vec::new(), 0));
    let identifier = problem.extensions.get("identifier");
    let identifier = identifier.and_then(|value| Identifier::deserialize(value).ok());
    if identifier.is_some() {
        problem.extensions.shift_remove("identifier");
    }
    Subproblem {
        identifier,
        problem,
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

    fn read(sent: &Value) -> Problem {
        Problem::from_json(&sent.to_string())
    }

    #[test]
    fn members_of_wrong_types_are_left_out() {
        let problem = read(&json!({
            "type": 1, "detail": "no", "status": 70000, "subproblems": "x", "instance": []
        }));
        let expected = Problem {
            detail: "no".into(),
            ..Problem::default()
        };
        assert_eq!(problem, expected);
        for (other, detail) in [
            ("\"text\"", "text"),
            ("null", ""),
            ("[1]", "[1]"),
            ("<p>", "<p>"),
        ] {
            assert_eq!(Problem::from_json(other).detail, detail);
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
            let problem = read(&json!({"type": kind}));
            assert_eq!(problem.kind, expected);
            assert_eq!(problem.has_type(), expected != NO_TYPE);
        }
        let problem = read(&json!({"type": "urn:ietf:params:acme:error:dns"}));
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
        let problem = read(&sent);
        assert_eq!(
            problem.instance.as_deref(),
            Some("https://ca.test/agreement/2")
        );
        assert_eq!(problem.extensions["ticket"], json!({"number": 4711}));
        let identifier = &problem.subproblems[0].identifier;
        assert_eq!(*identifier, Some(Identifier::dns("a.test")));
        assert_eq!(serde_json::to_value(&problem).expect("JSON"), sent);
        // They do not nest (RFC 8555 §6.7.1).
        let nested = (0..5000).fold("{}".to_owned(), |inner, _| {
            format!(r#"{{"subproblems":[{inner}]}}"#)
        });
        let expected = Problem {
            left_out: 1,
            ..Problem::default()
        };
        assert_eq!(Problem::from_json(&nested), expected);
        let twice = read(&json!({"subproblems": [{"subproblems": [{"type": "t"}]}]}));
        assert_eq!(twice.subproblems[0].problem, Problem::default());
    }

    #[test]
    fn a_title_stands_in_for_a_detail() {
        for (sent, text) in [
            (json!({"title": "t"}), "t"),
            (json!({"title": "t", "detail": "d"}), "d"),
            (json!({"type": "x"}), "x"),
        ] {
            assert_eq!(read(&sent).text(), text);
        }
    }

    #[test]
    fn what_is_endless_is_cut() {
        let long = "ä".repeat(LONGEST_TEXT + 1);
        let problem = read(&json!({"detail": long, "instance": long, "type": long}));
        for text in [problem.detail, problem.kind]
            .iter()
            .chain(&problem.instance)
        {
            assert_eq!(text.chars().count(), LONGEST_TEXT + 1);
        }
        let one = json!({"type": "t"});
        for (count, kept) in [(100, 100), (101, 100)] {
            let problem = read(&json!({"subproblems": vec![one.clone(); count]}));
            assert_eq!(problem.subproblems.len(), kept);
            assert_eq!(problem.left_out, count - kept);
        }
        // Half of what is kept.
        let large = json!({"detail": "x".repeat(LARGEST_SUBPROBLEMS / 2)});
        let problem = read(&json!({"subproblems": [one, large, large, one]}));
        assert_eq!((problem.subproblems.len(), problem.left_out), (2, 2));
        let zeros = json!({"zeros": vec![0; 200], "few": [0]});
        let kept = read(&zeros).extensions;
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["few"]);
        // Nearly all of what is kept.
        let large = "x".repeat(7000);
        let problem = read(&json!({"one": 1, "two": large, "three": large, "four": 1}));
        let names: Vec<_> = problem.extensions.keys().collect();
        assert_eq!(names, ["one", "two", "four"]);
    }

    #[test]
    fn less_is_kept_of_the_problem_of_a_challenge() {
        let long = "ä".repeat(LONGEST_TEXT);
        let sent = json!({"detail": long, "instance": long, "type": long, "x": "y".repeat(3000), "z": 1,
                          "subproblems": [{"type": "t"}]});
        let problem = Problem::of_challenge(&sent.to_string());
        let texts = [Some(problem.kind), Some(problem.detail), problem.instance];
        for text in texts.into_iter().flatten() {
            assert_eq!(text.chars().count(), LONGEST_OF_CHALLENGE + 1);
        }
        assert_eq!(problem.extensions.keys().collect::<Vec<_>>(), ["z"]);
        assert!(problem.subproblems.is_empty());
    }
}
