//! Challenges of one document whose records have the same name.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use dns::Name;
use dns::propagation::OtherValue;
use pipeline::{Challenge, Document, value};

use crate::names::record_name;

/// How many other values at the same name are compared with what is served.
const MOST_OTHER_VALUES: usize = 16;

/// The names that several challenges of a document share, and what is known of each.
pub struct SharedNames(HashMap<Name, SharedName>);

/// What the challenges at one name have in common.
#[derive(Default)]
pub(crate) struct SharedName {
    /// The first challenge for each value.
    claims: Vec<Claim>,
    values: HashSet<String>,
    seen_by_ca: Option<Duration>,
}

/// A value, and whose it is.
struct Claim {
    value: String,
    owner: String,
    presented_at: Option<String>,
}

impl SharedNames {
    /// What the document says of them; challenges that cannot be read are left out.
    #[must_use]
    pub fn of(document: &Document) -> SharedNames {
        let mut counts: HashMap<Name, usize> = HashMap::new();
        for name in document.challenges().flat_map(|one| record_name(&one)) {
            *counts.entry(name).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        let mut shared: HashMap<Name, SharedName> = HashMap::new();
        if counts.is_empty() {
            return SharedNames(shared);
        }
        for challenge in document.challenges() {
            if let Ok(name) = record_name(&challenge)
                && counts.contains_key(&name)
            {
                shared.entry(name).or_default().add(&challenge);
            }
        }
        SharedNames(shared)
    }

    /// What is known of this name, if several challenges share it.
    pub(crate) fn at(&self, name: &Name) -> Option<&SharedName> {
        self.0.get(name)
    }
}

impl SharedName {
    fn add(&mut self, challenge: &Challenge) {
        if let Some(age) = seen_by_ca(challenge) {
            self.seen_by_ca = Some(self.seen_by_ca.map_or(age, |least| least.min(age)));
        }
        if let Ok(Some(value)) = challenge.value()
            && self.values.insert(value.clone())
        {
            self.claims.push(Claim {
                value,
                owner: owner(challenge),
                presented_at: presented_at(challenge),
            });
        }
    }

    /// The values that are expected beside that of `challenge`.
    pub(crate) fn other_values(&self, challenge: &Challenge, value: &str) -> Vec<OtherValue> {
        let others = self.claims.iter().filter(|claim| claim.value != value);
        let presented_at = presented_at(challenge);
        others
            .take(MOST_OTHER_VALUES)
            .map(|claim| OtherValue {
                value: claim.value.clone(),
                owner: claim.owner.clone(),
                newer: newer(claim.presented_at.as_deref(), presented_at.as_deref()),
            })
            .collect()
    }

    /// How long ago the CA may last have looked at the name, when it found a value there.
    pub(crate) fn seen_by_ca(&self) -> Option<Duration> {
        self.seen_by_ca
    }
}

/// How long ago the CA may last have seen a valid challenge's record: it was there from `present` to `cleanup`.
fn seen_by_ca(challenge: &Challenge) -> Option<Duration> {
    if !challenge.is_valid() {
        return None;
    }
    value::age(challenge.last_there()?)
}

fn owner(challenge: &Challenge) -> String {
    challenge
        .owner()
        .unwrap_or_else(|| "another challenge".to_owned())
}

fn presented_at(challenge: &Challenge) -> Option<String> {
    challenge.presented()?.at
}

/// Whether `other` was presented after `this`, where both say when and it was not in the same second.
fn newer(other: Option<&str>, this: Option<&str>) -> Option<bool> {
    let (other, this) = (other?, this?);
    // RFC 3339 in UTC to the second sorts as text.
    (other.len() == this.len() && other != this).then(|| other > this)
}

#[cfg(test)]
mod tests {
    use pipeline::catalogue::challenge::{CLEANUP, PRESENT};
    use pipeline::{Object, Value};
    use serde_json::json;

    use super::*;

    fn shared_names(challenges: Value) -> (Document, SharedNames) {
        let document = Document::from(Object::from_iter([("challenges".to_owned(), challenges)]));
        let shared = SharedNames::of(&document);
        (document, shared)
    }

    #[test]
    fn other_values_are_those_of_other_challenges_for_the_same_name() {
        let challenge = |fqdn: &str, value: &str, wildcard: bool, at: &str| {
            json!({"fqdn": fqdn, "value": value, "wildcard": wildcard, "present": {"at": at},
                   "identifier": {"type": "dns", "value": "example.test"}})
        };
        let (document, shared) = shared_names(json!([
            challenge(
                "_acme-challenge.example.test.",
                "one",
                false,
                "2026-11-21T08:00:00Z"
            ),
            challenge(
                "_ACME-challenge.example.test",
                "two",
                true,
                "2026-11-21T08:00:01Z"
            ),
            challenge(
                "_acme-challenge.www.example.test.",
                "three",
                false,
                "2026-11-21T08:00:00Z"
            ),
        ]));
        let other_values = |index: usize| {
            let challenge = document.challenge(index);
            let shared = shared.at(&record_name(&challenge).unwrap())?;
            let value = challenge.value().unwrap().unwrap();
            Some(shared.other_values(&challenge, &value))
        };
        let of_the_first = other_values(0).unwrap();
        assert_eq!(of_the_first.len(), 1);
        assert_eq!(
            (of_the_first[0].owner.as_str(), of_the_first[0].newer),
            ("*.example.test", Some(true))
        );
        assert!(other_values(2).is_none());
    }

    #[test]
    fn times_say_which_value_is_newer_unless_they_are_the_same_or_missing() {
        let (early, late) = ("2026-11-21T08:00:00Z", "2026-11-21T08:00:01Z");
        for (other, this, is_newer) in [
            (Some(late), Some(early), Some(true)),
            (Some(early), Some(late), Some(false)),
            (Some(early), Some(early), None),
            (Some("2026-11-21T08:00:01.5Z"), Some(early), None),
            (None, Some(early), None),
            (Some(late), None, None),
        ] {
            assert_eq!(newer(other, this), is_newer, "{other:?} {this:?}");
        }
    }

    #[test]
    fn the_ca_saw_a_valid_record_last_when_it_was_removed_or_else_presented() {
        let (early, late) = (
            json!({"at": "2020-01-01T00:00:00Z"}),
            json!({"at": "2021-01-01T00:00:00Z"}),
        );
        let challenge = |status: &str, present: &Value, cleanup: &Value| {
            let Value::Object(object) = json!({"fqdn": "_acme-challenge.a.test.", "value": "v",
                "status": status, "present": present, "cleanup": cleanup})
            else {
                unreachable!("braces make an object")
            };
            Challenge::from(object)
        };
        let age = |at: &Value| value::age(at["at"].as_str().unwrap()).unwrap().as_secs();
        let seen = |challenge: &Challenge| seen_by_ca(challenge).map(|age| age.as_secs());
        let near = |one: Option<u64>, other: u64| one.is_some_and(|one| one.abs_diff(other) < 2);
        let mut valid = challenge("valid", &early, &late);
        assert!(near(seen(&valid), age(&late)));
        valid.remove(&CLEANUP);
        assert!(near(seen(&valid), age(&early)));
        valid.remove(&PRESENT);
        assert_eq!(seen(&valid), None);
        assert_eq!(seen(&challenge("pending", &early, &late)), None);
        // The last of several counts.
        let list = [
            challenge("valid", &early, &early),
            challenge("valid", &late, &late),
        ];
        let list: Vec<_> = list
            .into_iter()
            .map(|one| Value::Object(one.into()))
            .collect();
        let (_, shared) = shared_names(json!(list));
        let shared = shared.at(&dns::name::parse("_acme-challenge.a.test").unwrap());
        let last = shared.and_then(SharedName::seen_by_ca);
        assert!(near(last.map(|age| age.as_secs()), age(&late)));
    }
}
