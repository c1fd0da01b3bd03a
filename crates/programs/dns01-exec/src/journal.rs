//! The journal: what is about to be presented and has not been removed, for when no `cleanup` comes: SIGKILL, a
//! crash, power loss.
//!
//! One file per document, written whole and synced before its first record is presented, so that many runs keep
//! theirs side by side. A line per challenge; `cleanup` appends a line for each that it removed, and the file goes
//! with the last.

use crate::owner::Owner;
use crate::protocol::{Challenge, UserProgram};
use pipeline::{Failure, OF_A_RECORD, Object, Value, message, value};
use rustix::fs::{FlockOperation, OFlags, flock};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A larger file is none of ours.
const LARGEST: u64 = 64 << 20;
/// Where records that were presented are remembered.
pub(crate) struct Journal {
    directory: PathBuf,
}

/// A challenge that was about to be presented.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The file that it stands in, without its ending.
    pub(crate) id: String,
    /// The challenge as it was then.
    pub(crate) challenge: Object,
    pub(crate) program: PathBuf,
    pub(crate) raw: bool,
    pub(crate) double_dash: bool,
    pub(crate) batch: bool,
    pub(crate) at: String,
    pub(crate) owner: Owner,
}

impl Entry {
    /// How to call the program again.
    pub(crate) fn user_program(&self, time_limit: Duration) -> UserProgram {
        UserProgram {
            path: self.program.clone(),
            raw: self.raw,
            double_dash: self.double_dash,
            batch: self.batch,
            time_limit,
        }
    }

    /// What tells it apart within its file.
    pub(crate) fn key(&self) -> Value {
        key(&self.challenge)
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

impl Journal {
    /// The journal below this directory.
    pub(crate) fn below(state_directory: &Path) -> Journal {
        Journal {
            directory: state_directory.join("journal"),
        }
    }

    /// Remembers challenges that are about to be presented, on disk when it returns, and returns under which name.
    ///
    /// # Errors
    /// `acmepipe:journal`: nothing may be presented then.
    pub(crate) fn record(
        &self,
        challenges: impl Iterator<Item = Object>,
        program: &UserProgram,
    ) -> Result<String, Failure> {
        let owner = json!(Owner::this_process());
        let entries = challenges.map(|challenge| {
            let kept = OF_A_RECORD
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), challenge.get(*name)?.clone())));
            json!({
                "challenge": kept.collect::<Object>(),
                "program": program.path.to_string_lossy(),
                "raw": program.raw,
                "double_dash": program.double_dash,
                "batch": program.batch,
                "at": value::now(),
                "owner": owner,
            })
        });
        self.write(entries).map_err(|error| {
            Failure::new(
                "acmepipe:journal",
                format!(
                    "cannot write the journal in {}: {error}",
                    self.directory.display()
                ),
            )
            .hint("nothing was presented: without its journal, a record could stay behind unseen")
        })
    }

    fn write(&self, entries: impl Iterator<Item = Value>) -> io::Result<String> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let mut file = tempfile::Builder::new()
            .prefix("new-")
            .rand_bytes(12)
            .tempfile_in(&self.directory)?;
        let mut size = 0;
        for entry in entries {
            let line = format!("{entry}\n");
            size += line.len() as u64;
            // Twice the room, since what is printed and removed comes to stand there too.
            if size > LARGEST / 2 {
                return Err(io::Error::other(format!(
                    "the challenges of one document take more than {} MiB in it",
                    LARGEST >> 21
                )));
            }
            file.write_all(line.as_bytes())?;
        }
        file.as_file().sync_all()?;
        let name = file
            .path()
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let id = name.replacen("new-", "", 1);
        let path = self.path(&id);
        file.persist_noclobber(path)?;
        File::open(&self.directory)?.sync_all()?;
        Ok(id)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.jsonl"))
    }

    /// Forgets challenges by their keys, since they were removed. What the journal does not know is none of its
    /// business: it may have been presented on another machine.
    ///
    /// # Errors
    /// Where the file cannot be changed; the challenges will be removed once more by a later clean-up then.
    pub(crate) fn forget(&self, id: &str, keys: Vec<Value>) -> io::Result<()> {
        let lines = keys.into_iter().map(|key| json!({"removed": key}));
        let Some(mut file) = self.append(id, lines)? else {
            return Ok(());
        };
        file.seek(SeekFrom::Start(0))?;
        if is_done(&file)? {
            fs::remove_file(self.path(id))?;
        }
        Ok(())
    }

    /// Forgets records in whatever files they stand, since they were removed: an earlier try, or one by name and value
    /// alone, may have presented the same.
    ///
    /// # Errors
    /// As [`Journal::forget`].
    pub(crate) fn forget_everywhere(&self, removed: &[Challenge]) -> io::Result<()> {
        let keys: HashSet<_> = removed.iter().map(Challenge::key).collect();
        let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for entry in self.entries()? {
            if Challenge::read(&entry.challenge).is_ok_and(|known| keys.contains(&known.key())) {
                files.entry(entry.id.clone()).or_default().push(entry.key());
            }
        }
        let forget = |(id, keys): (String, Vec<Value>)| self.forget(&id, keys);
        files.into_iter().try_for_each(forget)
    }

    /// What is known of the record that a challenge names.
    ///
    /// # Errors
    /// As [`Journal::entries`].
    pub(crate) fn find(&self, named: &Challenge) -> io::Result<Option<Entry>> {
        let entries = self.entries()?;
        let find = |same: fn(&Challenge, &Challenge) -> bool| {
            let is_it = |entry: &&Entry| {
                Challenge::read(&entry.challenge).is_ok_and(|known| same(&known, named))
            };
            entries.iter().rev().find(is_it).cloned()
        };
        Ok(find(|known, named| known.key() == named.key()).or_else(|| find(Challenge::names_same)))
    }

    /// Keeps what the program printed when it presented: it may need that to remove the record.
    ///
    /// # Errors
    /// Where the file cannot be changed.
    pub(crate) fn keep_output(&self, id: &str, key: Value, output: &str) -> io::Result<()> {
        let line = json!({"presented": key, "output": output});
        self.append(id, [line]).map(drop)
    }

    /// Adds lines to a file, if it is there, and returns it, locked.
    fn append(&self, id: &str, lines: impl IntoIterator<Item = Value>) -> io::Result<Option<File>> {
        if !is_id(id) {
            return Ok(None);
        }
        let mut file = match File::options().read(true).append(true).open(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        flock(&file, FlockOperation::LockExclusive)?;
        let lines: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
        // A line that an earlier write did not end, on a disk that was full, costs itself only.
        let broken = match file.seek(SeekFrom::End(-1)) {
            Ok(_) => {
                let mut last = [0];
                file.read_exact(&mut last)?;
                last != *b"\n"
            }
            Err(_) => false,
        };
        let lines = if broken { format!("\n{lines}") } else { lines };
        file.write_all(lines.as_bytes())?;
        Ok(Some(file))
    }

    /// All that was presented and not removed.
    ///
    /// # Errors
    /// Where the directory is there and cannot be read, or a file therein is not what we write.
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
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            if path.extension().is_none_or(|ending| ending != "jsonl") || !is_id(stem) {
                continue;
            }
            match open(&path).and_then(|mut file| read(&mut file)) {
                Ok(text) => entries.extend(left(stem, &text)),
                // Its last record was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // The others are as good as before.
                Err(error) => message::complain(&format!("{}: {error}", path.display())),
            }
        }
        entries.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(entries)
    }
}

/// Names of journal files come back in documents, and must not lead elsewhere.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Opens a file of the journal; what is no file is none, and not waited for.
fn open(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a file"))
    }
}

fn check_size(file: &File) -> io::Result<()> {
    if file.metadata()?.size() > LARGEST {
        return Err(io::Error::other(
            "a file of the journal is larger than 64 MiB",
        ));
    }
    Ok(())
}

fn read(file: &mut File) -> io::Result<String> {
    check_size(file)?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    // A line that was cut off may end within a character.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The entries of a file that no later line removes. A line that was cut off by a crash counts for nothing: what
/// it stood for was not presented yet, or will be removed once more.
fn left(id: &str, text: &str) -> Vec<Entry> {
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
            entries.extend(entry(id, &line));
        }
    }
    entries
}

/// Whether every entry of a file has been removed: told by their keys alone, a line at a time.
fn is_done(file: &File) -> io::Result<bool> {
    check_size(file)?;
    let mut left: HashSet<String> = HashSet::new();
    for line in BufReader::new(file.take(LARGEST)).split(b'\n') {
        let Ok(line) = serde_json::from_slice::<Object>(&line?) else {
            continue;
        };
        let challenge = line.get("challenge").and_then(Value::as_object);
        if let Some(removed) = line.get("removed") {
            left.remove(&removed.to_string());
        } else if let Some(challenge) = challenge {
            left.insert(key(challenge).to_string());
        }
    }
    Ok(left.is_empty())
}

fn entry(id: &str, line: &Object) -> Option<Entry> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_goes_with_the_last_challenge_that_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::below(directory.path());
        let program = UserProgram {
            path: "/x".into(),
            raw: false,
            double_dash: false,
            batch: false,
            time_limit: Duration::ZERO,
        };
        let challenge = |value: &str| match json!({"fqdn": "a.", "value": value, "status": "pending"})
        {
            Value::Object(object) => object,
            _ => unreachable!(),
        };
        let (one, two) = (challenge("1"), challenge("2"));
        let both = [&one, &two].into_iter().cloned();
        let id = journal.record(both, &program).unwrap();
        assert_eq!(journal.entries().unwrap().len(), 2);
        journal.keep_output(&id, key(&two), "record 7").unwrap();
        journal.forget(&id, vec![key(&one)]).unwrap();
        let entries = journal.entries().unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].challenge["value"], "2");
        assert!(!entries[0].challenge.contains_key("status"));
        let known = Challenge::read(&entries[0].challenge).unwrap();
        assert_eq!(known.output.as_deref(), Some("record 7"));
        journal.forget_everywhere(&[known]).unwrap();
        assert_eq!(fs::read_dir(&journal.directory).unwrap().count(), 0);
        journal.forget(&id, vec![key(&two)]).unwrap();
        journal.forget("../../etc/passwd", vec![key(&two)]).unwrap();
    }
}
