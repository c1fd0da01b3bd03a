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
}

/// When a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// When that began: not before this time …
    pub from: SystemTime,
    /// … and not after this one.
    pub to: SystemTime,
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
    /// The values of each zone that a server has, by when they were written.
    served: HashMap<(Name, SocketAddr), BTreeSet<Began>>,
}

/// When the writing of a value began, and its place among those of the same time.
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

    /// The value with this index, as `this` one sees it.
    fn other(&self, index: usize, this: usize) -> Other {
        Other {
            owner: self.all[index].owner.clone(),
            has_same_name: self.all[index].name == self.all[this].name,
            is_newer: self.is_newer(index, this),
        }
    }

    /// Whether `one` was written after `other`, where their times tell.
    fn is_newer(&self, one: usize, other: usize) -> Option<bool> {
        let (one, other) = (self.all[one].written?, self.all[other].written?);
        if one.from > other.to {
            Some(true)
        } else if one.to < other.from {
            Some(false)
        } else {
            None
        }
    }

    fn began(&self, index: usize) -> Began {
        let written = self.all[index].written;
        (written.map(|written| written.from), index)
    }

    /// Whether `one` was certainly written after `other` was.
    fn is_later(&self, one: usize, other: usize) -> bool {
        let (Some(later), Some(earlier)) = (self.all[one].written, self.all[other].written) else {
            return false;
        };
        let is_in_turn = !later.overlaps && !earlier.overlaps;
        let is_over = |took: Duration| later.from > earlier.to + took;
        earlier.took.is_some_and(is_over) || (is_in_turn && later.from > earlier.to)
    }
}

impl Others {
    /// Sets where this value is, once that is known.
    pub(super) fn set_location(&self, name: &Name, zone: &Name) {
        let mut values = self.run.0.borrow_mut();
        let Some(this) = self.this else { return };
        let before = std::mem::replace(&mut values.all[this].name, name.clone());
        let value = values.all[this].value.clone();
        values.by_name.remove(&(before, value.clone()));
        values.by_name.insert((name.clone(), value), this);
        values.all[this].zone = Some(zone.clone());
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
        Some(values.other(index, this))
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

    /// The value that this server has and that was written to the zone after this one.
    pub(super) fn written_later(&self, server: SocketAddr) -> Option<Other> {
        let values = self.run.0.borrow();
        let this = self.this?;
        let zone = values.all[this].zone.clone()?;
        let served = values.served.get(&(zone, server))?;
        let mut latest = served.iter().rev().take(MOST_COMPARED);
        let (_, later) = latest.find(|(_, index)| values.is_later(*index, this))?;
        Some(values.other(*later, this))
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
        }
    }

    /// In this second, for so many milliseconds.
    fn written(second: u64, took: u64, overlaps: bool) -> Written {
        let from = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        Written {
            from,
            to: from + Duration::from_secs(1),
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
            value("a.test", "1", Some(7)),
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
    fn a_value_moves_with_its_name() {
        let run = run(&[value("a.test", "1", None), value("b.test", "2", None)]);
        let (one, two) = (others(&run, "a.test", "1"), others(&run, "b.test", "2"));
        one.set_location(&parse("b.test").unwrap(), &parse("b.test").unwrap());
        assert!(two.among(&["1".to_owned()]).unwrap().has_same_name);
        assert!(one.among(&["2".to_owned()]).unwrap().has_same_name);
        assert!(run.seen_from(&parse("a.test").unwrap(), "1").this.is_none());
        let server = SocketAddr::from(([192, 0, 2, 1], 53));
        two.note(server, true);
        assert_eq!(one.written_later(server), None);
    }

    /// At exactly this millisecond, for so many of them.
    fn exactly(from: u64, took: Option<u64>, overlaps: bool) -> Option<Written> {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(from);
        Some(Written {
            from: at,
            to: at,
            took: took.map(Duration::from_millis),
            overlaps,
        })
    }

    #[test]
    fn one_value_is_later_than_another_where_its_call_came_after_the_others() {
        let in_second = |second, took, overlaps| Some(written(second, took, overlaps));
        for (one, other, expected) in [
            // One call after the other, or one call for both.
            (
                exactly(10, Some(5), false),
                exactly(11, Some(5), false),
                true,
            ),
            (exactly(10, None, false), exactly(11, Some(5), false), true),
            (
                exactly(10, Some(5), false),
                exactly(10, Some(5), false),
                false,
            ),
            (
                exactly(10, Some(5), false),
                exactly(9, Some(0), false),
                false,
            ),
            // Either may have been beside the other.
            (
                exactly(10, Some(5), true),
                exactly(15, Some(5), false),
                false,
            ),
            (
                exactly(10, Some(5), false),
                exactly(15, Some(5), true),
                false,
            ),
            (exactly(10, Some(5), true), exactly(16, Some(5), true), true),
            (exactly(10, None, true), exactly(9000, Some(5), true), false),
            // Within a second, nobody knows.
            (in_second(5, 100, false), in_second(5, 100, false), false),
            (in_second(5, 100, false), in_second(6, 100, false), false),
            (in_second(5, 100, false), in_second(7, 100, false), true),
            (in_second(5, 900, true), in_second(7, 100, true), true),
            (in_second(5, 1000, true), in_second(7, 100, true), false),
            (
                in_second(5, 100, false),
                exactly(6001, Some(5), false),
                true,
            ),
            (
                exactly(4999, Some(5), false),
                in_second(5, 100, false),
                true,
            ),
            (in_second(5, 100, false), None, false),
            (None, in_second(5, 100, false), false),
        ] {
            let value = |text: &str, written| RunValue {
                written,
                ..value("a.test", text, None)
            };
            let run = run(&[value("1", one), value("2", other)]);
            let values = run.0.borrow();
            assert_eq!(values.is_later(1, 0), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn one_value_is_newer_than_another_where_their_times_tell() {
        let in_second = |second| Some(written(second, 100, false));
        for (one, other, expected) in [
            (in_second(5), in_second(5), None),
            (in_second(5), in_second(6), None),
            (in_second(5), in_second(7), Some(true)),
            (in_second(7), in_second(5), Some(false)),
            (
                exactly(5000, None, true),
                exactly(5001, None, true),
                Some(true),
            ),
            (exactly(5000, None, true), exactly(5000, None, true), None),
            (exactly(4999, None, true), in_second(5), Some(true)),
            (exactly(6001, None, true), in_second(5), Some(false)),
            (None, in_second(5), None),
            (in_second(5), None, None),
        ] {
            let value = |text: &str, written| RunValue {
                written,
                ..value("a.test", text, None)
            };
            let run = run(&[value("1", one), value("2", other)]);
            let values = run.0.borrow();
            assert_eq!(values.is_newer(1, 0), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_server_that_has_a_later_value_of_the_zone_is_known_until_it_has_it_no_more() {
        let elsewhere = RunValue {
            zone: None,
            ..value("e.test", "5", Some(9))
        };
        let run = run(&[
            RunValue {
                written: exactly(5000, Some(100), false),
                ..value("a.test", "1", None)
            },
            RunValue {
                written: exactly(5100, Some(100), false),
                ..value("b.test", "2", None)
            },
            value("c.test", "3", Some(7)),
            value("d.test", "4", Some(4)),
            elsewhere,
        ]);
        let [one, two, three, four, five] =
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")]
                .map(|(name, value)| others(&run, &format!("{name}.test"), value));
        let server = SocketAddr::from(([192, 0, 2, 1], 53));
        let later = |others: &Others| Some(others.written_later(server)?.owner);
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
