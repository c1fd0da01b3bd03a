//! The journal's directory: writes, changes and reads its files.

use crate::journal::entry::{self, Entry, is_all_removed, presented_line, removed_line};
use crate::journal::owner::Owner;
use crate::journal::pipes::Pipes;
use crate::journal::this_process::this_process;
use crate::journal::waiting::may_call;
use crate::protocol::UserProgram;
use command::message;
use files::Lock;
use pipeline::{Challenge, Key, Problem, types, value};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// The largest file that is read, in bytes; this program writes none that is larger.
const LARGEST: u64 = 64 << 20;
/// The most that a document may take when it is presented, in bytes: what the programs print and what is removed is
/// added to the same file later.
const LARGEST_NEW: u64 = LARGEST / 2;
/// For how long it is known where the documents of this process go.
const JUST_NOW: Duration = Duration::from_millis(50);
/// How the names of its files end.
const SUFFIX: &str = ".jsonl";

/// The journal of one state directory.
pub(crate) struct Journal {
    state_directory: PathBuf,
    directory: PathBuf,
    /// This process.
    owner: Mutex<Option<Owner>>,
    /// When it was looked last where its documents go.
    looked: Mutex<Option<Instant>>,
    index: Mutex<Index>,
    /// Whether what others left unfinished was removed.
    tidied: Once,
    /// What was said to be unreadable.
    told: Mutex<HashSet<String>>,
    /// Whether a record that was removed could not be taken out of it.
    pub(crate) is_out_of_date: AtomicBool,
}

/// What the journal knows.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// All that was presented and not removed, the oldest first.
    pub(crate) entries: Vec<Entry>,
    /// What cannot be read, each a file or a line of one, and why.
    pub(crate) unreadable: Vec<String>,
}

/// Which files have which records.
#[derive(Default)]
struct Index {
    /// The files that are in it.
    read: HashSet<String>,
    files: HashMap<Key, Vec<String>>,
    /// Those that have a record of this name, after its CNAMEs or before them.
    names: HashMap<String, BTreeSet<String>>,
}

impl Journal {
    /// The words that have a program that a person runs find this journal; see [`command::path_words`].
    pub(crate) fn path_words(&self) -> String {
        command::path_words(&self.state_directory)
    }

    /// The journal below this directory.
    pub(crate) fn below(state_directory: &Path) -> Journal {
        Journal {
            state_directory: state_directory.to_owned(),
            directory: state_directory.join("journal"),
            owner: Mutex::default(),
            looked: Mutex::default(),
            index: Mutex::default(),
            tidied: Once::new(),
            told: Mutex::default(),
            is_out_of_date: AtomicBool::new(false),
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
        let (owner, at) = (self.owner(), value::to_the_millisecond(SystemTime::now()));
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
        let owner = self.look_at_pipes();
        self.append(id, [entry::owner_line(&owner)]).map(drop)
    }

    /// Looks, unless that was done just now: documents that were presented in one call end at the same time.
    fn look_at_pipes(&self) -> Owner {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_none_or(|at| at.elapsed() > JUST_NOW) {
            let pipes = Pipes::now();
            let mut owner = this_process(&pipes);
            owner.downstream = owner.downstream.with_holders(&pipes);
            *self.owner.lock().unwrap_or_else(PoisonError::into_inner) = Some(owner);
            *looked = Some(Instant::now());
        }
        self.owner()
    }

    /// This process, as far as it is known where its documents go.
    fn owner(&self) -> Owner {
        let mut known = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = known.get_or_insert_with(|| this_process(&Pipes::default()));
        owner.clone()
    }

    /// Removes files that a `present` left unfinished which was killed while it wrote: it had presented nothing of them.
    pub(crate) fn remove_unfinished(&self) {
        let is_trusted = files::trust_below(&self.state_directory, &self.directory);
        // One that cannot be removed is only litter.
        let _ = is_trusted.and_then(|()| files::remove_unfinished(&self.directory));
    }

    fn write(&self, lines: impl Iterator<Item = String>) -> io::Result<String> {
        files::make_trusted_dir(&self.state_directory, &self.directory)?;
        self.tidied.call_once(|| self.remove_unfinished());
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
            match fs::remove_file(self.path(id)) {
                // Another thread or process removed its last record at the same time.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// The entries of these records in other files than `own` whose call is over: an earlier try, or one by name and value alone, may
    /// have presented the same. A record whose call is still to come is there after the one that is removed now.
    ///
    /// # Errors
    /// As [`Journal::in_other_files`].
    pub(crate) fn copies(
        &self,
        records: &HashSet<Key>,
        own: &HashSet<String>,
    ) -> io::Result<Vec<Entry>> {
        let mut copies = self.in_other_files(records, own)?;
        copies.retain(|one| one.is_call_over || !may_call(&one.owner));
        Ok(copies)
    }

    /// The entries of these records that are in other files than `own`.
    ///
    /// # Errors
    /// The system reports an error: the directory or a file cannot be read. Or somebody else can change them.
    pub(crate) fn in_other_files(
        &self,
        records: &HashSet<Key>,
        own: &HashSet<String>,
    ) -> io::Result<Vec<Entry>> {
        let entries = self.in_files(own, |index| {
            let files = records.iter().filter_map(|key| index.files.get(key));
            files.flatten().cloned().collect()
        });
        let mut entries = entries.map_err(|error| self.unreadable(&error))?;
        entries.retain(|one| records.contains(&one.key()));
        Ok(entries)
    }

    /// What the files have that the index tells of, but for `own`.
    fn in_files(
        &self,
        own: &HashSet<String>,
        which: impl FnOnce(&Index) -> BTreeSet<String>,
    ) -> io::Result<Vec<Entry>> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        self.bring_up_to_date(&mut index, own)?;
        let files = which(&index);
        drop(index);
        let mut entries = Vec::new();
        for id in files.into_iter().filter(|id| !own.contains(id)) {
            let text = match read_file(&self.path(&id)) {
                // Its last record was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text?,
            };
            entries.extend(entry::read(&id, &text).entries);
        }
        Ok(entries)
    }

    /// Adds the files that are new, but for `own`, which can wait until another document asks. A file gets no more challenges
    /// once it is there, so each is read once.
    fn bring_up_to_date(&self, index: &mut Index, own: &HashSet<String>) -> io::Result<()> {
        let files = files::trust_below(&self.state_directory, &self.directory)
            .and_then(|()| fs::read_dir(&self.directory));
        let files = match files {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            files => files?,
        };
        for file in files {
            let name = file?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            let is_new = |id: &&str| !index.read.contains(*id) && !own.contains(*id);
            let Some(id) = id.filter(|id| is_id(id)).filter(is_new) else {
                continue;
            };
            // What cannot be read is said where the journal is looked at.
            if let Ok(text) = read_file(&self.path(id)) {
                for entry in entry::read(id, &text).entries {
                    let key = entry.key();
                    for name in key.names() {
                        let files = index.names.entry(name).or_default();
                        files.insert(entry.id.clone());
                    }
                    index.files.entry(key).or_default().push(entry.id);
                }
            }
            index.read.insert(id.to_owned());
        }
        Ok(())
    }

    /// Appends lines to a file, and returns it locked; `None` where there is no such file, or it has lost all that it had: it stays
    /// then, to be said.
    fn append(
        &self,
        id: &str,
        lines: impl IntoIterator<Item = String>,
    ) -> io::Result<Option<Lock>> {
        if !is_id(id) {
            return Ok(None);
        }
        let mut options = File::options();
        options.read(true).append(true);
        let file = files::trust_below(&self.state_directory, &self.directory)
            .and_then(|()| files::open_trusted(&self.path(id), &mut options));
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let lock = Lock::wait(file)?;
        let mut file = lock.file();
        let length = file.metadata()?.len();
        if length == 0 {
            return Ok(None);
        }
        let lines: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
        // A power loss may have left a line unfinished: it must not swallow the next.
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
        file.write_all(lines.as_bytes()).inspect_err(|_| {
            // A full disk may have taken a part, of which nobody could make sense.
            let _ = file.set_len(length);
        })?;
        Ok(Some(lock))
    }

    /// Whether this file has the challenge, as far as it can be read: where it cannot, the record may be there.
    pub(crate) fn has(&self, id: &str, key: &Key) -> bool {
        match read_file(&self.path(id)) {
            Ok(text) => {
                let contents = entry::read(id, &text);
                let is_it = |entry: &Entry| entry.key() == *key;
                !contents.unreadable.is_empty() || contents.entries.iter().any(is_it)
            }
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// What these files have, as far as they can be read. What is none of its files has nothing.
    ///
    /// # Errors
    /// Somebody else can change the journal: its files name programs to run.
    pub(crate) fn entries_of(&self, ids: &BTreeSet<String>) -> io::Result<Vec<Entry>> {
        files::trust_below(&self.state_directory, &self.directory)?;
        let files = ids.iter().filter(|id| is_id(id));
        let read = |id: &String| {
            let text = read_file(&self.path(id)).ok()?;
            Some(entry::read(id, &text).entries)
        };
        Ok(files.filter_map(read).flatten().collect())
    }

    /// What is known of the record that a person names: the entries with this name after CNAMEs, the latest first, and then those
    /// with this name before them.
    ///
    /// # Errors
    /// As [`Journal::in_other_files`].
    pub(crate) fn find(&self, named: &Key) -> io::Result<Vec<Entry>> {
        let name = Key::plain(named.record_name());
        let entries = self.in_files(&HashSet::new(), |index| {
            index.names.get(&name).cloned().unwrap_or_default()
        });
        let entries = entries.map_err(|error| self.unreadable(&error))?;
        let (mut same, mut named): (Vec<Entry>, Vec<Entry>) = entries
            .into_iter()
            .filter(|entry| entry.key() == *named || entry.key().is_named(named))
            .partition(|entry| entry.key() == *named);
        for entries in [&mut same, &mut named] {
            // Of those of one moment, the last comes first.
            entries.reverse();
            entries.sort_by(|one, other| other.at.cmp(&one.at));
        }
        Ok([same, named].concat())
    }

    /// All that was presented and not removed, the oldest first. What cannot be read is said, once each: it need not
    /// concern whoever asks.
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let Contents {
            entries,
            unreadable,
        } = self.read()?;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for what in unreadable {
            if !told.contains(&what) {
                let path = self.path_words();
                message::warning(&format!("{what}; `dns01-exec list{path}` says what to do"));
                told.insert(what);
            }
        }
        Ok(entries)
    }

    /// What the journal knows, and what of it cannot be read.
    ///
    /// # Errors
    /// The system reports an error: the directory is there and cannot be read. Or somebody else can change it: its files
    /// name programs to run.
    pub(crate) fn read(&self) -> io::Result<Contents> {
        self.read_all().map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &io::Error) -> io::Error {
        let directory = self.directory.display();
        let why = format!("cannot read the journal in {directory}: {error}");
        io::Error::new(error.kind(), why)
    }

    fn read_all(&self) -> io::Result<Contents> {
        let mut contents = Contents::default();
        let files = files::trust_below(&self.state_directory, &self.directory)
            .and_then(|()| fs::read_dir(&self.directory));
        let files = match files {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(contents),
            files => files?,
        };
        for file in files {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            // One that is being written, or that a present which was killed has left.
            if name.is_some_and(files::is_unfinished) {
                continue;
            }
            let id = name.and_then(|name| name.strip_suffix(SUFFIX));
            let Some(id) = id.filter(|id| is_id(id)) else {
                contents.add_unreadable(&path, "this is no name of a file of the journal");
                continue;
            };
            match read_file(&path) {
                Ok(text) if text.is_empty() => contents.add_unreadable(&path, "it is empty"),
                Ok(text) => contents.add(&path, entry::read(id, &text)),
                // Its last record was removed meanwhile, unless it is a link that leads nowhere.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {}
                // The other files can still be read.
                Err(error) => contents.add_unreadable(&path, &error.to_string()),
            }
        }
        contents.entries.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(contents)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}{SUFFIX}"))
    }
}

impl Contents {
    fn add(&mut self, path: &Path, file: entry::Contents) {
        self.entries.extend(file.entries);
        for line in file.unreadable {
            let (number, why) = (line.number, line.why);
            self.add_unreadable(path, &format!("line {number} cannot be read: {why}"));
        }
    }

    fn add_unreadable(&mut self, path: &Path, why: &str) {
        // The system's words do not always name the file.
        let path = path.display().to_string();
        let names_it = why.starts_with(&path);
        self.unreadable.push(match names_it {
            true => why.to_owned(),
            false => format!("{path}: {why}"),
        });
    }
}

/// Reads a file of the journal. A line that a process is writing just then is waited for.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = files::open_trusted(path, File::options().read(true))?;
    let text = files::read_at_most(&file, LARGEST)?;
    if text.last().is_none_or(|last| *last == b'\n') {
        return Ok(text);
    }
    file.seek(SeekFrom::Start(0))?;
    let lock = Lock::wait_shared(file)?;
    files::read_at_most(lock.file(), LARGEST)
}

/// Whether this can be the name of a file here. Names come back in documents, and must not lead elsewhere.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
