//! A document: an order with its challenges, or a challenge on a line of its own.

mod parse;
mod parts;

use super::catalogue::Member;
use super::catalogue::order::{CHALLENGES, ERROR};
use super::label::label;
use super::limits::MOST_CHALLENGES;
use super::text::with_members;
use super::{Challenge, Object, Problem};
use command::text::shorten;
use indexmap::IndexMap;
pub(super) use parts::Text;
use parts::{ARRAY, Parts, text};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The version of the contract that these programs speak.
const VERSION: &str = "1";

/// The longest version that is quoted, in characters.
const LONGEST_VERSION: usize = 40;

/// What a document is, judged by its members.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// It has `challenges`, an array of objects.
    Order,
    /// It has `fqdn`.
    Challenge,
    /// It is neither, or of a version that is not known; the problem says why.
    Unknown(Problem),
}

/// A document as it passes through a program. Members that the program does not know stay as they are, in
/// their place.
///
/// What it holds is kept as text, JSON on one line, and parsed when it is asked for: parsed it would take ten times the
/// memory, and no step looks at more than a few members, or at more than one challenge at a time. Copies share the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its members. If `challenges` is an array, it is an empty one here, which keeps its place.
    members: Arc<IndexMap<String, Text>>,
    challenges: Vec<Text>,
    kind: Kind,
}

/// What became of one challenge: the members that it gains, and why it failed where it did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Members to take off the challenge, before any is set: what an earlier round left there.
    pub stale: &'static [Member],
    /// Members to set on the challenge, failed or not.
    pub members: Object,
    /// Why the program could not do its part for this challenge.
    pub problem: Option<Problem>,
}

/// What became of several, each by its index in the document.
pub type Outcomes = Vec<(usize, Outcome)>;

impl Outcome {
    /// An outcome with one member to set, and why the challenge failed where it did.
    pub fn new(member: &Member, value: impl Into<Value>, problem: Option<Problem>) -> Outcome {
        Outcome {
            members: Object::from_iter([(member.name.to_owned(), value.into())]),
            problem,
            ..Outcome::default()
        }
    }

    /// Whether this member is to be set.
    pub fn sets(&self, member: &Member) -> bool {
        self.members.contains_key(member.name)
    }
}

impl From<Problem> for Outcome {
    fn from(problem: Problem) -> Outcome {
        Outcome {
            problem: Some(problem),
            ..Outcome::default()
        }
    }
}

impl From<Result<Object, Problem>> for Outcome {
    fn from(result: Result<Object, Problem>) -> Outcome {
        match result {
            Ok(members) => Outcome {
                members,
                ..Outcome::default()
            },
            Err(problem) => problem.into(),
        }
    }
}

impl From<Object> for Document {
    fn from(object: Object) -> Document {
        let mut parts = Parts::default();
        for (member, value) in object {
            match value {
                Value::Array(list) if member == CHALLENGES.name => {
                    list.iter().for_each(|value| parts.push(text(value)));
                    parts.members.insert(member, ARRAY.into());
                }
                value => drop(parts.members.insert(member, text(&value))),
            }
        }
        parts.into()
    }
}

impl From<Challenge> for Document {
    fn from(challenge: Challenge) -> Document {
        Object::from(challenge).into()
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        deserializer
            .deserialize_map(parse::Members)
            .map(Document::from)
    }
}

/// What a document with these parts is.
fn kind(parts: &Parts) -> Kind {
    let refuse = |why: &str| Kind::Unknown(Problem::document(why));
    let member = |name: &str| parts.members.get(name).map(|text| &**text);
    match member("version") {
        None | Some(VERSION) => {}
        Some(version) => {
            let version = shorten(version, LONGEST_VERSION);
            return refuse(&format!(
                "version {version} of the document is not one that this program knows (it knows {VERSION})"
            ));
        }
    }
    let count = parts.challenges.len();
    if count > MOST_CHALLENGES {
        return refuse(&format!(
            "{count} challenges, more than the {MOST_CHALLENGES} of one order that a program takes"
        ));
    }
    match (member("challenges"), parts.first_other, member("fqdn")) {
        (Some(ARRAY), None, _) => Kind::Order,
        (Some(ARRAY), Some(other), _) => {
            refuse(&format!("member `challenges[{other}]` is not an object"))
        }
        (Some(_), ..) => refuse("member `challenges` is not an array"),
        (None, _, Some(fqdn)) if fqdn.starts_with('"') => Kind::Challenge,
        (None, _, Some(_)) => refuse("member `fqdn` is not a string"),
        // What failed before there was an order has nothing but a name and an error.
        (None, _, None) if parts.members.contains_key("error") => Kind::Order,
        (None, _, None) => refuse("neither an order (no `challenges`) nor a challenge (no `fqdn`)"),
    }
}
impl From<Parts> for Document {
    fn from(parts: Parts) -> Document {
        Document {
            kind: kind(&parts),
            members: Arc::new(parts.members),
            challenges: parts.challenges,
        }
    }
}

/// The value of a text that this module made.
fn parsed<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

impl Document {
    /// The document of a plain text, which is on one line and has no character that is escaped by its number. Its parts are
    /// kept as they stand in it. None where it is no JSON object.
    pub(crate) fn of_text(text: &str) -> Option<Document> {
        parse::of_text(text).map(Document::from)
    }

    /// Whether it is an order, a challenge or neither.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it has this member.
    pub fn has(&self, member: &Member) -> bool {
        self.members.contains_key(member.name)
    }

    /// One of its members, parsed; none where it has none.
    pub fn member(&self, member: &Member) -> Option<Value> {
        self.members.get(member.name).map(|text| parsed(text))
    }

    /// The document's members, parsed, without an order's challenges: those come from
    /// [`Document::challenges`].
    pub fn object(&self) -> Object {
        self.members
            .iter()
            .map(|(member, text)| (member.clone(), parsed(text)))
            .collect()
    }

    /// Sets a member, other than `challenges`.
    pub fn set(&mut self, member: &Member, value: impl Into<Value>) {
        let text = text(&value.into());
        Arc::make_mut(&mut self.members).insert(member.name.to_owned(), text);
    }

    /// Takes a member away.
    pub fn remove(&mut self, member: &Member) {
        Arc::make_mut(&mut self.members).shift_remove(member.name);
        if *member == CHALLENGES {
            self.challenges.clear();
        }
    }

    /// Its members as text, with an empty array for an order's challenges, and these.
    pub(super) fn texts(&self) -> (&IndexMap<String, Text>, &[Text]) {
        (&self.members, &self.challenges)
    }

    /// The same document with less in it: it stays of the same kind.
    pub(super) fn with_texts(
        &self,
        members: IndexMap<String, Text>,
        challenges: Vec<Text>,
    ) -> Document {
        Document {
            members: Arc::new(members),
            challenges,
            kind: self.kind.clone(),
        }
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
            if member == CHALLENGES.name && !self.challenges.is_empty() {
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

    /// How many challenges it has; a challenge alone on a line counts as its own.
    pub fn challenge_count(&self) -> usize {
        match self.kind {
            Kind::Challenge => 1,
            Kind::Order => self.challenges.len(),
            Kind::Unknown(_) => 0,
        }
    }

    /// One of its challenges, parsed; one without members where it has none at `index`.
    pub fn challenge(&self, index: usize) -> Challenge {
        let members = match self.kind {
            Kind::Challenge if index == 0 => self.object(),
            Kind::Order => self
                .challenges
                .get(index)
                .map_or_else(Object::new, |text| parsed(text)),
            _ => Object::new(),
        };
        members.into()
    }

    /// Its challenges, each parsed when it is asked for.
    pub fn challenges(&self) -> impl Iterator<Item = Challenge> {
        (0..self.challenge_count()).map(|index| self.challenge(index))
    }

    /// Changes one of its challenges.
    pub fn change(&mut self, index: usize, change: impl FnOnce(&mut Challenge)) {
        let mut challenge = self.challenge(index);
        change(&mut challenge);
        match self.kind {
            Kind::Challenge if index == 0 => *self = challenge.into(),
            Kind::Order => {
                if let Some(known) = self.challenges.get_mut(index) {
                    *known = text(&Value::Object(challenge.into()));
                }
            }
            _ => {}
        }
    }

    /// Makes it an order with these challenges.
    pub fn set_challenges(&mut self, challenges: impl IntoIterator<Item = Challenge>) {
        let mut parts = Parts {
            members: Arc::unwrap_or_clone(std::mem::take(&mut self.members)),
            ..Parts::default()
        };
        parts
            .members
            .insert(CHALLENGES.name.to_owned(), ARRAY.into());
        for challenge in challenges {
            parts.push(text(&Value::Object(challenge.into())));
        }
        *self = parts.into();
    }

    /// Whether something has failed on it already: such a document is passed on as it came.
    pub fn has_error(&self) -> bool {
        self.members
            .get(ERROR.name)
            .is_some_and(|error| **error != *"null")
    }

    /// Why it failed, if it did.
    pub fn problem(&self) -> Option<Problem> {
        let error = (ERROR.name.to_owned(), self.member(&ERROR)?);
        Problem::of(&Object::from_iter([error]))
    }

    /// Sets the document's `error`.
    pub fn fail(&mut self, problem: &Problem) {
        self.set(&ERROR, problem.to_value());
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
            self.set_outcome(index, outcome);
        }
        self.summarize();
    }

    /// Sets what became of one challenge. After the last, [`Document::summarize`] has to be called.
    pub(crate) fn set_outcome(&mut self, index: usize, outcome: Outcome) {
        let mut set = outcome.members;
        if let Some(problem) = outcome.problem {
            set.insert(ERROR.name.to_owned(), problem.to_value());
        }
        let is_stale = |name: &str| outcome.stale.iter().any(|member| member.name == name);
        match (&self.kind, self.challenges.get_mut(index)) {
            (Kind::Order, Some(challenge)) => {
                if let Some(changed) = with_members(challenge, is_stale, &set) {
                    *challenge = changed.into();
                }
            }
            (Kind::Challenge, _) if index == 0 => {
                let members = Arc::make_mut(&mut self.members);
                members.retain(|name, _| !is_stale(name));
                members.extend(set.iter().map(|(name, value)| (name.clone(), text(value))));
            }
            _ => {}
        }
    }

    /// Sets the order's own error, if there are challenges that failed: how many, and the first.
    pub(crate) fn summarize(&mut self) {
        if self.kind == Kind::Order
            && !self.has_error()
            && let Some(summary) = self.summary()
        {
            self.fail(&summary);
        }
    }

    /// What an order says of its failed challenges: how many, and the first.
    fn summary(&self) -> Option<Problem> {
        let names_it = |challenge: &&Text| challenge.contains(r#""error""#);
        let challenges = self.challenges.iter().filter(names_it);
        let challenges = challenges.map(|text| Challenge::from(parsed::<Object>(text)));
        let mut failed = challenges.filter(Challenge::has_error);
        let first = failed.next()?;
        let count = 1 + failed.count();
        let mut problem = first.problem()?;
        problem
            .more
            .retain(|member, _| matches!(member.as_str(), "status" | "retry_after" | "instance"));
        problem.detail = match (count, self.challenge_count()) {
            (1, 1) => problem.detail,
            (count, of) => {
                let fqdn = first.fqdn().map_or_else(
                    |_| "a challenge without fqdn".to_owned(),
                    |fqdn| fqdn.to_string(),
                );
                let detail = problem.detail;
                format!("{count} of {of} challenges failed; the first, {fqdn}: {detail}")
            }
        };
        Some(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types;
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
        let fail = |text: &str| Outcome::from(Problem::new(&types::DNS_NO_ZONE, text));
        order.apply(vec![(2, fail("later")), (1, fail("NXDOMAIN"))]);
        let problem = order.problem().unwrap();
        assert_eq!(problem.kind, "acmepipe:dns:no-zone");
        assert_eq!(
            problem.detail,
            "2 of 3 challenges failed; the first, b.: NXDOMAIN"
        );
        assert_eq!(order.members.keys().next().unwrap(), "version");
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
            assert_eq!(Document::of_text(text), Some(parsed));
        }
        let twice = r#"{"challenges":[{"fqdn":"a."},1],"challenges":[{"fqdn":"b."}]}"#;
        let kept = Document::of_text(twice);
        let twice: Document = serde_json::from_str(twice).unwrap();
        assert_eq!(twice.challenge_count(), 1);
        assert_eq!(twice.challenge(0).fqdn().unwrap().as_str(), "b.");
        assert_eq!(kept, Some(twice));
    }
}
