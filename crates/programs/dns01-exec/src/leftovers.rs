//! Records that no `cleanup` removed: `list` shows what the journal has, `cleanup --leftovers` removes it, and the
//! `cleanup` at the end of a pipeline removes records of that pipeline whose documents got lost.

use crate::cleanup::{Removal, still_known};
use crate::journal::{
    Arrived, Call, Contents, Entry, Journal, Lost, PipelineEnd, in_use, in_use_and_left, lost,
    wait_for_calls_to_end, wait_for_presents_to_end, wait_for_those_cut_off,
};
use crate::options::Config;
use crate::protocol::{Arguments, UserProgram};
use crate::schedule::Task;
use command::{Usage, message};
use pipeline::{Document, Object, Outcomes, Problem, Run, types};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a person can do about a part of the journal that cannot be read.
fn mending(journal: &Journal) -> String {
    let path = journal.path_words();
    format!(
        "what cannot be read stays, and a record that it is about may still be there: look at it, remove the record with \
         `dns01-exec cleanup{path} -- FQDN VALUE`, then delete the file"
    )
}

/// `list`: writes a document per challenge that the journal knows.
///
/// # Errors
/// The journal cannot be read.
pub(crate) fn list(run: &Run, journal: &Journal) -> Result<(), Usage> {
    let (in_use, left) = in_use_and_left(read(run, journal)?);
    let mut all: Vec<(Entry, bool)> = in_use.into_iter().map(|entry| (entry, true)).collect();
    all.extend(left.into_iter().map(|entry| (entry, false)));
    all.sort_by(|(one, _), (other, _)| one.at.cmp(&other.at));
    for (entry, is_in_use) in all {
        let mut challenge = entry.described();
        challenge.extend(Object::from_iter([("in_use".to_owned(), is_in_use.into())]));
        if run.emit(&Document::from(challenge)).is_err() {
            break;
        }
    }
    Ok(())
}

/// `cleanup --leftovers`: removes what the journal knows, except what a living run may still need, and writes a document
/// per challenge.
///
/// # Errors
/// The journal cannot be read.
pub(crate) fn remove_all(run: &Run, config: &Config) -> Result<(), Usage> {
    config.journal.remove_unfinished();
    let (needed, left) = in_use_and_left(read(run, &config.journal)?);
    if !needed.is_empty() {
        let records = count_records(&needed);
        message::note(&format!("{records} left alone: a living run may need them"));
    }
    let moved = Some(&*config.program.path).filter(|path| !path.as_os_str().is_empty());
    let known: HashSet<String> = needed
        .iter()
        .chain(&left)
        .map(|one| one.id.clone())
        .collect();
    let is_left = |entry: &Entry| {
        let since = config.journal.in_other_files(&[entry.key()].into(), &known);
        !since.unwrap_or_default().iter().any(in_use())
    };
    let documents = remove(run, &left, moved, &is_left, config);
    if documents.len() < left.len() {
        let count = left.len() - documents.len();
        message::note(&format!(
            "{} left alone: a run that has begun meanwhile may need them",
            records(count)
        ));
    }
    for document in documents {
        // Removing goes on whether or not anybody reads what became of it.
        let _ = run.emit(&document);
    }
    Ok(())
}

/// What the journal knows. What cannot be read of it is said, and the run has failed then.
fn read(run: &Run, journal: &Journal) -> Result<Vec<Entry>, Usage> {
    let Contents {
        entries,
        unreadable,
    } = journal.read()?;
    for what in &unreadable {
        message::error(what);
    }
    if !unreadable.is_empty() {
        message::error(&mending(journal));
        run.fail();
    }
    Ok(entries)
}

/// Removes records that this pipeline presented and whose documents never arrived here: a program in the middle was
/// killed, or failed before it read anything. `present` may still run, so this waits until it has ended. Records of which
/// nothing tells whether this pipeline presented them are said, and stay.
pub(crate) fn remove_lost(run: &Run, end: &PipelineEnd, arrived: &Arrived, config: &Config) {
    if !end.reads_pipe() && !end.has_named_run() {
        return;
    }
    end.wait_until_settled();
    let path = config.journal.path_words();
    let entries = || {
        config.journal.entries().unwrap_or_else(|error| {
            message::error(&error.to_string());
            run.fail();
            Vec::new()
        })
    };
    let find = || lost(entries(), end, arrived);
    let time_to_end = config.program.time_to_end();
    let have_ended = wait_for_presents_to_end(&[], end, time_to_end)
        && wait_for_presents_to_end(&ours(find()), end, time_to_end);
    if !have_ended {
        message::error(&format!(
            "`dns01-exec present` of this pipeline still runs; `dns01-exec list{path}` shows its records"
        ));
        run.fail();
        return;
    }
    wait_for_those_cut_off(&entries(), end);
    let Lost {
        ours,
        before,
        shared,
        unknown,
        ..
    } = find();
    if !shared.is_empty() {
        let records = count_records(&shared);
        message::error(&format!(
            "left alone, though their documents did not arrive: {records} of this pipeline that another run may need as \
             well; when that has ended, `dns01-exec cleanup --leftovers{path}` removes what is left"
        ));
        run.fail();
    }
    if !unknown.is_empty() {
        let records = count_records(&unknown);
        message::error(&format!(
            "{records} may be of this pipeline, and stay: nothing tells where their documents went; `dns01-exec list{path}` \
             shows them, `dns01-exec cleanup --leftovers{path}` removes them, and with ACMEPIPE_RUN set for all programs it \
             is known"
        ));
        run.fail();
    }
    if !ours.is_empty() {
        let records = count_records(&ours);
        message::error(&format!(
            "removing {records} of this pipeline: their documents did not arrive"
        ));
    }
    // Their documents came out already, with what became of the record that the last program presented.
    let is_left = |_: &Entry| true;
    for document in remove(run, &before, None, &is_left, config) {
        if document.has_error() {
            let _ = run.emit(&document);
        }
    }
    for mut document in remove(run, &ours, None, &is_left, config) {
        if !document.has_error() {
            document.fail(&Problem::new(
                &types::LOST,
                "its order did not arrive at the end of the pipeline: a program before this one was killed, or did not \
                 start",
            ));
        }
        let _ = run.emit(&document);
    }
}

/// All that this pipeline presented of what is lost.
fn ours(lost: Lost) -> Vec<Entry> {
    [lost.ours, lost.before].concat()
}

/// Calls the program of each entry, or `moved` where that cannot be run any more, as long as it is left; and returns the challenge of
/// each with what came of it.
fn remove(
    run: &Run,
    entries: &[Entry],
    moved: Option<&Path>,
    is_left: &(dyn Fn(&Entry) -> bool + Sync),
    config: &Config,
) -> Vec<Document> {
    let stop = run.stop();
    // All these calls began before, so their time ends together.
    let (start, limit) = (Instant::now(), config.program.time_to_end());
    let mut waited_for = HashSet::new();
    for entry in entries {
        if waited_for.insert(entry.owner.mark()) {
            wait_for_calls_to_end(&entry.owner, limit.saturating_sub(start.elapsed()));
        }
    }
    let program = |entry: &Entry| {
        let mut program = entry.user_program(config.program.time_limit);
        program.jobs = config.program.jobs;
        if let Some(moved) = moved.filter(|_| !subprocess::can_be_run(&entry.program)) {
            program.path = moved.to_owned();
        }
        program
    };
    let (alone, batches, mut outcomes) = divide(entries, &program);
    // Where several take the same call, one removes the record for all of them.
    let call = |entry: &Entry| Call::new(&entry.challenge, &program(entry));
    let mut same: HashMap<Call, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        same.entry(call(entry)).or_default().push(index);
    }
    let is_first = |index: usize| same[&call(&entries[index])].first() == Some(&index);
    let firsts = |tasks: Vec<Task>| {
        tasks
            .into_iter()
            .filter(|task| is_first(task.index))
            .collect()
    };
    // Each entry goes as soon as its record is removed: this run may be killed too.
    let forget = |index: usize| {
        for index in &same[&call(&entries[index])] {
            let entry = &entries[*index];
            if let Err(error) = config.journal.forget(&entry.id, &[entry.key()]) {
                message::error(&still_known(&error));
                run.fail();
            }
        }
    };
    let removal = Removal {
        challenge: &|index| entries[index].described(),
        program: &|index| program(&entries[index]),
        is_left: &|index| is_left(&entries[index]),
        removed: &forget,
        config,
        stop,
    };
    outcomes.extend(removal.one_by_one(firsts(alone)));
    for tasks in batches {
        outcomes.extend(removal.in_batches(firsts(tasks)));
    }
    let mut documents = BTreeMap::new();
    for (first, outcome) in outcomes.into_iter().filter(|(index, _)| is_first(*index)) {
        if let Some(problem) = &outcome.problem {
            message::error(&problem.to_string());
        }
        for index in &same[&call(&entries[first])] {
            let mut document = Document::from(entries[*index].described());
            document.apply([(0, outcome.clone())]);
            documents.insert(*index, document);
        }
    }
    documents.into_values().collect()
}

/// The entries to be removed one by one, those of each program that takes batches, and the problems of those for which
/// no program can be called.
fn divide(
    entries: &[Entry],
    program: &dyn Fn(&Entry) -> UserProgram,
) -> (Vec<Task>, Vec<Vec<Task>>, Outcomes) {
    let (mut alone, mut failed) = (Vec::new(), Outcomes::new());
    let mut batches = BTreeMap::<PathBuf, Vec<Task>>::new();
    for (index, entry) in entries.iter().enumerate() {
        match Arguments::of(&entry.challenge) {
            Ok(arguments) if entry.batch => {
                let batch = batches.entry(program(entry).path).or_default();
                batch.push(Task::new(index, arguments));
            }
            Ok(arguments) => alone.push(Task::new(index, arguments)),
            Err(problem) => failed.push((index, problem.into())),
        }
    }
    (alone, batches.into_values().collect(), failed)
}

fn count_records(entries: &[Entry]) -> String {
    records(entries.len())
}

fn records(count: usize) -> String {
    match count {
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    }
}
