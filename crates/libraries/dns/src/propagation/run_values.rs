//! The values that a run writes, and which servers have them: what stands at a name in place of a value may be another
//! value of the run, and a server that has what was written later has to have had what was written before.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use hickory_proto::rr::Name;

/// How many values are remembered. Those after them are waited for all the same, and never recognized elsewhere.
const MOST_VALUES: usize = 1 << 18;

/// How many of the values that were written last are compared with one.
const MOST_COMPARED: usize = 64;
/// Times in documents are whole seconds.
const RESOLUTION: Duration = Duration::from_secs(1);

/// All values of a run. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RunValues(Rc<RefCell<Values>>);

/// One value of a run.
#[derive(Clone, Debug)]
pub struct RunValue {
    /// The record's name after its CNAMEs.
    pub name: Name,
    /// The value.
    pub value: String,
    /// The zone that holds it, where that is known.
    pub zone: Option<Name>,
    /// Whose it is: `*.example.com`.
    pub owner: String,
    /// When it was written, where that is known.
    pub written: Option<Written>,
    /// The number of its document among those of the run: in one, values come in the order in which they were written.
    pub document: usize,
}

/// When a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// When that began, to the second.
    pub at: SystemTime,
    /// How long it took, where that is known.
    pub took: Option<Duration>,
    /// Whether others may have been written to the zone at the same time.
    pub overlaps: bool,
}

#[derive(Debug, Default)]
struct Values {
    /// In the order in which they came.
    all: Vec<RunValue>,
    by_name: HashMap<(Name, String), usize>,
    by_value: HashMap<String, Vec<usize>>,
    /// How many there are at each name.
    at_name: HashMap<Name, usize>,
    /// The values of each zone that a server has, by when they were written.
    served: HashMap<(Name, SocketAddr), BTreeSet<Began>>,
}

/// When the writing of a value began, and its place among those of the same second.
type Began = (Option<SystemTime>, usize);

/// The values of a run as one of them sees them.
#[derive(Clone, Debug, Default)]
pub struct Others {
    run: RunValues,
    this: Option<usize>,
}

/// Another value of the run, which a server has where this one is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) owner: String,
    /// Whether it is waited for at the same name.
    pub(super) has_same_name: bool,
    /// Whether it was written after this one, where that is known.
    pub(super) is_newer: Option<bool>,
}

impl RunValues {
    /// Adds a value, unless it is there.
    pub fn add(&self, value: RunValue) {
        let mut values = self.0.borrow_mut();
        if values.all.len() >= MOST_VALUES || values.find(&value.name, &value.value).is_some() {
            return;
        }
        let index = values.all.len();
        let of_value = values.by_value.entry(value.value.clone()).or_default();
        of_value.push(index);
        let key = (value.name.clone(), value.value.clone());
        values.by_name.insert(key, index);
        *values.at_name.entry(value.name.clone()).or_default() += 1;
        values.all.push(value);
    }

    /// All values, as this one of them sees them.
    #[must_use]
    pub fn seen_from(&self, name: &Name, value: &str) -> Others {
        Others {
            run: self.clone(),
            this: self.0.borrow().find(name, value),
        }
    }
}

impl Values {
    fn find(&self, name: &Name, value: &str) -> Option<usize> {
        let key = (name.clone(), value.to_owned());
        self.by_name.get(&key).copied()
    }

    /// Whether `one` was written after `other`, where both say when and it was not in the same second.
    fn is_newer(&self, one: usize, other: usize) -> Option<bool> {
        let at = |index: usize| self.all[index].written.map(|written| written.at);
        let (one, other) = (at(one)?, at(other)?);
        let order = one.cmp(&other);
        order.is_ne().then_some(order.is_gt())
    }

    fn began(&self, index: usize) -> Began {
        let written = self.all[index].written;
        (written.map(|written| written.at), index)
    }

    /// Whether `one` was certainly written after `other` was.
    fn is_later(&self, one: usize, other: usize) -> bool {
        let (later, earlier) = (&self.all[one], &self.all[other]);
        let (Some(start), Some(first)) = (later.written, earlier.written) else {
            return false;
        };
        let end = first.took.map(|took| first.at + took + RESOLUTION);
        if end.is_some_and(|end| start.at >= end) {
            return true;
        }
        // One call after the other, unless it was one call for both.
        let is_in_turn = !start.overlaps && !first.overlaps && start != first;
        is_in_turn
            && later.document == earlier.document
            && start.at >= first.at
            && one.cmp(&other).is_gt()
    }
}

impl Others {
    /// Sets where this value is, once that is known.
    pub(super) fn set_location(&self, name: &Name, zone: &Name) {
        let mut values = self.run.0.borrow_mut();
        let Some(this) = self.this else { return };
        let before = std::mem::replace(&mut values.all[this].name, name.clone());
        let value = values.all[this].value.clone();
        values.by_name.remove(&(before.clone(), value.clone()));
        values.by_name.insert((name.clone(), value), this);
        values.all[this].zone = Some(zone.clone());
        values.at_name.entry(before).and_modify(|count| *count -= 1);
        *values.at_name.entry(name.clone()).or_default() += 1;
    }

    /// Whether several values are expected at this one's name.
    pub(super) fn share_name(&self) -> bool {
        let values = self.run.0.borrow();
        let name = self.this.map(|this| &values.all[this].name);
        name.is_some_and(|name| values.at_name.get(name) > Some(&1))
    }

    /// The first of the run's values among these, those at the same name before others.
    pub(super) fn among(&self, found: &[String]) -> Option<Other> {
        let values = self.run.0.borrow();
        let this = self.this?;
        let name = &values.all[this].name;
        let indices = found.iter().filter_map(|value| values.by_value.get(value));
        let mut indices: Vec<usize> = indices.flatten().copied().collect();
        indices.sort_by_key(|index| values.all[*index].name != *name);
        let index = *indices.first()?;
        Some(Other {
            owner: values.all[index].owner.clone(),
            has_same_name: values.all[index].name == *name,
            is_newer: values.is_newer(index, this),
        })
    }

    /// Remembers whether a server has this value now.
    pub(super) fn note(&self, server: SocketAddr, has_it: bool) {
        let mut values = self.run.0.borrow_mut();
        let Some(this) = self.this else { return };
        let Some(zone) = values.all[this].zone.clone() else {
            return;
        };
        let began = values.began(this);
        let served = values.served.entry((zone, server)).or_default();
        match has_it {
            true => served.insert(began),
            false => served.remove(&began),
        };
    }

    /// Whose value this server has that was written to the zone after this one.
    pub(super) fn written_later(&self, server: SocketAddr) -> Option<String> {
        let values = self.run.0.borrow();
        let this = self.this?;
        let zone = values.all[this].zone.clone()?;
        let served = values.served.get(&(zone, server))?;
        let mut latest = served.iter().rev().take(MOST_COMPARED);
        let (_, later) = latest.find(|(_, index)| values.is_later(*index, this))?;
        Some(values.all[*later].owner.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn value(name: &str, value: &str, second: Option<u64>) -> RunValue {
        RunValue {
            name: parse(name).unwrap(),
            value: value.into(),
            zone: parse("test").ok(),
            owner: format!("the owner of {value}"),
            written: second.map(|second| written(second, 100, false)),
            document: 1,
        }
    }

    /// In this second, for so many milliseconds.
    fn written(second: u64, took: u64, overlaps: bool) -> Written {
        Written {
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(second),
            took: Some(Duration::from_millis(took)),
            overlaps,
        }
    }

    fn run(values: &[RunValue]) -> RunValues {
        let run = RunValues::default();
        values.iter().for_each(|value| run.add(value.clone()));
        run
    }

    fn others(run: &RunValues, name: &str, value: &str) -> Others {
        run.seen_from(&parse(name).unwrap(), value)
    }

    #[test]
    fn a_value_of_the_run_is_known_wherever_it_is_found_and_first_at_the_same_name() {
        let run = run(&[
            value("b.test", "1", Some(5)),
            value("a.test", "1", Some(6)),
            value("b.test", "2", Some(5)),
            value("A.test", "3", Some(5)),
            value("a.test", "3", Some(9)),
            value("c.test", "4", None),
        ]);
        let seen = |name: &str, own: &str, found: &[&str]| {
            let found: Vec<String> = found.iter().map(|value| (*value).to_owned()).collect();
            let other = others(&run, name, own).among(&found)?;
            assert_eq!(
                other.owner.strip_prefix("the owner of "),
                found
                    .iter()
                    .map(String::as_str)
                    .find(|value| other.owner.ends_with(value))
            );
            Some((other.has_same_name, other.is_newer))
        };
        for (name, own, found, expected) in [
            ("a.test", "3", &["1"][..], Some((true, Some(true)))),
            ("a.test", "1", &["3"], Some((true, Some(false)))),
            ("b.test", "2", &["1"], Some((true, None))),
            ("c.test", "4", &["1"], Some((false, None))),
            ("a.test", "3", &["2", "1"], Some((true, Some(true)))),
            ("a.test", "3", &["2"], Some((false, None))),
            ("a.test", "3", &["x"], None),
            ("a.test", "3", &[], None),
            // It was never added.
            ("d.test", "9", &["1"], None),
        ] {
            assert_eq!(seen(name, own, found), expected, "{name} {own} {found:?}");
        }
    }

    #[test]
    fn a_name_is_shared_where_the_run_has_several_values_for_it() {
        let run = run(&[
            value("a.test", "1", None),
            value("a.test", "1", None),
            value("b.test", "1", None),
            value("b.test", "2", None),
        ]);
        assert!(!others(&run, "a.test", "1").share_name());
        assert!(others(&run, "b.test", "1").share_name());
        assert!(!others(&run, "c.test", "1").share_name());
        run.add(value("a.test", "2", None));
        assert!(others(&run, "a.test", "1").share_name());
    }

    #[test]
    fn a_value_moves_with_its_name() {
        let run = run(&[value("a.test", "1", None), value("b.test", "2", None)]);
        let (one, two) = (others(&run, "a.test", "1"), others(&run, "b.test", "2"));
        one.set_location(&parse("b.test").unwrap(), &parse("b.test").unwrap());
        assert!(one.share_name() && two.share_name());
        assert!(two.among(&["1".to_owned()]).unwrap().has_same_name);
        let server = SocketAddr::from(([192, 0, 2, 1], 53));
        two.note(server, true);
        assert_eq!(one.written_later(server), None);
        run.add(value("a.test", "3", None));
        assert!(!others(&run, "a.test", "3").share_name());
    }

    #[test]
    fn one_value_is_later_than_another_where_its_call_came_after_the_others() {
        let first = (Some(written(5, 100, false)), 1);
        let unknown = Written {
            took: None,
            ..written(5, 0, false)
        };
        for (one, other, expected) in [
            // In the same second, in turn.
            (first, (Some(written(5, 200, false)), 1), true),
            (first, (Some(written(5, 200, false)), 2), false),
            (first, (Some(written(5, 200, true)), 1), false),
            (
                (Some(written(5, 100, true)), 1),
                (Some(written(5, 200, false)), 1),
                false,
            ),
            // One call for both.
            (first, first, false),
            // By time, whatever document it is in.
            (first, (Some(written(6, 100, true)), 2), false),
            (first, (Some(written(7, 100, true)), 2), true),
            (
                (Some(written(5, 1000, true)), 1),
                (Some(written(7, 100, true)), 2),
                true,
            ),
            (
                (Some(written(5, 1001, true)), 1),
                (Some(written(7, 100, true)), 2),
                false,
            ),
            ((Some(unknown), 1), (Some(written(60, 100, true)), 2), false),
            ((Some(unknown), 1), (Some(written(60, 100, false)), 1), true),
            (first, (Some(written(4, 100, false)), 1), false),
            (first, (None, 1), false),
            ((None, 1), first, false),
        ] {
            let value = |text: &str, (written, document)| RunValue {
                written,
                document,
                ..value("a.test", text, None)
            };
            let run = run(&[value("1", one), value("2", other)]);
            let values = run.0.borrow();
            assert_eq!(values.is_later(1, 0), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_server_that_has_a_later_value_of_the_zone_is_known_until_it_has_it_no_more() {
        let elsewhere = RunValue {
            zone: None,
            ..value("e.test", "5", Some(9))
        };
        let second = |millis| Some(written(5, millis, false));
        let run = run(&[
            RunValue {
                written: second(100),
                ..value("a.test", "1", None)
            },
            RunValue {
                written: second(200),
                ..value("b.test", "2", None)
            },
            value("c.test", "3", Some(6)),
            value("d.test", "4", Some(4)),
            elsewhere,
        ]);
        let [one, two, three, four, five] =
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")]
                .map(|(name, value)| others(&run, &format!("{name}.test"), value));
        let server = SocketAddr::from(([192, 0, 2, 1], 53));
        let later = |others: &Others| others.written_later(server);
        five.note(server, true);
        assert_eq!(later(&one), None);
        four.note(server, true);
        // It was written before the first, though it came later.
        assert_eq!((later(&one), later(&four)), (None, None));
        two.note(server, true);
        assert_eq!(later(&one).as_deref(), Some("the owner of 2"));
        assert_eq!((later(&two), later(&three)), (None, None));
        three.note(server, true);
        two.note(server, true);
        assert_eq!(later(&one).as_deref(), Some("the owner of 3"));
        assert_eq!(later(&two).as_deref(), Some("the owner of 3"));
        assert_eq!(one.written_later(([192, 0, 2, 2], 53).into()), None);
        three.note(server, false);
        assert_eq!(later(&one).as_deref(), Some("the owner of 2"));
        two.note(server, false);
        assert_eq!(later(&one), None);
    }
}
