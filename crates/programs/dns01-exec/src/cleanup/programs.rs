//! Which program removes a record: the one that is named, or else the one that presented it. The journal says which that
//! was; a document may say anything, and is not believed.

use crate::journal::{Call, Entry, Journal, in_use};
use crate::options::Config;
use crate::protocol::UserProgram;
use dns01_exec::MOST_JOBS;
use pipeline::{Challenge, Key, Presented, Problem, types};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The programs that remove the records of a document.
pub(super) struct Programs<'a> {
    config: &'a Config,
    /// The one that is named.
    named: Option<UserProgram>,
    /// The one that is named is to remove what others presented, too: it presented nothing of that itself.
    gives_up: bool,
    /// What the one that is named is called with, by key.
    calls: HashMap<Key, Call>,
    /// Where none is: what the files of the journal have that the document names, by file and key.
    known: HashMap<(String, Key), Entry>,
    /// Where these do not have a challenge any more: what other files have of the same record by the same program, but for what
    /// living runs may need.
    others: io::Result<Vec<Entry>>,
}

impl Programs<'_> {
    /// Those for these challenges of a document.
    pub(super) fn of<'a>(
        challenges: impl Iterator<Item = &'a Challenge>,
        config: &'a Config,
    ) -> Programs<'a> {
        let challenges: Vec<&Challenge> = challenges.collect();
        let keys: Vec<Key> = challenges.iter().map(|one| one.key()).collect();
        let presented: Vec<Option<Presented>> =
            challenges.iter().map(|one| one.presented()).collect();
        let mut programs = Programs {
            config,
            named: None,
            gives_up: false,
            calls: HashMap::new(),
            known: HashMap::new(),
            others: Ok(Vec::new()),
        };
        if config.is_program_named() {
            let named = as_presented(&config.program, &presented);
            let call = |challenge: &&Challenge| (challenge.key(), Call::new(challenge, &named));
            programs.calls = challenges.iter().map(call).collect();
            programs.named = Some(named);
            let by_it = |entry: &Entry| entry.program == config.program.path;
            let is_by_it = |key: &Key| {
                let known = config.journal.find(key).unwrap_or_default();
                known.iter().any(by_it)
            };
            programs.gives_up = config.gives_up && !keys.iter().any(is_by_it);
            return programs;
        }
        let presented: Vec<_> = presented
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect();
        let files = presented.iter().filter_map(|one| one.journal.clone());
        programs.known = known(&config.journal, &files.collect());
        let of_each = keys.into_iter().zip(&presented);
        let missing = of_each.filter(|(key, presented)| programs.own(key, presented).is_none());
        let missing: HashMap<Key, &Presented> = missing.collect();
        if !missing.is_empty() {
            programs.others = others(&config.journal, &missing);
        }
        programs
    }

    /// The program for this challenge.
    ///
    /// # Errors
    /// `acmepipe:exec:start`: none is named, and the journal does not know the record or cannot be read.
    pub(super) fn for_challenge(&self, challenge: &Challenge) -> Result<UserProgram, Problem> {
        if let Some(named) = &self.named {
            return Ok(named.clone());
        }
        let key = challenge.key();
        let presented = challenge.presented().unwrap_or_default();
        let as_called = |entry: &Entry| UserProgram {
            jobs: self.config.program.jobs.or(jobs(&presented)),
            ..entry.user_program(self.config.program.time_limit)
        };
        let mut called = lock(&self.config.called);
        let called = called.entry(key.clone()).or_default();
        let others = self.others.as_ref();
        let others = others.map_err(|error| unknown(&error.to_string()))?;
        let its = others.iter().filter(|entry| entry.key() == key);
        let entry = self.own(&key, &presented);
        let program = match entry.or(its.max_by_key(|entry| &entry.at)) {
            Some(entry) => as_called(entry),
            // What this run has removed for another document is removed once more, as by a program that is named.
            None => {
                let mut before = called.iter().rev();
                let before = before.find(|one| may_be_by(&presented, &one.path));
                before.cloned().ok_or_else(|| unknown(NOT_KNOWN))?
            }
        };
        called.retain(|one| one.path != program.path);
        called.push(program.clone());
        Ok(program)
    }

    /// The call that removes with the document's records what this entry of another file is about as well, if one does: it is the
    /// same, and not what another program presented, or what had another output. Where no program is named, what was presented
    /// later or is in use has a cleanup of its own to come, which would not know any more which program to call.
    pub(super) fn remove_too(
        &self,
        entry: &Entry,
        in_use: impl Fn(&Entry) -> bool,
    ) -> Option<Call> {
        let its = entry.call();
        if self.named.is_some() {
            let call = self.calls.get(&its.key)?;
            // One that has gone is the one that is named, which was moved; one that only cannot be run now is not.
            let is_moved = || entry.program.try_exists().is_ok_and(|exists| !exists);
            let is_removed = *call == its
                || (*call == its.by(&call.program) && is_moved())
                || (self.gives_up && !in_use(entry));
            return is_removed.then(|| call.clone());
        }
        let others = self.others.iter().flatten();
        let mut removed = self.known.values().chain(others);
        let is_removed = removed.any(|one| {
            one.call() == its && (one.id == entry.id || (entry.at <= one.at && !in_use(entry)))
        });
        is_removed.then_some(its)
    }

    /// What the file has that the document names.
    fn own(&self, key: &Key, presented: &Presented) -> Option<&Entry> {
        self.known.get(&(presented.journal.clone()?, key.clone()))
    }
}

const NOT_KNOWN: &str =
    "the journal has nothing of this record: it was removed, or presented elsewhere";

/// What the journal has of these records by the programs that the documents say, or by the one that was called last where they say
/// none. Where a document names a file, what living runs may need is not its.
fn others(journal: &Journal, missing: &HashMap<Key, &Presented>) -> io::Result<Vec<Entry>> {
    let records = missing.keys().cloned().collect();
    let mut others = journal.in_other_files(&records, &HashSet::new())?;
    let in_use = in_use();
    others.retain(|entry| {
        let presented = missing[&entry.key()];
        may_be_by(presented, &entry.program) && (presented.journal.is_none() || !in_use(entry))
    });
    let mut latest: HashMap<Key, (String, PathBuf)> = HashMap::new();
    for entry in &others {
        let last = latest.entry(entry.key()).or_default();
        if last.0 < entry.at {
            *last = (entry.at.clone(), entry.program.clone());
        }
    }
    others.retain(|entry| latest[&entry.key()].1 == entry.program);
    Ok(others)
}

/// Whether this program presented, by what a document says of that.
fn may_be_by(presented: &Presented, program: &Path) -> bool {
    match &presented.program {
        Some(said) => Path::new(said) == program,
        None => presented.journal.is_none(),
    }
}

/// What these files of the journal have. What cannot be read of them is looked for in all files later.
fn known(journal: &Journal, files: &BTreeSet<String>) -> HashMap<(String, Key), Entry> {
    let entries = journal.entries_of(files).unwrap_or_default().into_iter();
    entries
        .map(|entry| ((entry.id.clone(), entry.key()), entry))
        .collect()
}

fn unknown(why: &str) -> Problem {
    Problem::new(
        &types::EXEC_START,
        format!("no program is named, and {why}"),
    )
    .hint("Say with --dns, --exec or EXEC_PATH which program is to remove it.")
}

/// How many calls of it may overlap by what the document says, if that can be.
fn jobs(presented: &Presented) -> Option<usize> {
    presented.jobs.filter(|jobs| (1..=MOST_JOBS).contains(jobs))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program as it was called to present challenges that say this: what it said of itself then holds now, too, where options do
/// not say otherwise.
fn as_presented(program: &UserProgram, presented: &[Option<Presented>]) -> UserProgram {
    let is_same = |one: &&Presented| one.program.as_deref().map(Path::new) == Some(&program.path);
    let by_it = || presented.iter().map(|one| one.as_ref().filter(is_same));
    let is_batch = |one: Option<&Presented>| one.is_some_and(|one| one.batch);
    let jobs = by_it().flatten().find_map(jobs);
    UserProgram {
        batch: program.batch || (!presented.is_empty() && by_it().all(is_batch)),
        jobs: program.jobs.or(jobs),
        ..program.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_said_when_it_presented_holds_for_its_records() {
        let presented = |program: &str, more: &str| {
            let present = format!(r#"{{"present": {{"program": "{program}"{more}}}}}"#);
            let object: pipeline::Object = serde_json::from_str(&present).unwrap();
            Challenge::from(object)
        };
        let batch = || presented("/x", r#", "batch": true"#);
        let jobs = || presented("/x", r#", "jobs": 8"#);
        let other = || presented("/y", r#", "batch": true, "jobs": 9"#);
        for (challenges, given, expected) in [
            (vec![], None, (false, None)),
            (vec![batch(), batch()], None, (true, None)),
            (vec![batch(), jobs()], None, (false, Some(8))),
            (vec![jobs()], Some(2), (false, Some(2))),
            (vec![presented("/x", r#", "jobs": 0"#)], None, (false, None)),
            (
                vec![presented("/x", r#", "jobs": 257"#)],
                None,
                (false, None),
            ),
            (vec![batch(), other()], None, (false, None)),
            (vec![other()], None, (false, None)),
        ] {
            let program = UserProgram {
                path: "/x".into(),
                raw: false,
                double_dash: false,
                batch: false,
                jobs: given,
                time_limit: std::time::Duration::ZERO,
            };
            let presented: Vec<_> = challenges.iter().map(Challenge::presented).collect();
            let program = as_presented(&program, &presented);
            assert_eq!((program.batch, program.jobs), expected);
        }
    }
}
