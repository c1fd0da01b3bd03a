//! The journal's directory: writes, changes and reads its files.

use crate::journal::entry::{self, Entry, is_all_removed, presented_line, remaining, removed_line};
use crate::journal::owner::Owner;
use crate::journal::pipes::Pipes;
use crate::journal::this_process::this_process;
use crate::protocol::UserProgram;
use command::message;
use files::Lock;
use pipeline::{Challenge, Key, Problem, Value, types, value};
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The largest file that is read, in bytes; this program writes none that is larger.
const LARGEST: u64 = 64 << 20;
/// The most that a document may take when it is presented, in bytes: what the programs print and what is removed is
/// added to the same file later.
const LARGEST_NEW: u64 = LARGEST / 2;
/// How the names of its files end.
const SUFFIX: &str = ".jsonl";

/// The journal of one state directory.
pub(crate) struct Journal {
    directory: PathBuf,
    /// This process.
    owner: Mutex<Option<Owner>>,
}

impl Journal {
    /// The journal below this directory.
    pub(crate) fn below(state_directory: &Path) -> Journal {
        Journal {
            directory: state_directory.join("journal"),
            owner: Mutex::default(),
        }
    }

    /// Writes down challenges that are about to be presented; they are on disk when it returns the name of their file.
    ///
    /// # Errors
    /// `acmepipe:journal`: nothing may be presented then.
    pub(crate) fn record(
        &self,
        challenges: impl Iterator<Item = Challenge>,
        program: &UserProgram,
    ) -> Result<String, Problem> {
        let (owner, at) = (self.owner(), value::now());
        let lines = challenges.map(|challenge| entry::line(&challenge, program, &at, &owner));
        self.write(lines).map_err(|error| {
            let directory = self.directory.display();
            Problem::new(
                &types::JOURNAL,
                format!("cannot write the journal in {directory}: {error}"),
            )
            .hint(
                "Nothing was presented: without the journal, a record that nobody knows of could stay \
                 behind.",
            )
        })
    }

    /// Looks where the documents of this process go, and keeps that with the challenges of this file: later nobody may be
    /// left to tell. That is for after the calls, since a shell may still be starting programs when the first document is
    /// there, and a process that has just been forked does not have its pipes yet.
    ///
    /// # Errors
    /// The system reports an error: the file cannot be changed.
    pub(crate) fn keep_pipes(&self, id: &str) -> io::Result<()> {
        if !self.owner().downstream.is_open {
            return Ok(());
        }
        let pipes = Pipes::now();
        let mut owner = this_process(&pipes);
        owner.downstream = owner.downstream.with_holders(&pipes);
        *self.owner.lock().unwrap_or_else(PoisonError::into_inner) = Some(owner.clone());
        self.append(id, [entry::owner_line(&owner)]).map(drop)
    }

    /// This process, as far as it is known where its documents go.
    fn owner(&self) -> Owner {
        let mut known = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = known.get_or_insert_with(|| this_process(&Pipes::default()));
        owner.clone()
    }

    fn write(&self, lines: impl Iterator<Item = Value>) -> io::Result<String> {
        files::create_private_dir(&self.directory)?;
        files::write_unique(&self.directory, SUFFIX, |file| {
            let mut size = 0;
            for line in lines {
                let line = format!("{line}\n");
                size += line.len() as u64;
                if size > LARGEST_NEW {
                    return Err(io::Error::other(format!(
                        "the challenges of one document take more than {} MiB in it",
                        LARGEST_NEW >> 20
                    )));
                }
                file.write_all(line.as_bytes())?;
            }
            Ok(())
        })
    }

    /// Keeps what the program printed when it presented: it may need that to remove the record.
    ///
    /// # Errors
    /// The system reports an error: the file cannot be changed.
    pub(crate) fn keep_output(&self, id: &str, key: &Key, output: &str) -> io::Result<()> {
        self.append(id, [presented_line(key, output)]).map(drop)
    }

    /// Forgets challenges of a file by their keys, since they were removed. The journal need not know the file: the
    /// record may have been presented on another machine.
    ///
    /// # Errors
    /// The system reports an error: the file cannot be changed, and a later cleanup will remove the challenges once more.
    pub(crate) fn forget(&self, id: &str, keys: &[Key]) -> io::Result<()> {
        let Some(lock) = self.append(id, keys.iter().map(removed_line))? else {
            return Ok(());
        };
        let mut file = lock.file();
        if file.metadata()?.len() > LARGEST {
            return Err(io::Error::other(format!(
                "the journal's file {id} is larger than {} MiB",
                LARGEST >> 20
            )));
        }
        file.seek(SeekFrom::Start(0))?;
        if is_all_removed(BufReader::new(file.take(LARGEST)))? {
            fs::remove_file(self.path(id))?;
        }
        Ok(())
    }

    /// Forgets removed records in all files that have them: an earlier try, or one by name and value alone, may have
    /// presented the same.
    ///
    /// # Errors
    /// As [`Journal::forget`].
    pub(crate) fn forget_everywhere(&self, removed: &HashSet<Key>) -> io::Result<()> {
        let mut files: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for entry in self.entries()? {
            let key = entry.key();
            if removed.contains(&key) {
                files.entry(entry.id).or_default().push(key);
            }
        }
        files
            .iter()
            .try_for_each(|(id, keys)| self.forget(id, keys))
    }

    /// Appends lines to a file, and returns it locked; `None` where there is no such file.
    fn append(&self, id: &str, lines: impl IntoIterator<Item = Value>) -> io::Result<Option<Lock>> {
        if !is_id(id) {
            return Ok(None);
        }
        let file = match File::options().read(true).append(true).open(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let lock = Lock::wait(file)?;
        let mut file = lock.file();
        let lines: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
        // An earlier write may have left a line unfinished on a full disk: it must not swallow the next.
        let is_cut_off = match file.seek(SeekFrom::End(-1)) {
            Ok(_) => {
                let mut last = [0];
                file.read_exact(&mut last)?;
                last != *b"\n"
            }
            Err(_) => false,
        };
        let lines = if is_cut_off {
            format!("\n{lines}")
        } else {
            lines
        };
        file.write_all(lines.as_bytes())?;
        Ok(Some(lock))
    }

    /// Whether this file has the challenge, as far as it can be read: where it cannot, the record may be there.
    pub(crate) fn has(&self, id: &str, key: &Key) -> bool {
        match files::read_bounded(&self.path(id), LARGEST) {
            Ok(bytes) => {
                let entries = remaining(id, &String::from_utf8_lossy(&bytes));
                entries.iter().any(|entry| entry.key() == *key)
            }
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// What is known of the record that a person names: the latest entry with this name after CNAMEs, else with this name
    /// before them.
    ///
    /// # Errors
    /// As [`Journal::entries`].
    pub(crate) fn find(&self, named: &Key) -> io::Result<Option<Entry>> {
        let entries = self.entries()?;
        let find = |is_it: fn(&Key, &Key) -> bool| {
            let mut latest = entries.iter().rev();
            latest.find(|entry| is_it(&entry.key(), named)).cloned()
        };
        let is_called =
            |known: &Key, named: &Key| known.is_called(named.record_name(), named.value());
        Ok(find(Key::eq).or_else(|| find(is_called)))
    }

    /// All that was presented and not removed, the oldest first. A file that cannot be read is reported on standard
    /// error.
    ///
    /// # Errors
    /// The system reports an error: the directory is there and cannot be read.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        self.read_all().map_err(|error| {
            let directory = self.directory.display();
            io::Error::new(
                error.kind(),
                format!("cannot read the journal in {directory}: {error}"),
            )
        })
    }

    fn read_all(&self) -> io::Result<Vec<Entry>> {
        let files = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut entries = Vec::new();
        for file in files {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let id = name.and_then(|name| name.strip_suffix(SUFFIX));
            let Some(id) = id.filter(|id| is_id(id)) else {
                continue;
            };
            match files::read_bounded(&path, LARGEST) {
                // A line that was cut off may end within a character.
                Ok(bytes) => entries.extend(remaining(id, &String::from_utf8_lossy(&bytes))),
                // Its last record was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // The other files can still be read.
                Err(error) => message::error(&format!("{}: {error}", path.display())),
            }
        }
        entries.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(entries)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}{SUFFIX}"))
    }
}

/// Whether this can be the name of a file here. Names come back in documents, and must not lead elsewhere.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn program() -> UserProgram {
        UserProgram {
            path: "/x".into(),
            raw: false,
            double_dash: false,
            batch: false,
            time_limit: Duration::ZERO,
        }
    }

    fn challenge(value: Value) -> Challenge {
        value.as_object().expect("an object").clone().into()
    }

    #[test]
    fn the_file_goes_with_the_last_challenge_that_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        let pending =
            |value: &str| challenge(json!({"fqdn": "a.", "value": value, "status": "pending"}));
        let (one, two) = (pending("1"), pending("2"));
        let both = [&one, &two].into_iter().cloned();
        let id = journal.record(both, &program()).unwrap();
        assert_eq!(journal.entries().unwrap().len(), 2);
        journal.keep_output(&id, &two.key(), "record 7").unwrap();
        journal.forget(&id, &[one.key()]).unwrap();
        let entries = journal.entries().unwrap();
        assert_eq!(entries.len(), 1);
        assert!(journal.has(&id, &two.key()) && !journal.has(&id, &one.key()));
        let known = &entries[0].challenge;
        let expected = json!({"fqdn": "a.", "value": "2", "present": {"output": "record 7"}});
        assert_eq!(*known, challenge(expected));
        journal
            .forget_everywhere(&HashSet::from([known.key()]))
            .unwrap();
        assert_eq!(fs::read_dir(&journal.directory).unwrap().count(), 0);
        assert!(!journal.has(&id, &two.key()));
        journal.forget(&id, &[two.key()]).unwrap();
    }

    #[test]
    fn a_name_from_a_document_leads_to_no_other_file() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        journal.record([].into_iter(), &program()).unwrap();
        let outside = directory.path().join("outside.jsonl");
        fs::write(&outside, "").unwrap();
        let longest = "x".repeat(64);
        fs::write(journal.path(&longest), "").unwrap();
        for id in ["../outside", "", "a/b", "a.b", &"x".repeat(65)] {
            journal.forget(id, &[Challenge::default().key()]).unwrap();
        }
        assert_eq!(fs::read(&outside).unwrap(), b"");
        journal.forget(&longest, &[]).unwrap();
        assert!(!journal.path(&longest).exists());
    }

    #[test]
    fn a_journal_that_is_not_there_is_empty_and_one_that_cannot_be_read_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        assert_eq!(journal.entries().unwrap().len(), 0);
        fs::write(&journal.directory, "in the way").unwrap();
        let error = journal.entries().unwrap_err().to_string();
        assert!(error.starts_with("cannot read the journal in "), "{error}");
        let problem = journal.record([].into_iter(), &program()).unwrap_err();
        assert_eq!(problem.kind, "acmepipe:journal");
        let error = journal.forget("a", &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }

    #[test]
    fn a_line_that_was_cut_off_costs_itself_only() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        let challenge = challenge(json!({"fqdn": "a.", "value": "1"}));
        let id = journal
            .record([challenge.clone()].into_iter(), &program())
            .unwrap();
        let mut file = File::options()
            .append(true)
            .open(journal.path(&id))
            .unwrap();
        file.write_all(b"{\"presented\":[\"\xc3").unwrap();
        journal
            .keep_output(&id, &challenge.key(), "record 7")
            .unwrap();
        let entries = journal.entries().unwrap();
        let output = entries[0].challenge.presented().unwrap().output;
        assert_eq!(output.as_deref(), Some("record 7"));
    }

    #[test]
    fn a_record_is_found_by_its_name_after_cnames_before_that_before_them() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        let challenges = [
            json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "1", "zone": "one."}),
            json!({"fqdn": "b.test.", "value": "1", "zone": "two."}),
            json!({"fqdn": "c.test.", "effective_fqdn": "d.test.", "value": "1", "zone": "three."}),
        ];
        journal
            .record(challenges.into_iter().map(challenge), &program())
            .unwrap();
        for (fqdn, value, expected) in [
            ("a.test.", "1", Some("one.")),
            ("b.test.", "1", Some("two.")),
            ("c.test.", "1", Some("three.")),
            ("d.test.", "1", Some("three.")),
            ("D.test", "1", Some("three.")),
            ("d.test.", "2", None),
            ("e.test.", "1", None),
        ] {
            let named = challenge(json!({"fqdn": fqdn, "value": value}));
            let found = journal.find(&named.key()).unwrap();
            let zone = found.map(|entry| entry.challenge.zone().unwrap().unwrap().to_string());
            assert_eq!(zone.as_deref(), expected, "{fqdn} {value}");
        }
    }
}
