//! A document: an order with its challenges, or a challenge on a line of its own.

use crate::{Failure, value};
use serde_json::Value;

/// A JSON object, its members in the order in which they came.
pub type Object = serde_json::Map<String, Value>;

/// The version of the contract that these programs speak.
const VERSION: u64 = 1;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    object: Object,
    kind: Kind,
}

/// What became of one challenge: the members that it gains, and why it failed where it did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Members to set on the challenge, failed or not.
    pub members: Object,
    /// Why the program could not do its part for this challenge.
    pub failure: Option<Failure>,
}

impl From<Result<Object, Failure>> for Outcome {
    fn from(result: Result<Object, Failure>) -> Outcome {
        match result {
            Ok(members) => Outcome {
                members,
                failure: None,
            },
            Err(failure) => Outcome {
                members: Object::new(),
                failure: Some(failure),
            },
        }
    }
}

impl From<Object> for Document {
    fn from(object: Object) -> Document {
        let kind = kind_of(&object);
        Document { object, kind }
    }
}

fn kind_of(object: &Object) -> Kind {
    let refuse = |why: &str| Kind::Unknown(Failure::document(why));
    match object.get("version") {
        None => {}
        Some(version) if version.as_u64() == Some(VERSION) => {}
        Some(version) => {
            let version = crate::message::shorten(&version.to_string(), 40);
            return refuse(&format!(
                "version {version} of the document is not one that this program knows (it knows {VERSION})"
            ));
        }
    }
    match (object.get("challenges"), object.get("fqdn")) {
        (Some(Value::Array(challenges)), _) => {
            match challenges
                .iter()
                .position(|challenge| !challenge.is_object())
            {
                None => Kind::Order,
                Some(index) => refuse(&format!("member `challenges[{index}]` is not an object")),
            }
        }
        (Some(_), _) => refuse("member `challenges` is not an array"),
        (None, Some(Value::String(_))) => Kind::Challenge,
        (None, Some(_)) => refuse("member `fqdn` is not a string"),
        // What failed before there was an order has a name and an error and no more.
        (None, None) if object.contains_key("error") => Kind::Order,
        (None, None) => refuse("neither an order (no `challenges`) nor a challenge (no `fqdn`)"),
    }
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

impl Document {
    /// Whether it is an order, a challenge or neither.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The document's members.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The document's members, to change.
    pub fn object_mut(&mut self) -> &mut Object {
        &mut self.object
    }

    /// The document as it goes through a pipe: JSON on one line, with the line's end.
    pub(crate) fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(1024);
        // Writing to a vector cannot fail, and an object has only text for keys.
        let _ = serde_json::to_writer(&mut line, &self.object);
        line.push(b'\n');
        line
    }

    /// The document's members.
    pub fn into_object(self) -> Object {
        self.object
    }

    /// Its challenges: an order's own, or the one that it is.
    pub fn challenges(&self) -> Vec<&Object> {
        match &self.kind {
            Kind::Challenge => vec![&self.object],
            Kind::Order => match self.object.get("challenges") {
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_object).collect(),
                _ => Vec::new(),
            },
            Kind::Unknown(_) => Vec::new(),
        }
    }

    /// Its challenges, to change.
    pub fn challenges_mut(&mut self) -> Vec<&mut Object> {
        match &self.kind {
            Kind::Challenge => vec![&mut self.object],
            Kind::Order => match self.object.get_mut("challenges") {
                Some(Value::Array(list)) => {
                    list.iter_mut().filter_map(Value::as_object_mut).collect()
                }
                _ => Vec::new(),
            },
            Kind::Unknown(_) => Vec::new(),
        }
    }

    /// Whether something has failed on it already: such a document is passed on as it came.
    pub fn has_error(&self) -> bool {
        self.object.contains_key("error")
    }

    /// Sets the document's `error`.
    pub fn fail(&mut self, failure: &Failure) {
        self.object.insert("error".into(), failure.to_value());
    }

    /// What to call the document when speaking to a person: its name, or its FQDN.
    pub fn label(&self) -> String {
        label(&self.object)
    }

    /// Whether the challenge at `index` is one to do something about: it is not valid already, nothing has failed
    /// on it, and it does not wait for a second round.
    pub fn is_open(&self, index: usize) -> bool {
        self.is_unfinished(index) && !self.is_deferred(index)
    }

    /// Whether the challenge at `index` waits for a second round of the pipeline, since its name holds one value at
    /// a time.
    pub fn is_deferred(&self, index: usize) -> bool {
        let challenges = self.challenges();
        let challenge = challenges.get(index);
        self.is_unfinished(index)
            && challenge.is_some_and(|challenge| challenge.contains_key("deferred"))
    }

    fn is_unfinished(&self, index: usize) -> bool {
        self.challenges().get(index).is_some_and(|challenge| {
            !challenge.contains_key("error")
                && challenge.get("status").and_then(Value::as_str) != Some("valid")
        })
    }

    /// Sets what became of challenges, by their index, and the order's own error: how many failed, and the first.
    pub fn apply(&mut self, outcomes: Vec<(usize, Outcome)>) {
        {
            let mut challenges = self.challenges_mut();
            for (index, outcome) in outcomes {
                let Some(challenge) = challenges.get_mut(index) else {
                    continue;
                };
                challenge.extend(outcome.members);
                if let Some(failure) = outcome.failure {
                    challenge.insert("error".into(), failure.to_value());
                }
            }
        }
        if self.kind == Kind::Order
            && !self.has_error()
            && let Some(summary) = self.summary()
        {
            self.fail(&summary);
        }
    }

    /// What an order says of its failed challenges: how many, and the first.
    fn summary(&self) -> Option<Failure> {
        let challenges = self.challenges();
        let failed: Vec<&&Object> = challenges
            .iter()
            .filter(|challenge| challenge.contains_key("error"))
            .collect();
        let first = failed.first()?;
        let fqdn = value::optional::<String>(first, "fqdn")
            .ok()
            .flatten()
            .unwrap_or_else(|| "a challenge without fqdn".into());
        let mut failure = Failure::of(first)?;
        failure
            .more
            .retain(|member, _| matches!(member.as_str(), "status" | "retry_after"));
        failure.detail = match (failed.len(), challenges.len()) {
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
        let failure = Failure::of(order.object()).unwrap();
        assert_eq!(failure.kind, "acmepipe:dns:no-zone");
        assert_eq!(
            failure.detail,
            "2 of 3 challenges failed; the first, b.: NXDOMAIN"
        );
        assert_eq!(order.object().keys().next().unwrap(), "version");
    }

    #[test]
    fn a_valid_failed_or_deferred_challenge_is_not_open() {
        let order = document(json!({"challenges": [
            {"fqdn": "a.", "status": "valid"}, {"fqdn": "b.", "error": {}},
            {"fqdn": "c.", "status": "pending"}, {"fqdn": "d.", "deferred": ""}
        ]}));
        let all = [0, 1, 2, 3, 4];
        assert_eq!(
            all.map(|index| order.is_open(index)),
            [false, false, true, false, false]
        );
        assert_eq!(
            all.map(|index| order.is_deferred(index)),
            all.map(|i| i == 3)
        );
    }
}
