//! The values that the challenges of a run write, of all documents together: records of two certificates may have the
//! same name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use command::text::shorten;
use dns::Name;
use dns::propagation::{Others, RunValue, RunValues, Written};
use pipeline::{Challenge, Document, value};

use crate::names::{name, record_name};

/// Of how many names it is remembered when the CA may have looked at them.
const MOST_NAMES: usize = 1 << 16;
/// The longest name of a challenge that is quoted, in characters: that is as long as names are.
const LONGEST_OWNER: usize = 255;

/// Most times in documents are whole seconds.
const RESOLUTION: Duration = Duration::from_secs(1);

/// What is known of the challenges of a run.
#[derive(Default)]
pub struct KnownChallenges {
    values: RunValues,
    /// When the CA may last have looked at a name.
    seen_by_ca: RefCell<HashMap<Name, SystemTime>>,
}

impl KnownChallenges {
    /// Takes in a document; challenges that cannot be read are left out.
    pub fn add(&self, document: &Document) {
        for challenge in document.challenges() {
            let Ok(name) = record_name(&challenge) else {
                continue;
            };
            if let Some(seen) = seen_by_ca(&challenge) {
                let mut all = self.seen_by_ca.borrow_mut();
                if all.len() < MOST_NAMES || all.contains_key(&name) {
                    let last = all.entry(name.clone()).or_insert(seen);
                    *last = seen.max(*last);
                }
            }
            if let Ok(Some(value)) = challenge.value() {
                self.values.add(run_value(name, value, &challenge));
            }
        }
    }

    /// All values, as the challenge with this name and value sees them.
    pub(crate) fn seen_from(&self, name: &Name, value: &str) -> Others {
        self.values.seen_from(name, value)
    }

    /// How long ago the CA may last have looked at the name, when it found a value there.
    pub(crate) fn seen_by_ca(&self, name: &Name) -> Option<Duration> {
        self.seen_by_ca.borrow().get(name)?.elapsed().ok()
    }
}

fn run_value(record_name: Name, value: String, challenge: &Challenge) -> RunValue {
    let zone = challenge.zone().ok().flatten();
    let owner = challenge.owner();
    let owner = owner.map(|owner| shorten(&owner, LONGEST_OWNER));
    RunValue {
        name: record_name,
        value,
        zone: zone.and_then(|zone| name(&zone).ok()),
        owner: owner.unwrap_or_else(|| "another challenge".to_owned()),
        written: written(challenge),
    }
}

fn written(challenge: &Challenge) -> Option<Written> {
    let presented = challenge.presented()?;
    let began = presented.began.as_deref().and_then(value::time);
    let (from, to) = match began {
        Some(exactly) => (exactly, exactly),
        None => {
            let second = value::time(&presented.at?)?;
            (second, second + RESOLUTION)
        }
    };
    Some(Written {
        from,
        to,
        took: presented.seconds,
        overlaps: presented.overlaps,
    })
}

/// When the CA may last have seen a valid challenge's record: it was there from `present` to `cleanup`.
fn seen_by_ca(challenge: &Challenge) -> Option<SystemTime> {
    if !challenge.is_valid() {
        return None;
    }
    value::time(challenge.last_there()?)
}

#[cfg(test)]
mod tests {
    use pipeline::Value;
    use pipeline::catalogue::challenge::{CLEANUP, PRESENT};
    use serde_json::json;

    use super::*;

    fn challenge(status: &str, present: &Value, cleanup: &Value) -> Challenge {
        let Value::Object(object) = json!({"fqdn": "_acme-challenge.a.test.", "value": "v", "zone": "Test",
            "status": status, "present": present, "cleanup": cleanup, "wildcard": true,
            "identifier": {"type": "dns", "value": "a.test"}})
        else {
            unreachable!("braces make an object")
        };
        Challenge::from(object)
    }

    fn at(time: &str) -> Value {
        json!({"at": time})
    }

    #[test]
    fn a_value_has_what_the_challenge_says_of_it() {
        let name = dns::name::parse("_acme-challenge.a.test").unwrap();
        let read = |present: &Value| {
            let challenge = challenge("pending", present, &Value::Null);
            run_value(name.clone(), "v".into(), &challenge)
        };
        let time = "2026-11-21T08:00:01Z";
        let value = read(&at(time));
        assert_eq!(value.owner, "*.a.test");
        assert_eq!(value.zone, dns::name::parse("test").ok());
        let written = value.written.unwrap();
        let second = |text: &str| value::time(text).unwrap();
        assert_eq!(written.from, second(time));
        assert_eq!(written.to, second("2026-11-21T08:00:02Z"));
        assert_eq!((written.took, written.overlaps), (None, false));
        let began = "2026-11-21T08:00:01.234Z";
        let all = json!({"at": time, "began": began, "seconds": 1.5, "overlaps": true});
        let written = read(&all).written.unwrap();
        assert_eq!((written.from, written.to), (second(began), second(began)));
        assert_eq!(
            (written.took, written.overlaps),
            (Some(Duration::from_millis(1500)), true)
        );
        for none in [at("yesterday"), json!({}), Value::Null] {
            assert_eq!(read(&none).written, None, "{none}");
        }
    }

    #[test]
    fn the_ca_saw_a_valid_record_last_when_it_was_removed_or_else_presented() {
        let (early, late) = (at("2020-01-01T00:00:00Z"), at("2021-01-01T00:00:00Z"));
        let time = |at: &Value| value::time(at["at"].as_str().unwrap());
        let mut valid = challenge("valid", &early, &late);
        assert_eq!(seen_by_ca(&valid), time(&late));
        valid.remove(&CLEANUP);
        assert_eq!(seen_by_ca(&valid), time(&early));
        valid.remove(&PRESENT);
        assert_eq!(seen_by_ca(&valid), None);
        assert_eq!(seen_by_ca(&challenge("pending", &early, &late)), None);
    }

    #[test]
    fn the_last_time_that_the_ca_saw_a_name_counts_whatever_document_it_is_in() {
        let name = dns::name::parse("_acme-challenge.a.test").unwrap();
        let known = KnownChallenges::default();
        for (year, last) in [(2020, 2020), (2022, 2022), (2021, 2022)] {
            let time = |year: u32| format!("{year}-01-01T00:00:00Z");
            let mut valid = challenge("valid", &at(&time(year)), &Value::Null);
            valid.remove(&CLEANUP);
            known.add(&Document::from(valid));
            let age = value::age(&time(last)).unwrap().as_secs();
            let seen = known.seen_by_ca(&name).unwrap().as_secs();
            assert!(seen.abs_diff(age) < 3, "{year}: {seen}");
        }
        let other = dns::name::parse("_acme-challenge.b.test").unwrap();
        assert_eq!(known.seen_by_ca(&other), None);
    }
}
