//! What is kept of the names of one account: pure decisions about it, each with the time at which it is made.

use crate::pause::pause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// The most names that are kept; those that failed first are forgotten beyond that.
const MOST: usize = 10_000;
/// The longest text that is kept of why one failed, in characters, and the longest URL, in bytes.
const LONGEST: usize = 300;
const LONGEST_URL: usize = 4096;
/// The longest name, in bytes (RFC 1035 §2.3.4): what is longer is none.
const LONGEST_NAME: usize = 253;
/// After this time a failure is forgotten, if no other has followed.
const FORGOTTEN: Duration = Duration::from_secs(30 * 86_400);
/// How far the clocks of hosts that share a directory may be apart. What lies further ahead is of a clock that was wrong.
const CLOCKS_DIFFER: Duration = Duration::from_secs(3600);

/// The names of one account that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The account's URL, for a person who reads the file.
    #[serde(default)]
    pub(crate) account: String,
    #[serde(default)]
    names: BTreeMap<String, Failed>,
}

/// How a name failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// How often in a row.
    pub count: u32,
    /// When the last time.
    #[serde(with = "crate::time")]
    pub last: SystemTime,
    /// The type of the problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the CA said, or the beginning of it.
    pub detail: String,
    /// Whether the CA has paused the account for this name, until a person ends that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_paused: bool,
    /// Where that is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpause_url: Option<String>,
}

/// Why no order with a name is to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name.
    pub name: String,
    /// How it failed.
    pub failed: Failed,
    /// Until when; `None` where the account is paused, which no time ends.
    pub until: Option<SystemTime>,
}

impl Record {
    /// What holds back an order with these names at `now`: what holds for longest, a pause before all. With `only_pauses`,
    /// nothing but a pause does.
    pub(crate) fn held(&self, names: &[&str], only_pauses: bool, now: SystemTime) -> Option<Held> {
        let held = names.iter().filter_map(|name| {
            let name = key(name)?;
            let failed = self.names.get(&name)?.clone();
            let until = match failed.is_paused {
                true => None,
                false if only_pauses || failed.last > now + CLOCKS_DIFFER => return None,
                false => Some(failed.last + pause(failed.count)?),
            };
            let is_over = until.is_some_and(|until| until <= now);
            (!is_over).then_some(Held {
                name,
                failed,
                until,
            })
        });
        held.max_by_key(|held| (held.until.is_none(), held.until))
    }

    /// Notes that the validation of a name has failed at `now`.
    pub(crate) fn fail(&mut self, name: &str, kind: &str, detail: &str, now: SystemTime) {
        let Some(name) = key(name) else {
            return;
        };
        let before = self.names.get(&name);
        let before = before.filter(|before| !is_forgotten(before, now));
        let failed = Failed {
            count: before.map_or(0, |before| before.count).saturating_add(1),
            last: now,
            kind: short(kind),
            detail: short(detail),
            is_paused: false,
            unpause_url: None,
        };
        self.names.insert(name, failed);
        self.trim(now);
    }

    /// Notes that the CA has paused the account for a name.
    pub(crate) fn pause(
        &mut self,
        name: &str,
        kind: &str,
        detail: &str,
        url: Option<&str>,
        now: SystemTime,
    ) {
        let Some(name) = key(name) else {
            return;
        };
        let before = self.names.get(&name).map_or(0, |before| before.count);
        let failed = Failed {
            count: before,
            last: now,
            kind: short(kind),
            detail: short(detail),
            is_paused: true,
            unpause_url: url
                .filter(|url| url.len() <= LONGEST_URL)
                .map(str::to_owned),
        };
        self.names.insert(name, failed);
        self.trim(now);
    }

    /// Notes that the CA takes orders with this name. Returns whether that is news.
    pub(crate) fn end_pause(&mut self, name: &str) -> bool {
        let Some(name) = key(name) else {
            return false;
        };
        match self.names.get_mut(&name) {
            Some(failed) if failed.is_paused && failed.count == 0 => {
                self.names.remove(&name).is_some()
            }
            Some(failed) if failed.is_paused => {
                (failed.is_paused, failed.unpause_url) = (false, None);
                true
            }
            _ => false,
        }
    }

    /// Notes that a name was validated. Returns whether that is news.
    pub(crate) fn succeed(&mut self, name: &str) -> bool {
        key(name).is_some_and(|name| self.names.remove(&name).is_some())
    }

    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names
            .iter()
            .any(|name| key(name).is_some_and(|name| self.names.contains_key(&name)))
    }

    /// Forgets what there is no room for: first what is of no use any more.
    fn trim(&mut self, now: SystemTime) {
        if self.names.len() > MOST {
            self.names.retain(|_, failed| !is_forgotten(failed, now));
        }
        let surplus = self.names.len().saturating_sub(MOST);
        if surplus == 0 {
            return;
        }
        let names = self.names.iter();
        let mut oldest: Vec<_> = names
            .map(|(name, failed)| (failed.is_paused, failed.last, name.clone()))
            .collect();
        oldest.sort_unstable();
        for (_, _, name) in oldest.iter().take(surplus) {
            self.names.remove(name);
        }
    }
}

fn is_forgotten(failed: &Failed, now: SystemTime) -> bool {
    !failed.is_paused && failed.last + FORGOTTEN < now
}

/// A name as CAs count it: that of a wildcard is the one below which it is.
fn key(name: &str) -> Option<String> {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let name = name.strip_suffix('.').unwrap_or(name);
    (!name.is_empty() && name.len() <= LONGEST_NAME).then(|| name.to_ascii_lowercase())
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "a.test";

    fn at(minutes: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(minutes * 60)
    }

    fn failed(times: &[u64]) -> Record {
        let mut record = Record::default();
        for minutes in times {
            record.fail(NAME, "t", "d", at(*minutes));
        }
        record
    }

    #[test]
    fn a_name_that_failed_holds_orders_back_for_ever_longer() {
        for (times, now, until) in [
            (&[][..], 0, None),
            (&[100], 100, Some(101)),
            (&[100], 101, None),
            (&[100, 101], 102, Some(111)),
            (&[100, 101, 111], 210, Some(211)),
            (&[100, 101, 111], 211, None),
            (&[100, 101, 111, 211], 1650, Some(1651)),
            (&[100, 101, 111, 211, 1651], 3090, Some(3091)),
            (&[100, 101, 111, 211, 1651], 3091, None),
            // A clock that was wrong, and one that differs.
            (&[1000], 900, None),
            (&[1000], 999, Some(1001)),
            // What is long ago counts no more.
            (&[0, 0, 0, 43_201], 43_201, Some(43_202)),
        ] {
            let held = failed(times).held(&["b.test", NAME], false, at(now));
            let found = held.map(|held| (held.name, held.until));
            let expected = until.map(|until| (NAME.to_owned(), Some(at(until))));
            assert_eq!(found, expected, "{times:?} {now}");
        }
    }

    #[test]
    fn what_holds_for_longest_is_told_and_a_pause_before_all() {
        let mut record = failed(&[100, 101]);
        record.fail("b.test", "t", "d", at(101));
        let name = |record: &Record, only_pauses| {
            let held = record.held(&["b.test", "*.a.test", "c.test"], only_pauses, at(101));
            held.map(|held| (held.name, held.until))
        };
        assert_eq!(name(&record, false), Some(("a.test".into(), Some(at(111)))));
        assert_eq!(name(&record, true), None);
        record.pause("C.test.", "p", "d", Some("https://ca.test/unpause"), at(0));
        for only_pauses in [false, true] {
            assert_eq!(name(&record, only_pauses), Some(("c.test".into(), None)));
        }
        // No time ends it.
        let held = record
            .held(&["c.test"], false, at(10_000_000))
            .expect("held");
        assert_eq!(
            held.failed.unpause_url.as_deref(),
            Some("https://ca.test/unpause")
        );
        assert!(record.end_pause("c.test") && !record.end_pause("c.test"));
        assert_eq!(record.held(&["c.test"], false, at(1)), None);
    }

    #[test]
    fn a_pause_that_ends_leaves_the_failures_and_success_leaves_nothing() {
        let mut record = failed(&[100, 101]);
        record.pause(NAME, "p", "d", None, at(102));
        assert!(record.end_pause(NAME));
        let held = record.held(&[NAME], false, at(103)).expect("held");
        assert_eq!((held.failed.count, held.until), (2, Some(at(112))));
        assert!(record.has_any(&["x.test", "*.a.test"]) && !record.has_any(&["x.test"]));
        assert!(record.succeed("A.test") && !record.succeed(NAME));
        assert_eq!(record, Record::default());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut record = Record::default();
        let name = |number: usize| format!("n{number}.test");
        record.pause("paused.test", "p", "d", None, at(0));
        for number in 0..MOST + 5 {
            record.fail(
                &name(number),
                &"k".repeat(1000),
                &"ä".repeat(1000),
                at(number as u64 / 60),
            );
        }
        assert_eq!(record.names.len(), MOST);
        assert!(record.has_any(&["paused.test", &name(MOST + 4)]));
        assert!(!record.has_any(&[&name(0)]));
        let last = &record.names[&name(MOST)];
        assert_eq!(
            (last.kind.len(), last.detail.chars().count()),
            (LONGEST, LONGEST)
        );
        for none in ["", "*.", &"a".repeat(254)] {
            record.fail(none, "t", "d", at(1));
            record.pause(none, "t", "d", None, at(1));
            assert!(!record.succeed(none) && !record.end_pause(none));
        }
        assert_eq!(record.names.len(), MOST);
    }
}
