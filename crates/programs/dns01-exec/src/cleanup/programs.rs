//! Which program removes a record: the one that is named, or else the one that presented it. The journal says which that
//! was; a document may say anything, and is not believed.

use crate::journal::{Entry, Journal};
use crate::options::Config;
use crate::protocol::UserProgram;
use dns01_exec::MOST_JOBS;
use pipeline::{Challenge, Key, Presented, Problem, types};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The programs that remove the records of a document.
pub(super) struct Programs<'a> {
    config: &'a Config,
    /// The one that is named.
    named: Option<UserProgram>,
    /// Where none is: what the files of the journal have that the document names, by file and key.
    known: HashMap<(String, Key), Entry>,
}

impl Programs<'_> {
    /// Those for challenges of a document, which say this of how they were presented.
    pub(super) fn of<'a>(presented: &[Option<Presented>], config: &'a Config) -> Programs<'a> {
        if !config.program.path.as_os_str().is_empty() {
            return Programs {
                config,
                named: Some(as_presented(&config.program, presented)),
                known: HashMap::new(),
            };
        }
        let files = presented.iter().flatten();
        let files = files.filter_map(|one| one.journal.clone()).collect();
        Programs {
            config,
            named: None,
            known: known(&config.journal, &files),
        }
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
        let presented = challenge.presented();
        let file = presented.as_ref().and_then(|one| one.journal.clone());
        let known = file.and_then(|file| self.known.get(&(file, key.clone())));
        let found = match known {
            Some(entry) => Some(entry.clone()),
            None => self
                .config
                .journal
                .find(&key)
                .map_err(|error| unknown(&error.to_string()))?,
        };
        let mut before = lock(&self.config.called);
        let program = match found {
            Some(entry) => UserProgram {
                jobs: self.config.program.jobs.or(presented.and_then(jobs)),
                ..entry.user_program(self.config.program.time_limit)
            },
            // What this run has removed for another document is removed once more, as by a program that is named.
            None => before
                .get(&key)
                .cloned()
                .ok_or_else(|| unknown("the journal does not know this record"))?,
        };
        before.insert(key, program.clone());
        Ok(program)
    }

    /// Whether the program that removes a record is the one that is named, whatever presented it.
    pub(super) fn is_named(&self) -> bool {
        self.named.is_some()
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
fn jobs(presented: Presented) -> Option<usize> {
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
    let jobs = by_it().flatten().cloned().find_map(jobs);
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
