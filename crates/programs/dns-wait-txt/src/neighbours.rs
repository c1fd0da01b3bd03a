//! Challenges of one document whose records have the same name.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use dns::{Name, Sibling};
use pipeline::{Document, Object, Value, value};

use crate::request::record_name;

/// Others at the same name that are compared with what is served.
const MOST_SIBLINGS: usize = 16;

/// The challenges of a document that are not alone at their name, by that name.
pub(crate) struct Neighbours(HashMap<Name, Others>);

/// The challenges at one name: the first for each value.
#[derive(Default)]
pub(crate) struct Others {
    wanted: Vec<Wanted>,
    values: HashSet<String>,
    seen_by_ca: Option<Duration>,
}

/// A value, and who wants it.
struct Wanted {
    value: String,
    owner: String,
    presented_at: Option<String>,
}

impl Neighbours {
    /// What the document says of them; those that cannot be read are left out.
    pub(crate) fn of(document: &Document) -> Neighbours {
        let mut counts: HashMap<Name, usize> = HashMap::new();
        for name in document.challenges().flat_map(|one| record_name(&one)) {
            *counts.entry(name).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        let mut all: HashMap<Name, Others> = HashMap::new();
        if counts.is_empty() {
            return Neighbours(all);
        }
        for challenge in document.challenges() {
            if let Ok(name) = record_name(&challenge)
                && counts.contains_key(&name)
            {
                all.entry(name).or_default().add(&challenge);
            }
        }
        Neighbours(all)
    }

    /// Those at this name, if there are several.
    pub(crate) fn at(&self, name: &Name) -> Option<&Others> {
        self.0.get(name)
    }
}

impl Others {
    fn add(&mut self, challenge: &Object) {
        if let Some(age) = seen_by_ca(challenge) {
            self.seen_by_ca = Some(self.seen_by_ca.map_or(age, |least| least.min(age)));
        }
        if let Ok(value) = value::required::<String>(challenge, "value")
            && self.values.insert(value.clone())
        {
            self.wanted.push(Wanted {
                value,
                owner: owner(challenge),
                presented_at: presented_at(challenge).map(str::to_owned),
            });
        }
    }

    /// The values that are wanted beside that of `challenge`.
    pub(crate) fn siblings(&self, challenge: &Object, value: &str) -> Vec<Sibling> {
        self.wanted
            .iter()
            .filter(|other| other.value != value)
            .take(MOST_SIBLINGS)
            .map(|other| Sibling {
                value: other.value.clone(),
                owner: other.owner.clone(),
                newer: newer(other.presented_at.as_deref(), presented_at(challenge)),
            })
            .collect()
    }

    /// How long ago the CA may have looked at the name last, for a value of it that it found.
    pub(crate) fn seen_by_ca(&self) -> Option<Duration> {
        self.seen_by_ca
    }
}

/// How long ago the CA last saw the challenge's record: it was there from `present` to `cleanup`.
fn seen_by_ca(challenge: &Object) -> Option<Duration> {
    if challenge.get("status").and_then(Value::as_str) != Some("valid") {
        return None;
    }
    let last = challenge.get("cleanup").or(challenge.get("present"))?;
    value::age(last.get("at")?.as_str()?)
}

/// Whose value it is: the identifier, as a certificate has it.
fn owner(challenge: &Object) -> String {
    let identifier = challenge
        .get("identifier")
        .and_then(|identifier| identifier.get("value"));
    match identifier.and_then(Value::as_str) {
        Some(name) if challenge.get("wildcard") == Some(&Value::Bool(true)) => format!("*.{name}"),
        Some(name) => name.to_owned(),
        None => "another challenge".to_owned(),
    }
}

fn presented_at(challenge: &Object) -> Option<&str> {
    challenge.get("present")?.get("at")?.as_str()
}

/// Whether `other` was presented after `this`, where both say when and it was not in the same second.
fn newer(other: Option<&str>, this: Option<&str>) -> Option<bool> {
    let (other, this) = (other?, this?);
    // RFC 3339 in UTC to the second sorts as text.
    (other.len() == this.len() && other != this).then(|| other > this)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn siblings_are_the_other_values_for_the_same_name() {
        let challenge = |fqdn: &str, value: &str, wildcard: bool, at: &str| {
            json!({"fqdn": fqdn, "value": value, "wildcard": wildcard, "present": {"at": at},
                   "identifier": {"type": "dns", "value": "example.test"}})
        };
        let Value::Object(order) = json!({"challenges": [
            challenge("_acme-challenge.example.test.", "one", false, "2026-11-21T08:00:00Z"),
            challenge("_ACME-challenge.example.test", "two", true, "2026-11-21T08:00:01Z"),
            challenge("_acme-challenge.www.example.test.", "three", false, "2026-11-21T08:00:00Z"),
        ]}) else {
            unreachable!("braces make an object")
        };
        let document = Document::from(order);
        let neighbours = Neighbours::of(&document);
        let siblings = |index: usize| {
            let challenge = document.challenge(index);
            let others = neighbours.at(&record_name(&challenge).unwrap())?;
            let value = challenge["value"].as_str().unwrap();
            Some(others.siblings(&challenge, value))
        };
        let of_the_first = siblings(0).unwrap();
        assert_eq!(of_the_first.len(), 1);
        assert_eq!(
            (of_the_first[0].owner.as_str(), of_the_first[0].newer),
            ("*.example.test", Some(true))
        );
        assert!(siblings(2).is_none());
    }
}
