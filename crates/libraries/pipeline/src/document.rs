//! A document: an order with its challenges, or a challenge on a line of its own.

mod parse;

use crate::limits::MOST_CHALLENGES;
use crate::{Failure, value};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// A JSON object, its members in the order in which they came.
pub type Object = serde_json::Map<String, Value>;

/// The version of the contract that these programs speak.
const VERSION: &str = "1";

/// What a document is, told by its members.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// It has `challenges`, an array of objects.
    Order,
    /// It has `fqdn`.
    Challenge,
    /// It is neither, or of a version that we do not know; the failure says why.
    Unknown(Failure),
}

/// A document as it passes through a program. Members that the program does not know stay as they are, in
/// their place.
///
/// What it holds is kept as JSON on one line and parsed when it is asked for: parsed it would take ten times the
/// memory, and no step looks at more than a few members, or at more than one challenge at a time. Copies share it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its members; where `challenges` are an array it is an empty one here, which keeps their place.
    members: Arc<IndexMap<String, Text>>,
    challenges: Vec<Text>,
    kind: Kind,
}

/// A JSON value on one line.
type Text = Arc<str>;

/// What `challenges` are among the members of an order.
const ARRAY: &str = "[]";

/// What became of one challenge: the members that it gains, and why it failed where it did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Members to take off the challenge, before any is set: what an earlier round left there.
    pub stale: &'static [&'static str],
    /// Members to set on the challenge, failed or not.
    pub members: Object,
    /// Why the program could not do its part for this challenge.
    pub failure: Option<Failure>,
}

/// What became of several, each by its index in the document.
pub type Outcomes = Vec<(usize, Outcome)>;

impl Outcome {
    /// These members, and why it failed where it did.
    pub fn new(members: Object, failure: Option<Failure>) -> Outcome {
        Outcome {
            members,
            failure,
            ..Outcome::default()
        }
    }
}

impl From<Result<Object, Failure>> for Outcome {
    fn from(result: Result<Object, Failure>) -> Outcome {
        match result {
            Ok(members) => Outcome::new(members, None),
            Err(failure) => Outcome::new(Object::new(), Some(failure)),
        }
    }
}

impl From<Object> for Document {
    fn from(object: Object) -> Document {
        let mut parts = Parts::default();
        for (member, value) in object {
            match value {
                Value::Array(list) if member == "challenges" => {
                    list.iter().for_each(|value| parts.push(value));
                    parts.members.insert(member, ARRAY.into());
                }
                value => drop(parts.members.insert(member, text(&value))),
            }
        }
        parts.into()
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_map(parse::Members)
    }
}

/// What a document is made of.
#[derive(Default)]
struct Parts {
    members: IndexMap<String, Text>,
    challenges: Vec<Text>,
    /// The first challenge that is no object.
    odd: Option<usize>,
}

impl Parts {
    fn push(&mut self, challenge: &Value) {
        if !challenge.is_object() && self.odd.is_none() {
            self.odd = Some(self.challenges.len());
        }
        self.challenges.push(text(challenge));
    }

    /// What they come to, told by the members.
    fn kind(&self) -> Kind {
        let refuse = |why: &str| Kind::Unknown(Failure::document(why));
        let member = |name: &str| self.members.get(name).map(|text| &**text);
        match member("version") {
            None | Some(VERSION) => {}
            Some(version) => {
                let version = crate::message::shorten(version, 40);
                return refuse(&format!(
                    "version {version} of the document is not one that this program knows (it knows {VERSION})"
                ));
            }
        }
        let count = self.challenges.len();
        if count > MOST_CHALLENGES {
            return refuse(&format!(
                "{count} challenges, more than the {MOST_CHALLENGES} of one order that a program takes"
            ));
        }
        match (member("challenges"), self.odd, member("fqdn")) {
            (Some(ARRAY), None, _) => Kind::Order,
            (Some(ARRAY), Some(odd), _) => {
                refuse(&format!("member `challenges[{odd}]` is not an object"))
            }
            (Some(_), ..) => refuse("member `challenges` is not an array"),
            (None, _, Some(fqdn)) if fqdn.starts_with('"') => Kind::Challenge,
            (None, _, Some(_)) => refuse("member `fqdn` is not a string"),
            // What failed before there was an order has a name and an error and no more.
            (None, _, None) if self.members.contains_key("error") => Kind::Order,
            (None, _, None) => {
                refuse("neither an order (no `challenges`) nor a challenge (no `fqdn`)")
            }
        }
    }
}

impl From<Parts> for Document {
    fn from(parts: Parts) -> Document {
        Document {
            kind: parts.kind(),
            members: Arc::new(parts.members),
            challenges: parts.challenges,
        }
    }
}

fn text(value: &Value) -> Text {
    value.to_string().into()
}

/// The value that a text of ours stands for.
fn parsed<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// What to call an order or a challenge when speaking to a person.
pub(crate) fn label(object: &Object) -> String {
    ["name", "fqdn"]
        .into_iter()
        .find_map(|member| value::optional::<String>(object, member).ok()?)
        .map_or_else(
            || "document".to_owned(),
            |name| crate::message::shorten(&name, 255),
        )
}

/// Whether a challenge is one to do something about: it is not valid already, nothing has failed on it, and it does
/// not wait for a second round.
pub fn is_open(challenge: &Object) -> bool {
    is_unfinished(challenge) && !challenge.contains_key("deferred")
}

/// Whether a challenge waits for a second round of the pipeline, since its name holds one value at a time.
pub fn is_deferred(challenge: &Object) -> bool {
    is_unfinished(challenge) && challenge.contains_key("deferred")
}

/// Whether something has failed on an order or a challenge: it has an `error`, and that is not null.
pub fn has_error(object: &Object) -> bool {
    object.get("error").is_some_and(|error| !error.is_null())
}

fn is_unfinished(challenge: &Object) -> bool {
    !has_error(challenge) && challenge.get("status").and_then(Value::as_str) != Some("valid")
}

impl Document {
    /// Whether it is an order, a challenge or neither.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it has a member of this name.
    pub fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// The document's members, parsed, without an order's challenges: those are to be had with
    /// [`Document::challenges`].
    pub fn object(&self) -> Object {
        self.members
            .iter()
            .map(|(member, text)| (member.clone(), parsed(text)))
            .collect()
    }

    /// Sets a member, other than `challenges`.
    pub fn set(&mut self, member: &str, value: impl Into<Value>) {
        let text = text(&value.into());
        Arc::make_mut(&mut self.members).insert(member.to_owned(), text);
    }

    /// Takes a member away.
    pub fn remove(&mut self, member: &str) {
        Arc::make_mut(&mut self.members).shift_remove(member);
        if member == "challenges" {
            self.challenges.clear();
        }
    }

    /// Leaves of the document's own error what says which it is.
    pub(crate) fn shorten_error(&mut self) {
        let mut object = self.object();
        crate::limits::shorten_error(&mut object);
        if let Some(error) = object.shift_remove("error") {
            self.set("error", error);
        }
    }

    /// Takes all members away but these.
    pub(crate) fn keep_only(&mut self, members: &[&str]) {
        Arc::make_mut(&mut self.members).retain(|member, _| members.contains(&member.as_str()));
    }

    /// The whole document as one JSON object.
    pub fn into_object(self) -> Object {
        parsed(&self.line().concat())
    }

    /// The document as it goes through a pipe, JSON on one line with the line's end, in pieces.
    pub(crate) fn line(&self) -> Vec<Cow<'_, str>> {
        let mut pieces: Vec<Cow<'_, str>> =
            Vec::with_capacity(2 * (self.members.len() + self.challenges.len()) + 2);
        let mut before = "{";
        for (member, text) in self.members.iter() {
            pieces.push(format!("{before}{}:", Value::from(member.as_str())).into());
            if member == "challenges" && !self.challenges.is_empty() {
                let mut before = "[";
                for challenge in &self.challenges {
                    pieces.extend([before.into(), (&**challenge).into()]);
                    before = ",";
                }
                pieces.push("]".into());
            } else {
                pieces.push((&**text).into());
            }
            before = ",";
        }
        let end = if self.members.is_empty() {
            "{}\n"
        } else {
            "}\n"
        };
        pieces.push(end.into());
        pieces
    }

    /// How many challenges it has: an order its own, a challenge itself.
    pub fn challenge_count(&self) -> usize {
        match self.kind {
            Kind::Challenge => 1,
            Kind::Order => self.challenges.len(),
            Kind::Unknown(_) => 0,
        }
    }

    /// One of its challenges, parsed; an empty object where it has none at `index`.
    pub fn challenge(&self, index: usize) -> Object {
        match self.kind {
            Kind::Challenge if index == 0 => self.object(),
            Kind::Order => self
                .challenges
                .get(index)
                .map_or_else(Object::new, |text| parsed(text)),
            _ => Object::new(),
        }
    }

    /// Its challenges, each parsed when it is asked for.
    pub fn challenges(&self) -> impl Iterator<Item = Object> {
        (0..self.challenge_count()).map(|index| self.challenge(index))
    }

    /// Changes one of its challenges.
    pub fn change(&mut self, index: usize, change: impl FnOnce(&mut Object)) {
        let mut challenge = self.challenge(index);
        change(&mut challenge);
        match self.kind {
            Kind::Challenge if index == 0 => *self = challenge.into(),
            Kind::Order => {
                if let Some(place) = self.challenges.get_mut(index) {
                    *place = text(&Value::Object(challenge));
                }
            }
            _ => {}
        }
    }

    /// Makes it an order with these challenges.
    pub fn set_challenges(&mut self, challenges: impl IntoIterator<Item = Object>) {
        let mut parts = Parts {
            members: Arc::unwrap_or_clone(std::mem::take(&mut self.members)),
            ..Parts::default()
        };
        parts.members.insert("challenges".to_owned(), ARRAY.into());
        for challenge in challenges {
            parts.push(&Value::Object(challenge));
        }
        *self = parts.into();
    }

    /// Whether something has failed on it already: such a document is passed on as it came.
    pub fn has_error(&self) -> bool {
        self.members
            .get("error")
            .is_some_and(|error| **error != *"null")
    }

    /// Sets the document's `error`.
    pub fn fail(&mut self, failure: &Failure) {
        self.set("error", failure.to_value());
    }

    /// What to call the document when speaking to a person: its name, or its FQDN.
    pub fn label(&self) -> String {
        let members = ["name", "fqdn"].into_iter();
        let known = members.filter_map(|name| {
            let text = self.members.get(name)?;
            Some((name.to_owned(), parsed(text)))
        });
        label(&known.collect())
    }

    /// Sets what became of challenges, by their index, and the order's own error.
    pub fn apply(&mut self, outcomes: impl IntoIterator<Item = (usize, Outcome)>) {
        for (index, outcome) in outcomes {
            self.note(index, outcome);
        }
        self.conclude();
    }

    /// Sets what became of one challenge; after the last one comes [`Document::conclude`].
    pub(crate) fn note(&mut self, index: usize, outcome: Outcome) {
        self.change(index, |challenge| {
            for member in outcome.stale {
                challenge.shift_remove(*member);
            }
            challenge.extend(outcome.members);
            if let Some(failure) = outcome.failure {
                challenge.insert("error".into(), failure.to_value());
            }
        });
    }

    /// Sets the order's own error, if there are challenges that failed: how many, and the first.
    pub(crate) fn conclude(&mut self) {
        if self.kind == Kind::Order
            && !self.has_error()
            && let Some(summary) = self.summary()
        {
            self.fail(&summary);
        }
    }

    /// What an order says of its failed challenges: how many, and the first.
    fn summary(&self) -> Option<Failure> {
        let mut failed = self.challenges().filter(has_error);
        let first = failed.next()?;
        let count = 1 + failed.count();
        let fqdn = value::optional::<String>(&first, "fqdn")
            .ok()
            .flatten()
            .unwrap_or_else(|| "a challenge without fqdn".into());
        let mut failure = Failure::of(&first)?;
        failure
            .more
            .retain(|member, _| matches!(member.as_str(), "status" | "retry_after"));
        failure.detail = match (count, self.challenge_count()) {
            (1, 1) => failure.detail,
            (count, of) => format!(
                "{count} of {of} challenges failed; the first, {fqdn}: {}",
                failure.detail
            ),
        };
        Some(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(value: Value) -> Document {
        match value {
            Value::Object(object) => object.into(),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn an_order_and_a_challenge_are_told_apart_by_their_members() {
        assert_eq!(document(json!({"challenges": []})).kind(), &Kind::Order);
        assert_eq!(document(json!({"fqdn": "a."})).kind(), &Kind::Challenge);
        for neither in [
            json!({}),
            json!({"challenges": 1}),
            json!({"challenges": [1]}),
            json!({"fqdn": 1}),
            json!({"version": 2, "challenges": []}),
        ] {
            let document = document(neither);
            assert!(matches!(document.kind(), Kind::Unknown(_)), "{document:?}");
        }
    }

    #[test]
    fn an_order_says_how_many_of_its_challenges_failed_and_the_first() {
        let mut order = document(json!({"version": 1, "x": 1, "challenges": [
            {"fqdn": "a."}, {"fqdn": "b."}, {"fqdn": "c."}
        ]}));
        let fail = |text: &str| Outcome::from(Err(Failure::new("acmepipe:dns:no-zone", text)));
        order.apply(vec![(2, fail("later")), (1, fail("NXDOMAIN"))]);
        let failure = Failure::of(&order.object()).unwrap();
        assert_eq!(failure.kind, "acmepipe:dns:no-zone");
        assert_eq!(
            failure.detail,
            "2 of 3 challenges failed; the first, b.: NXDOMAIN"
        );
        assert_eq!(order.members.keys().next().unwrap(), "version");
    }

    #[test]
    fn a_valid_failed_or_deferred_challenge_is_not_open() {
        let order = document(json!({"challenges": [
            {"fqdn": "a.", "status": "valid"}, {"fqdn": "b.", "error": {}},
            {"fqdn": "c.", "status": "pending"}, {"fqdn": "d.", "deferred": ""}
        ]}));
        let open: Vec<_> = order.challenges().map(|one| is_open(&one)).collect();
        assert_eq!(open, [false, false, true, false]);
        let deferred: Vec<_> = order.challenges().map(|one| is_deferred(&one)).collect();
        assert_eq!(deferred, [false, false, false, true]);
    }

    #[test]
    fn a_document_is_written_as_it_was_parsed() {
        for text in [
            r#"{}"#,
            r#"{"a\"\n":{"x":1e+400},"challenges":[{"fqdn":"a.","n":1.10},{}],"z":[]}"#,
            r#"{"challenges":[]}"#,
            r#"{"challenges":[1,"a",null,[{}]]}"#,
            r#"{"challenges":{"a":[1]}}"#,
            r#"{"challenges":12345678901234567890123}"#,
            r#"{"challenges":"a"}"#,
            r#"{"challenges":null}"#,
            r#"{"challenges":true}"#,
            r#"{"fqdn":"a.","x":{"challenges":[1]}}"#,
        ] {
            let parsed: Document = serde_json::from_str(text).unwrap();
            assert_eq!(parsed.line().concat(), format!("{text}\n"));
            let object: Object = serde_json::from_str(text).unwrap();
            assert_eq!(parsed.clone().into_object(), object);
            assert_eq!(parsed, Document::from(object));
        }
        let twice = r#"{"challenges":[{"fqdn":"a."}],"challenges":[{"fqdn":"b."}]}"#;
        let twice: Document = serde_json::from_str(twice).unwrap();
        assert_eq!(twice.challenge_count(), 1);
        assert_eq!(twice.challenge(0)["fqdn"], "b.");
    }
}
