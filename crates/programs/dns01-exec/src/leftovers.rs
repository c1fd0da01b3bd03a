//! What no `cleanup` came for: told by the journal, removed by `cleanup --leftovers`, and at its end by the `cleanup`
//! of the pipeline in which a document got lost.

use crate::cleanup;
use crate::journal::Entry;
use crate::options::Settings;
use crate::owner::{Owner, Pipeline};
use crate::protocol::Challenge;
use crate::schedule::{Task, work_off};
use pipeline::{Document, Failure, Object, Outcome, Outcomes, Run, Stop, Usage, Value, message};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

/// How long the rest of a pipeline may take to end once its end has: each program notices at once that nobody reads
/// it, and only a call of the user's program is let come to its end.
const ENDING: Duration = Duration::from_secs(130);

/// `list`: a document per challenge that the journal knows.
///
/// # Errors
/// Where the journal cannot be read.
pub(crate) fn list(run: &Run, settings: &Settings) -> Result<(), Usage> {
    for entry in settings.journal.entries()? {
        let mut challenge = described(&entry);
        challenge.insert("in_use".into(), json!(entry.owner.may_live(&entry.at)));
        if run.emit(&Document::from(challenge)).is_err() {
            break;
        }
    }
    Ok(())
}

/// `cleanup --leftovers`: removes what the journal knows, except what a living pipeline may still need, and writes a
/// document per challenge.
///
/// # Errors
/// Where the journal cannot be read.
pub(crate) fn remove_all(run: &Run, settings: &Settings) -> Result<(), Usage> {
    let (in_use, left): (Vec<Entry>, Vec<Entry>) = settings
        .journal
        .entries()?
        .into_iter()
        .partition(|entry| entry.owner.may_live(&entry.at));
    if !in_use.is_empty() {
        let count = in_use.len();
        message::note(&format!(
            "{count} records are left alone: the runs that presented them still live, or may"
        ));
    }
    let moved = Some(&settings.program.path).filter(|path| !path.as_os_str().is_empty());
    for document in remove(&left, moved, settings, run.stop()) {
        // Removing goes on whether or not anybody reads what became of it.
        let _ = run.emit(&document);
    }
    Ok(())
}

/// Removes what this pipeline presented and what never arrived here: a program in the middle was killed, or failed
/// before it read anything. `present` may be among those that still run, so it waits until they have ended.
pub(crate) fn remove_lost(run: &Run, pipeline: &Pipeline, settings: &Settings) {
    let me = Owner::this_process();
    let lost = || -> Vec<Entry> {
        let entries = settings.journal.entries().unwrap_or_else(|error| {
            message::complain(&error.to_string());
            run.fail();
            Vec::new()
        });
        let arrived = |entry: &Entry| {
            Challenge::read(&entry.challenge)
                .is_ok_and(|challenge| settings.arrived.has(&challenge))
        };
        let mine = entries
            .into_iter()
            .filter(|entry| entry.owner.is_upstream_of(&me, pipeline));
        mine.filter(|entry| !arrived(entry)).collect()
    };
    if lost().is_empty() {
        return;
    }
    if !me.outlives_pipeline(ENDING) {
        message::complain(
            "the journal holds records of this pipeline, or of one beside it: see dns01-exec list",
        );
        run.fail();
        return;
    }
    let lost = lost();
    let count = lost.len();
    if count > 0 {
        message::complain(&format!(
            "{count} records were presented in this pipeline and their documents did not arrive; removing them"
        ));
    }
    for mut document in remove(&lost, None, settings, run.stop()) {
        if !document.has_error() {
            document.fail(&Failure::new(
                "acmepipe:lost",
                "its order did not arrive at the end of the pipeline: a program before was killed, or did not start",
            ));
        }
        let _ = run.emit(&document);
    }
}

/// Calls each entry's own program, or the one to which it has `moved`, and returns what became of its challenge.
fn remove(
    entries: &[Entry],
    moved: Option<&PathBuf>,
    settings: &Settings,
    stop: &Stop,
) -> Vec<Document> {
    let mut seen = HashSet::new();
    for entry in entries {
        if seen.insert(entry.owner.mark()) {
            entry.owner.outlive_calls(ENDING);
        }
    }
    let program = |entry: &Entry| {
        let mut program = entry.user_program(settings.program.time_limit);
        program.path = moved.cloned().unwrap_or(program.path);
        program
    };
    let mut outcomes = Outcomes::new();
    let (mut single, mut batches) = (Vec::new(), BTreeMap::<PathBuf, Vec<Task>>::new());
    for (index, entry) in entries.iter().enumerate() {
        match Challenge::read(&entry.challenge) {
            Ok(challenge) if entry.batch => batches
                .entry(program(entry).path)
                .or_default()
                .push(Task { index, challenge }),
            Ok(challenge) => single.push(Task { index, challenge }),
            Err(failure) => outcomes.push((index, Err(failure).into())),
        }
    }
    // Each as soon as it is removed: nobody knows how far this comes.
    let forget = |index: usize, outcome: &Outcome| {
        let entry = &entries[index];
        if outcome.failure.is_none()
            && let Err(error) = settings.journal.forget(&entry.id, vec![entry.key()])
        {
            message::complain(&format!("the journal still has what was removed: {error}"));
        }
    };
    outcomes.extend(work_off(single, &settings.schedule, |task| {
        let outcome = cleanup::one(task, &program(&entries[task.index]), settings, stop);
        forget(task.index, &outcome);
        outcome
    }));
    let object = |index: usize| described(&entries[index]);
    for tasks in batches.into_values() {
        let program = program(&entries[tasks[0].index]);
        let removed = cleanup::in_batches(tasks, &object, &program, settings, stop);
        for (index, outcome) in &removed {
            forget(*index, outcome);
        }
        outcomes.extend(removed);
    }
    let mut documents: Vec<Document> = entries.iter().map(|one| described(one).into()).collect();
    for (index, outcome) in outcomes {
        if let Some(failure) = &outcome.failure {
            message::complain(&failure.to_string());
        }
        documents[index].apply([(0, outcome)]);
    }
    documents
}

fn described(entry: &Entry) -> Object {
    let mut challenge = entry.challenge.clone();
    let mut present = json!({
        "program": entry.program.to_string_lossy(), "at": entry.at, "journal": entry.id,
    });
    if let Some(output) = challenge
        .get("present")
        .and_then(|present| present.get("output"))
    {
        present["output"] = output.clone();
    }
    challenge.insert("present".into(), present);
    challenge.shift_remove("error");
    debug_assert!(challenge.get("fqdn").is_some_and(Value::is_string));
    challenge
}
