//! The lines of a journal file: JSON Lines. A line tells of a challenge that is about to be presented, of what its
//! program printed (`presented`), or that it was removed (`removed`); the latter two name it by its key. One with an owner
//! alone comes after all calls for the document. A checksum ends each. Files of earlier versions have fewer members, and earlier versions ignore those that they do not know.

use crate::journal::checksum::with_checksum;
use crate::journal::members::{Members, missing};
use crate::journal::owner::Owner;
use crate::journal::system::System;
use crate::protocol::UserProgram;
use pipeline::catalogue::challenge::{ERROR, FQDN, PRESENT};
use pipeline::{Challenge, Key, Object, Presented, value};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The member of a line that holds the process that presented; alone, it stands for all lines before it.
const OWNER: &str = "owner";
/// The member of a line that holds the challenge.
const CHALLENGE: &str = "challenge";
/// The member of a line that holds the key of a challenge that was presented.
const PRESENTED: &str = "presented";
/// The member of a line that holds the key of a challenge that was removed.
const REMOVED: &str = "removed";
/// The member of a challenge's line that holds the program.
const PROGRAM: &str = "program";
/// The member of a `presented` line that holds what the program printed.
const OUTPUT: &str = "output";

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
    /// When it was about to be presented, to the millisecond; to the second in files of earlier versions.
    pub(crate) at: String,
    /// The process that presented it.
    pub(crate) owner: Owner,
    /// Whether the call is over, as far as its file says.
    pub(super) is_call_over: bool,
}

impl Entry {
    /// The program that presented the challenge, as it was called.
    pub(crate) fn user_program(&self, time_limit: Duration) -> UserProgram {
        UserProgram {
            path: self.program.clone(),
            raw: self.raw,
            double_dash: self.double_dash,
            batch: self.batch,
            jobs: None,
            time_limit,
        }
    }

    /// Its challenge as a document has it, with what is known of how it was presented.
    pub(crate) fn described(&self) -> Challenge {
        let mut challenge = self.challenge.clone();
        let presented = Presented {
            program: Some(self.program.to_string_lossy().into_owned()),
            at: value::time(&self.at).map(value::to_the_second),
            output: challenge.presented().and_then(|known| known.output),
            journal: Some(self.id.clone()),
            batch: self.batch,
            ..Presented::default()
        };
        challenge.set(&PRESENT, presented);
        challenge.remove(&ERROR);
        challenge
    }

    /// The key of its challenge.
    pub(crate) fn key(&self) -> Key {
        self.challenge.key()
    }

    /// The call that removes its record.
    pub(crate) fn call(&self) -> Call {
        Call::new(&self.challenge, &self.user_program(Duration::ZERO))
    }

    /// Whether the run that presented it lives, or may live where it cannot be seen.
    pub(crate) fn may_be_in_use(&self, system: &System) -> bool {
        self.owner.may_live(value::age(&self.at), system)
    }
}

/// What a program is called with for a record, as far as the journal knows it. Where two entries are the same in this, one call
/// removes what both are about: a program that printed something else presented a record of its own, such as one with another
/// number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) key: Key,
    /// The path of the program.
    pub(crate) program: PathBuf,
    raw: bool,
    double_dash: bool,
    /// What it printed when it presented.
    output: Option<String>,
}

impl Call {
    /// The same call of a program with another path.
    pub(crate) fn by(self, program: &Path) -> Call {
        Call {
            program: program.to_owned(),
            ..self
        }
    }

    /// The call of this program for a challenge.
    pub(crate) fn new(challenge: &Challenge, program: &UserProgram) -> Call {
        Call {
            key: challenge.key(),
            program: program.path.clone(),
            raw: program.raw,
            double_dash: program.double_dash,
            output: challenge.presented().and_then(|known| known.output),
        }
    }
}

/// What a line tells.
enum Line {
    Challenge(Box<Entry>),
    /// What the program printed when it presented.
    Presented(Key, String),
    Removed(Key),
    /// More of the process that presented the challenges before it, written after the calls.
    Owner(Owner),
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Its number; the first is 1.
    pub(super) number: usize,
    /// What is wrong with it.
    pub(super) why: String,
}

/// What a file tells.
#[derive(Debug)]
pub(super) struct Contents {
    /// The entries that no later line removes.
    pub(super) entries: Vec<Entry>,
    pub(super) unreadable: Vec<Unreadable>,
}

/// The members of the line of a challenge.
#[derive(Serialize)]
struct ChallengeLine<'a> {
    challenge: &'a Object,
    program: &'a str,
    raw: bool,
    double_dash: bool,
    batch: bool,
    at: &'a str,
    owner: &'a Owner,
}

/// The line of a challenge that is about to be presented.
pub(super) fn line(
    challenge: &Challenge,
    program: &UserProgram,
    at: &str,
    owner: &Owner,
) -> String {
    with_checksum(&ChallengeLine {
        challenge: &challenge.record().into(),
        program: &program.path.to_string_lossy(),
        raw: program.raw,
        double_dash: program.double_dash,
        batch: program.batch,
        at,
        owner,
    })
}

/// The line that says what the program printed when it presented.
pub(super) fn presented_line(key: &Key, output: &str) -> String {
    with_checksum(&json!({PRESENTED: key, OUTPUT: output}))
}

/// The line that says more of the process that presented the challenges before it.
pub(super) fn owner_line(owner: &Owner) -> String {
    with_checksum(&json!({OWNER: owner}))
}

/// The line that says that a challenge was removed.
pub(super) fn removed_line(key: &Key) -> String {
    with_checksum(&json!({REMOVED: key}))
}

/// Reads a file, of which a line that cannot be read costs itself only.
pub(super) fn read(id: &str, text: &[u8]) -> Contents {
    let mut entries: Vec<(Key, Entry)> = Vec::new();
    let mut unreadable = Vec::new();
    for (index, text) in text.split(|byte| *byte == b'\n').enumerate() {
        match parse(id, text) {
            Ok(Some(line)) => apply(line, &mut entries),
            Ok(None) => {}
            Err(why) => unreadable.push(Unreadable {
                number: index + 1,
                why,
            }),
        }
    }
    Contents {
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        unreadable,
    }
}

fn apply(line: Line, entries: &mut Vec<(Key, Entry)>) {
    match line {
        Line::Challenge(entry) => entries.push((entry.key(), *entry)),
        Line::Removed(removed) => entries.retain(|(key, _)| *key != removed),
        Line::Presented(presented, output) => {
            let present = Presented {
                output: Some(output),
                ..Presented::default()
            };
            for (_, entry) in entries.iter_mut().filter(|(key, _)| *key == presented) {
                entry.challenge.set(&PRESENT, present.clone());
                entry.is_call_over = true;
            }
        }
        Line::Owner(owner) => {
            for (_, entry) in entries {
                entry.owner = owner.clone();
                entry.is_call_over = true;
            }
        }
    }
}

/// Whether every line of a file can be read, and every challenge of it has been removed. It reads a line at a time and
/// keeps keys alone, so that a large file takes little memory.
///
/// # Errors
/// The system reports an error.
pub(super) fn is_all_removed(file: impl BufRead) -> io::Result<bool> {
    let mut remaining: HashSet<Key> = HashSet::new();
    for line in file.split(b'\n') {
        match parse("", &line?) {
            Ok(Some(Line::Challenge(entry))) => {
                remaining.insert(entry.key());
            }
            Ok(Some(Line::Removed(removed))) => {
                remaining.remove(&removed);
            }
            Ok(_) => {}
            Err(_) => return Ok(false),
        }
    }
    Ok(remaining.is_empty())
}

/// Reads a line of the file `id`; nothing where it is empty. An error says what is wrong with it.
fn parse(id: &str, text: &[u8]) -> Result<Option<Line>, String> {
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    let line = Members::read(text)?;
    let line = match [CHALLENGE, PRESENTED, REMOVED]
        .into_iter()
        .find(|name| line.has(name))
    {
        Some(CHALLENGE) => Line::Challenge(Box::new(entry(id, &line)?)),
        Some(PRESENTED) => Line::Presented(line.required(PRESENTED)?, line.required(OUTPUT)?),
        Some(_) => Line::Removed(line.required(REMOVED)?),
        // One with a program is a challenge's, whose challenge is lost.
        None if line.has(PROGRAM) => return Err(missing(CHALLENGE)),
        None => Line::Owner(line.required(OWNER)?),
    };
    Ok(Some(line))
}

fn entry(id: &str, line: &Members<'_>) -> Result<Entry, String> {
    let challenge: Object = line.required(CHALLENGE)?;
    let _: String = value::required(&challenge, FQDN.name).map_err(|problem| problem.detail)?;
    Ok(Entry {
        id: id.to_owned(),
        challenge: challenge.into(),
        program: line.required(PROGRAM)?,
        raw: line.required("raw")?,
        double_dash: line.required("double_dash")?,
        // Files of earlier versions do not say.
        batch: line.optional("batch")?.unwrap_or(false),
        at: line.required("at")?,
        owner: line.required(OWNER)?,
        is_call_over: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::catalogue::challenge::{STATUS, VALUE};

    /// As versions wrote it that knew neither batches nor sessions.
    const EARLIER: &str = r#"{"challenge":{"fqdn":"a.","value":"1"},"program":"/x","raw":false,"double_dash":true,"at":"2024-01-01T00:00:00Z","owner":{"group":7,"parent":6,"started":12.5,"boot":"b","piped":true,"run":null}}"#;
    const LATER: &str = r#"{"challenge":{"fqdn":"a.","value":"2","token":"t"},"program":"/y","raw":true,"double_dash":false,"batch":true,"at":"2024-01-01T00:00:00Z","owner":{"pid":8,"group":7,"parent":6,"session":5,"namespace":"n","started":12.5,"boot":"b","piped":false,"run":"r","upstream":{"pipes":[],"presents":[],"cleanups":[],"is_open":false,"is_held":false},"downstream":{"pipes":["1:2"],"presents":[],"cleanups":["9-1"],"is_open":true,"is_held":false},"new":1},"new":1}"#;

    fn values(entries: &[Entry]) -> String {
        let value = |entry: &Entry| entry.challenge.value().unwrap().unwrap_or_default();
        entries.iter().map(value).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_not_removed_remains() {
        let removed =
            |value: &str, token: &str| format!(r#"{{"removed":[null,"a.",{value},{token}]}}"#);
        let (one, two) = (removed(r#""1""#, "null"), removed(r#""2""#, r#""t""#));
        let other = removed(r#""3""#, r#""t""#);
        // The same record, under another name before its CNAMEs.
        let same = r#"{"removed":["A","b.","2",null]}"#.to_owned();
        for (lines, expected) in [
            (vec![], ""),
            (vec![EARLIER], "1"),
            (vec![EARLIER, LATER], "1 2"),
            (vec![EARLIER, LATER, &one], "2"),
            (vec![EARLIER, LATER, &two], "1"),
            (vec![EARLIER, LATER, &other], "1 2"),
            (vec![EARLIER, LATER, &same], "1"),
            (vec![EARLIER, LATER, &one, &two], ""),
            (vec![EARLIER, &one, EARLIER], "1"),
            (vec![EARLIER, "", " ", &one], ""),
        ] {
            let text = lines.join("\n");
            let contents = read("id", text.as_bytes());
            assert_eq!(contents.unreadable, [], "{text}");
            assert_eq!(values(&contents.entries), expected, "{text}");
            let all_removed = is_all_removed(text.as_bytes()).unwrap();
            assert_eq!(all_removed, expected.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_costs_itself_only() {
        let removed = r#"{"removed":[null,"a.","1",null]}"#;
        let without = |what: &str| EARLIER.replace(what, "");
        let whole = with_checksum(&json!({"removed": [null, "a.", "1", null]}));
        for (bad, why) in [
            (EARLIER[..EARLIER.len() - 1].to_owned(), "it is cut off"),
            (removed[..20].to_owned(), "it is cut off"),
            ("null".to_owned(), "it is no JSON object"),
            ("[1]".to_owned(), "it is no JSON object"),
            (removed.replace('[', ""), "it is no JSON from column "),
            ("{}".to_owned(), "member `owner` is missing"),
            (
                r#"{"removed":null}"#.to_owned(),
                "member `removed` is missing",
            ),
            (
                r#"{"removed":7}"#.to_owned(),
                "member `removed`: invalid type: integer `7`, expected tuple struct Key",
            ),
            (
                r#"{"presented":[null,"a.","1",null]}"#.to_owned(),
                "member `output` is missing",
            ),
            // It cannot be called back, and nothing of it is to be forgotten.
            (without(r#""program":"/x","#), "member `program` is missing"),
            (without(r#""fqdn":"a.","#), "member `fqdn` is missing"),
            (without("challenge"), "member `challenge` is missing"),
            (whole.replace(r#""1""#, r#""2""#), "its checksum is wrong"),
        ] {
            let text = format!("{EARLIER}\n\n{bad}\n{LATER}\n");
            let Contents {
                entries,
                unreadable,
            } = read("id", text.as_bytes());
            assert_eq!(values(&entries), "1 2", "{bad}");
            assert_eq!(unreadable.len(), 1, "{bad}");
            assert_eq!(unreadable[0].number, 3, "{bad}");
            assert!(unreadable[0].why.starts_with(why), "{bad}: {unreadable:?}");
            // Its file stays, whatever is removed.
            assert!(!is_all_removed(bad.as_bytes()).unwrap(), "{bad}");
        }
    }

    /// A file with three challenges and a line that says more of their owner.
    fn whole_file() -> Vec<u8> {
        let known = read("id", LATER.as_bytes()).entries.remove(0);
        let program = known.user_program(Duration::ZERO);
        let mut challenge = known.challenge.clone();
        let lines = ["1", "2", "3"].map(|value| {
            challenge.set(&VALUE, value);
            line(&challenge, &program, &known.at, &known.owner)
        });
        let owner = owner_line(&known.owner);
        format!("{}\n{owner}\n", lines.join("\n")).into_bytes()
    }

    #[test]
    fn of_a_damaged_file_all_entries_are_found_or_a_line_is_named_and_the_file_stays() {
        let whole = whole_file();
        // A generator of Lehmer's: the same bytes in each run.
        let mut state = 7_u64;
        let mut random = |limit: usize| {
            state = state * 48_271 % 0x7fff_ffff;
            state as usize % limit
        };
        for _ in 0..3000 {
            let mut text = whole.clone();
            for _ in 0..=random(3) {
                let (at, byte) = (random(text.len()), random(256) as u8);
                match random(3) {
                    0 => text.insert(at, byte),
                    1 => drop(text.remove(at)),
                    _ => text[at] = byte,
                }
            }
            let found = read("id", &text);
            let shown = String::from_utf8_lossy(&text);
            let is_known = values(&found.entries) == "1 2 3";
            assert!(is_known || !found.unreadable.is_empty(), "{shown}");
            assert!(!is_all_removed(&*text).unwrap(), "{shown}");
        }
    }

    #[test]
    fn a_file_that_was_cut_within_a_line_is_known_to_be_and_stays() {
        let whole = whole_file();
        for length in 1..whole.len() {
            let text = &whole[..length];
            let is_whole_line = whole[length - 1] == b'\n' || whole[length] == b'\n';
            let Contents { unreadable, .. } = read("id", text);
            assert_eq!(unreadable.is_empty(), is_whole_line, "{length}");
            assert!(!is_all_removed(text).unwrap(), "{length}");
        }
    }

    #[test]
    fn lines_of_earlier_and_later_versions_are_read() {
        let entries = read("id", format!("{EARLIER}\n{LATER}\n").as_bytes()).entries;
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
        let expected = LATER.replace(r#","new":1"#, "");
        assert!(
            written.starts_with(&expected[..expected.len() - 1]),
            "{written}"
        );
    }

    #[test]
    fn a_later_line_says_more_of_the_owner() {
        let owner = read("id", LATER.as_bytes()).entries[0].owner.clone();
        assert_ne!(read("id", EARLIER.as_bytes()).entries[0].owner, owner);
        let lines = format!("{EARLIER}\n{}\n", owner_line(&owner));
        let entries = read("id", lines.as_bytes()).entries;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].owner, owner);
        // A line with a challenge that cannot be read tells of that alone.
        let unreadable = LATER.replace(r#""program":"/y","#, "");
        let entries = read("id", format!("{EARLIER}\n{unreadable}\n").as_bytes()).entries;
        assert_ne!(entries[0].owner, owner);
    }

    #[test]
    fn a_document_says_how_its_challenge_was_presented() {
        let line = LATER
            .replace("00:00:00Z", "00:00:00.5Z")
            .replace(r#""token":"t""#, r#""token":"t","error":{}"#);
        let key = read("id", line.as_bytes()).entries[0].key();
        let text = [line, presented_line(&key, "record 7")].join("\n");
        let described = read("id", text.as_bytes()).entries[0].described();
        let expected = json!({
            "fqdn": "a.", "value": "2", "token": "t",
            "present": {"program": "/y", "at": "2024-01-01T00:00:00Z", "output": "record 7", "journal": "id", "batch": true},
        });
        assert_eq!(json!(Object::from(described)), expected);
    }

    #[test]
    fn what_the_program_printed_comes_with_its_challenge() {
        let key = read("id", LATER.as_bytes()).entries[0].key();
        let lines = [
            EARLIER.to_owned(),
            LATER.to_owned(),
            presented_line(&key, "record 7"),
        ];
        let entries = read("id", lines.join("\n").as_bytes()).entries;
        assert!(!entries[0].challenge.is_presented());
        assert_eq!(
            entries[1].challenge.members()["present"],
            json!({"output": "record 7"})
        );
        let removed = json!({"removed": [null, "a.", "2", "t"]});
        assert_eq!(removed_line(&key), with_checksum(&removed));
        let presented = json!({"presented": [null, "a.", "2", "t"], "output": "record 7"});
        assert_eq!(lines[2], with_checksum(&presented));
    }
}
