//! The lines of a journal file: JSON Lines. A line tells of a challenge that is about to be presented, of what its
//! program printed (`presented`), or that it was removed (`removed`); the latter two name it by its key. Files of earlier
//! versions have fewer members, and earlier versions do not read those that they do not know.

use crate::journal::owner::Owner;
use crate::journal::system::System;
use crate::protocol::UserProgram;
use pipeline::{OF_A_RECORD, Object, Value, value};
use serde_json::json;
use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::time::Duration;

/// A challenge that was about to be presented.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The file that it stands in, without its ending.
    pub(crate) id: String,
    /// The challenge as it was then; with what its program printed, where that is known.
    pub(crate) challenge: Object,
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

    /// What tells it apart from the others of its file.
    pub(crate) fn key(&self) -> Value {
        key(&self.challenge)
    }

    /// Whether the run that presented it lives, or may live where it cannot be seen.
    pub(crate) fn may_be_in_use(&self, system: &System) -> bool {
        self.owner.may_live(value::age(&self.at), system)
    }
}

/// What tells a challenge apart from the others of its document.
pub(crate) fn key(challenge: &Object) -> Value {
    let member = |name: &str| challenge.get(name).cloned().unwrap_or_default();
    json!([
        member("effective_fqdn"),
        member("fqdn"),
        member("value"),
        member("token")
    ])
}

/// The line of a challenge that is about to be presented.
pub(super) fn line(challenge: &Object, program: &UserProgram, at: &str, owner: &Owner) -> Value {
    let kept: Object = OF_A_RECORD
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), challenge.get(*name)?.clone())))
        .collect();
    json!({
        "challenge": kept,
        "program": program.path.to_string_lossy(),
        "raw": program.raw,
        "double_dash": program.double_dash,
        "batch": program.batch,
        "at": at,
        "owner": owner,
    })
}

/// The line that says what the program printed when it presented.
pub(super) fn presented_line(key: &Value, output: &str) -> Value {
    json!({"presented": key, "output": output})
}

/// The line that says that a challenge was removed.
pub(super) fn removed_line(key: &Value) -> Value {
    json!({"removed": key})
}

/// The entries of a file that no later line removes. A line that was cut off by a crash counts for nothing: what it
/// stood for was not presented yet, or will be removed once more.
pub(super) fn remaining(id: &str, text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<Object>(line) else {
            continue;
        };
        if let Some(removed) = line.get("removed") {
            entries.retain(|entry| entry.key() != *removed);
        } else if let Some(presented) = line.get("presented") {
            let output = line.get("output").cloned().unwrap_or_default();
            for entry in entries.iter_mut().filter(|entry| entry.key() == *presented) {
                entry
                    .challenge
                    .insert("present".into(), json!({"output": output}));
            }
        } else {
            entries.extend(read(id, &line));
        }
    }
    entries
}

fn read(id: &str, line: &Object) -> Option<Entry> {
    Some(Entry {
        id: id.to_owned(),
        challenge: value::required(line, "challenge").ok()?,
        program: value::required(line, "program").ok()?,
        raw: value::required(line, "raw").ok()?,
        double_dash: value::required(line, "double_dash").ok()?,
        // Files of earlier versions do not say.
        batch: value::optional(line, "batch").ok()?.unwrap_or(false),
        at: value::required(line, "at").ok()?,
        owner: value::required(line, "owner").ok()?,
    })
}

/// Whether every challenge of a file has been removed: told by their keys alone, a line at a time, so that a large file
/// takes little memory.
///
/// # Errors
/// The system's.
pub(super) fn is_all_removed(file: impl BufRead) -> io::Result<bool> {
    let mut remaining: HashSet<String> = HashSet::new();
    for line in file.split(b'\n') {
        let Ok(line) = serde_json::from_slice::<Object>(&line?) else {
            continue;
        };
        let challenge = line.get("challenge").and_then(Value::as_object);
        if let Some(removed) = line.get("removed") {
            remaining.remove(&removed.to_string());
        } else if let Some(challenge) = challenge {
            remaining.insert(key(challenge).to_string());
        }
    }
    Ok(remaining.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As versions wrote it that knew neither batches nor sessions.
    const EARLIER: &str = r#"{"challenge":{"fqdn":"a.","value":"1"},"program":"/x","raw":false,"double_dash":true,"at":"2024-01-01T00:00:00Z","owner":{"group":7,"parent":6,"started":12.5,"boot":"b","piped":true,"run":null}}"#;
    const LATER: &str = r#"{"challenge":{"fqdn":"a.","value":"2","token":"t"},"program":"/y","raw":true,"double_dash":false,"batch":true,"at":"2024-01-01T00:00:00Z","owner":{"pid":8,"group":7,"parent":6,"session":5,"namespace":"n","started":12.5,"boot":"b","piped":false,"run":"r","new":1},"new":1}"#;

    #[test]
    fn what_is_not_removed_remains() {
        let removed =
            |value: &str, token: &str| format!(r#"{{"removed":[null,"a.",{value},{token}]}}"#);
        let (one, two) = (removed(r#""1""#, "null"), removed(r#""2""#, r#""t""#));
        let other = removed(r#""2""#, "null");
        let cut = &LATER[..LATER.len() - 1];
        for (lines, expected) in [
            (vec![], ""),
            (vec![EARLIER], "1"),
            (vec![EARLIER, LATER], "1 2"),
            (vec![EARLIER, LATER, &one], "2"),
            (vec![EARLIER, LATER, &two], "1"),
            (vec![EARLIER, LATER, &other], "1 2"),
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
                .map(|entry| entry.challenge["value"].as_str().unwrap())
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
        challenge.insert("status".into(), json!("pending"));
        let written = line(&challenge, &program, &entries[1].at, &entries[1].owner);
        assert_eq!(written.to_string(), {
            let order = r#"{"token":"t","fqdn":"a.","value":"2"}"#;
            LATER
                .replace(r#"{"fqdn":"a.","value":"2","token":"t"}"#, order)
                .replace(r#","new":1"#, "")
        });
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
        assert!(!entries[0].challenge.contains_key("present"));
        assert_eq!(
            entries[1].challenge["present"],
            json!({"output": "record 7"})
        );
        assert_eq!(
            removed_line(&key).to_string(),
            format!(r#"{{"removed":{key}}}"#)
        );
    }
}
