//! The lines of a journal file: JSON Lines. A line tells of a challenge that is about to be presented, of what its
//! program printed (`presented`), or that it was removed (`removed`); the latter two name it by its key. Files of earlier
//! versions have fewer members, and earlier versions ignore those that they do not know.

use crate::journal::owner::Owner;
use crate::journal::system::System;
use crate::protocol::UserProgram;
use pipeline::catalogue::challenge::PRESENT;
use pipeline::{Challenge, Key, Object, Presented, Value, value};
use serde_json::json;
use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::time::Duration;

/// The member of a line that holds the process that presented; alone, it stands for all lines before it.
const OWNER: &str = "owner";
/// The member of a line that holds the challenge.
const CHALLENGE: &str = "challenge";
/// The member of a line that holds the key of a challenge that was presented.
const PRESENTED: &str = "presented";
/// The member of a line that holds the key of a challenge that was removed.
const REMOVED: &str = "removed";

/// A challenge that was about to be presented.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The file that it stands in, without its ending.
    pub(crate) id: String,
    /// The challenge as it was then; with what its program printed, where that is known.
    pub(crate) challenge: Challenge,
    /// The path of the program.
    pub(crate) program: PathBuf,
    pub(crate) raw: bool,
    pub(crate) double_dash: bool,
    pub(crate) batch: bool,
    /// When it was about to be presented.
    pub(crate) at: String,
    /// The process that presented it.
    pub(crate) owner: Owner,
}

impl Entry {
    /// The program that presented the challenge, as it was called.
    pub(crate) fn user_program(&self, time_limit: Duration) -> UserProgram {
        UserProgram {
            path: self.program.clone(),
            raw: self.raw,
            double_dash: self.double_dash,
            batch: self.batch,
            time_limit,
        }
    }

    /// The key of its challenge.
    pub(crate) fn key(&self) -> Key {
        self.challenge.key()
    }

    /// Whether the run that presented it lives, or may live where it cannot be seen.
    pub(crate) fn may_be_in_use(&self, system: &System) -> bool {
        self.owner.may_live(value::age(&self.at), system)
    }
}

/// The line of a challenge that is about to be presented.
pub(super) fn line(challenge: &Challenge, program: &UserProgram, at: &str, owner: &Owner) -> Value {
    json!({
        CHALLENGE: Object::from(challenge.record()),
        "program": program.path.to_string_lossy(),
        "raw": program.raw,
        "double_dash": program.double_dash,
        "batch": program.batch,
        "at": at,
        OWNER: owner,
    })
}

/// The line that says what the program printed when it presented.
pub(super) fn presented_line(key: &Key, output: &str) -> Value {
    json!({PRESENTED: key, "output": output})
}

/// The line that says more of the process that presented the challenges before it.
pub(super) fn owner_line(owner: &Owner) -> Value {
    json!({OWNER: owner})
}

/// The line that says that a challenge was removed.
pub(super) fn removed_line(key: &Key) -> Value {
    json!({REMOVED: key})
}

/// The entries of a file that no later line removes. A line that a crash cut off is skipped: its challenge was not
/// presented yet, or will be removed once more.
pub(super) fn remaining(id: &str, text: &str) -> Vec<Entry> {
    let mut entries: Vec<(Key, Entry)> = Vec::new();
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<Object>(line) else {
            continue;
        };
        if let Some(removed) = key_in(&line, REMOVED) {
            entries.retain(|(key, _)| *key != removed);
        } else if let Some(presented) = key_in(&line, PRESENTED) {
            let present = Presented {
                output: value::required(&line, "output").ok(),
                ..Presented::default()
            };
            for (_, entry) in entries.iter_mut().filter(|(key, _)| *key == presented) {
                entry.challenge.set(&PRESENT, present.clone());
            }
        } else if let Some(entry) = read(id, &line) {
            entries.push((entry.key(), entry));
        } else if let Some(owner) = owner_in(&line) {
            for (_, entry) in &mut entries {
                entry.owner = owner.clone();
            }
        }
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The key of the challenge that a line tells of in this member, if it does.
fn key_in(line: &Object, member: &str) -> Option<Key> {
    value::required(line, member).ok()
}

/// The owner that a line tells of alone, if it does.
fn owner_in(line: &Object) -> Option<Owner> {
    let is_alone = !line.contains_key(CHALLENGE);
    value::required(line, OWNER).ok().filter(|_| is_alone)
}

fn challenge_in(line: &Object) -> Option<Challenge> {
    let members: Object = value::required(line, CHALLENGE).ok()?;
    Some(members.into())
}

fn read(id: &str, line: &Object) -> Option<Entry> {
    Some(Entry {
        id: id.to_owned(),
        challenge: challenge_in(line)?,
        program: value::required(line, "program").ok()?,
        raw: value::required(line, "raw").ok()?,
        double_dash: value::required(line, "double_dash").ok()?,
        // Files of earlier versions do not say.
        batch: value::optional(line, "batch").ok()?.unwrap_or(false),
        at: value::required(line, "at").ok()?,
        owner: value::required(line, OWNER).ok()?,
    })
}

/// Whether every challenge of a file has been removed. It reads a line at a time and keeps keys alone, so that a large
/// file takes little memory.
///
/// # Errors
/// The system reports an error.
pub(super) fn is_all_removed(file: impl BufRead) -> io::Result<bool> {
    let mut remaining: HashSet<Key> = HashSet::new();
    for line in file.split(b'\n') {
        let Ok(line) = serde_json::from_slice::<Object>(&line?) else {
            continue;
        };
        if let Some(removed) = key_in(&line, REMOVED) {
            remaining.remove(&removed);
        } else if let Some(challenge) = challenge_in(&line) {
            remaining.insert(challenge.key());
        }
    }
    Ok(remaining.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::catalogue::challenge::STATUS;

    /// As versions wrote it that knew neither batches nor sessions.
    const EARLIER: &str = r#"{"challenge":{"fqdn":"a.","value":"1"},"program":"/x","raw":false,"double_dash":true,"at":"2024-01-01T00:00:00Z","owner":{"group":7,"parent":6,"started":12.5,"boot":"b","piped":true,"run":null}}"#;
    const LATER: &str = r#"{"challenge":{"fqdn":"a.","value":"2","token":"t"},"program":"/y","raw":true,"double_dash":false,"batch":true,"at":"2024-01-01T00:00:00Z","owner":{"pid":8,"group":7,"parent":6,"session":5,"namespace":"n","started":12.5,"boot":"b","piped":false,"run":"r","upstream":{"pipes":[],"presents":[],"cleanups":[],"is_open":false,"is_held":false},"downstream":{"pipes":["1:2"],"presents":[],"cleanups":["9-1"],"is_open":true,"is_held":false},"new":1},"new":1}"#;

    #[test]
    fn what_is_not_removed_remains() {
        let removed =
            |value: &str, token: &str| format!(r#"{{"removed":[null,"a.",{value},{token}]}}"#);
        let (one, two) = (removed(r#""1""#, "null"), removed(r#""2""#, r#""t""#));
        let other = removed(r#""3""#, r#""t""#);
        // The same record, under another name before its CNAMEs.
        let same = r#"{"removed":["A","b.","2",null]}"#.to_owned();
        let cut = &LATER[..LATER.len() - 1];
        for (lines, expected) in [
            (vec![], ""),
            (vec![EARLIER], "1"),
            (vec![EARLIER, LATER], "1 2"),
            (vec![EARLIER, LATER, &one], "2"),
            (vec![EARLIER, LATER, &two], "1"),
            (vec![EARLIER, LATER, &other], "1 2"),
            (vec![EARLIER, LATER, &same], "1"),
            (vec![EARLIER, LATER, r#"{"removed":null}"#], "1 2"),
            (vec![EARLIER, LATER, &one, &two], ""),
            (vec![EARLIER, &one, EARLIER], "1"),
            (vec![EARLIER, cut], "1"),
            (vec![EARLIER, &one[..20]], "1"),
            (vec![EARLIER, "", "null", "[1]", "{}", &one], ""),
        ] {
            let text = lines.join("\n");
            let entries = remaining("id", &text);
            let values: Vec<_> = entries
                .iter()
                .map(|entry| entry.challenge.value().unwrap().unwrap())
                .collect();
            assert_eq!(values.join(" "), expected, "{text}");
            let all_removed = is_all_removed(text.as_bytes()).unwrap();
            assert_eq!(all_removed, expected.is_empty(), "{text}");
        }
        // It cannot be called back, and nothing of it is to be forgotten.
        let unreadable = EARLIER.replace(r#""program":"/x","#, "");
        assert_eq!(remaining("id", &unreadable).len(), 0);
        assert!(!is_all_removed(unreadable.as_bytes()).unwrap());
    }

    #[test]
    fn lines_of_earlier_and_later_versions_are_read() {
        let entries = remaining("id", &format!("{EARLIER}\n{LATER}\n"));
        let how = |entry: &Entry| {
            let program = entry.user_program(Duration::from_secs(7));
            assert_eq!(program.time_limit, Duration::from_secs(7));
            (
                program.path,
                program.raw,
                program.double_dash,
                program.batch,
            )
        };
        assert_eq!(how(&entries[0]), ("/x".into(), false, true, false));
        assert_eq!(how(&entries[1]), ("/y".into(), true, false, true));
        assert_eq!(entries[1].id, "id");
        // Members that earlier versions know are written in their order, under their names.
        let program = entries[1].user_program(Duration::ZERO);
        let mut challenge = entries[1].challenge.clone();
        challenge.set(&STATUS, "pending");
        let written = line(&challenge, &program, &entries[1].at, &entries[1].owner);
        assert_eq!(written.to_string(), LATER.replace(r#","new":1"#, ""));
    }

    #[test]
    fn a_later_line_says_more_of_the_owner() {
        let owner = remaining("id", LATER)[0].owner.clone();
        assert_ne!(remaining("id", EARLIER)[0].owner, owner);
        let lines = format!("{EARLIER}\n{}\n", owner_line(&owner));
        let entries = remaining("id", &lines);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].owner, owner);
        // A line with a challenge that cannot be read tells of that alone.
        let unreadable = LATER.replace(r#""program":"/y","#, "");
        let entries = remaining("id", &format!("{EARLIER}\n{unreadable}\n"));
        assert_ne!(entries[0].owner, owner);
    }

    #[test]
    fn what_the_program_printed_comes_with_its_challenge() {
        let key = remaining("id", LATER)[0].key();
        let lines = [
            EARLIER.to_owned(),
            LATER.to_owned(),
            presented_line(&key, "record 7").to_string(),
        ];
        let entries = remaining("id", &lines.join("\n"));
        assert!(!entries[0].challenge.is_presented());
        assert_eq!(
            entries[1].challenge.members()["present"],
            json!({"output": "record 7"})
        );
        assert_eq!(
            removed_line(&key).to_string(),
            r#"{"removed":[null,"a.","2","t"]}"#
        );
        assert_eq!(
            lines[2],
            r#"{"presented":[null,"a.","2","t"],"output":"record 7"}"#
        );
    }
}
