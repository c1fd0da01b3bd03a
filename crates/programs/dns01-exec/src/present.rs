//! `present`: adds the record of each challenge, after the journal knows of it.

mod plan;

use crate::again;
use crate::options::Config;
use crate::protocol::{Action, KEPT_OUTPUT, UserProgram};
use crate::schedule::{Called, DocumentTurns, Overlap, Task, Waits, interrupted, work_off};
use command::{Stop, message};
use pipeline::catalogue::challenge::{CLEANUP, DEFERRED, GONE, PRESENT, PROPAGATED, PROPAGATION};
use pipeline::{
    Challenge, Document, Ends, Key, Object, Outcome, Outcomes, Presented, Problem, Propagation,
    types, value,
};
use plan::{Decision, decide};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;
use subprocess::Success;

/// How much of what the calls for one document print goes into it, in bytes: far less than a document may have.
const KEPT_OUTPUTS: usize = 2 << 20;

/// Presents the document's open challenges. Once one has failed, those after it are not tried: their order is lost, and
/// each record would have to be removed again.
pub(crate) fn document(document: &mut Document, config: &Config, stop: &Stop) -> Outcomes {
    if document.has_error() && !again::revive(document) {
        return Outcomes::new();
    }
    let place = || config.place();
    let turns = config.turns.of_document(&config.journal, &place);
    let (ends, now) = (Ends::of(document), SystemTime::now());
    let expired = |challenge: &Challenge| ends.expired(challenge, now);
    let take = |arguments: &_| turns.take(arguments);
    let decisions = decide(document.challenges(), &config.program, expired, take);
    let (tasks, mut outcomes) = divide(decisions);
    let is_refused = |(_, outcome): &(usize, Outcome)| outcome.problem.is_some();
    if outcomes.iter().any(is_refused) {
        return outcomes;
    }
    if !tasks.is_empty() {
        outcomes = match config.asked.problem() {
            Some(problem) => fail_all(&tasks, &problem),
            None => present(document, tasks, outcomes, &turns, config, stop),
        };
    }
    // What is not presented now stays as it was: it may have been removed before.
    for (_, outcome) in outcomes.iter_mut().filter(|(_, outcome)| is_tried(outcome)) {
        outcome.stale = &[DEFERRED, CLEANUP, PROPAGATED, GONE];
    }
    outcomes
}

/// Presents these challenges, and adds what became of them.
fn present(
    document: &Document,
    tasks: Vec<Task>,
    mut outcomes: Outcomes,
    turns: &DocumentTurns<'_>,
    config: &Config,
    stop: &Stop,
) -> Outcomes {
    if let Some(reason) = stop.reason() {
        outcomes.extend(fail_all(&tasks, &interrupted(reason)));
        return outcomes;
    }
    let program = &config.to_present();
    let challenges = tasks.iter().map(|task| document.challenge(task.index));
    let file = match config.journal.record(challenges, program) {
        Ok(file) => file,
        Err(problem) => {
            outcomes.extend(fail_all(&tasks, &problem));
            return outcomes;
        }
    };
    turns.recorded(&file);
    let mut presented = if program.batch {
        in_batches(tasks, document, program, config, stop, &file)
    } else {
        one_by_one(tasks, program, config, stop, &file)
    };
    if let Err(error) = config.journal.keep_pipes(&file) {
        message::error(&format!(
            "the journal lacks where the documents go: {error}"
        ));
    }
    forget_untried(&presented, document, config, &file);
    let propagation = config.asked.propagation();
    warn_of_end(document, &presented, propagation);
    for (_, outcome) in presented
        .iter_mut()
        .filter(|(_, outcome)| is_tried(outcome))
    {
        let (member, value) = (PROPAGATION.name.to_owned(), Object::from(propagation));
        outcome.members.insert(member, value.into());
    }
    outcomes.extend(presented);
    outcomes
}

/// Says that an order may end while its records are waited for.
fn warn_of_end(document: &Document, presented: &Outcomes, propagation: Propagation) {
    let tried = presented.iter().filter(|(_, outcome)| is_tried(outcome));
    let tried: Vec<Challenge> = tried.map(|(index, _)| document.challenge(*index)).collect();
    let timeout = propagation.timeout.unwrap_or_default();
    if let Some(said) = Ends::of(document).too_soon_for(&tried, timeout, SystemTime::now()) {
        message::warning(&format!("{}: {said}", document.label()));
    }
}

/// The challenges to present, and what became of the others.
fn divide(decisions: Vec<(usize, Decision)>) -> (Vec<Task>, Outcomes) {
    let (mut tasks, mut outcomes) = (Vec::new(), Outcomes::new());
    for (index, decision) in decisions {
        match decision {
            Decision::Present(arguments) => tasks.push(Task::new(index, arguments)),
            Decision::Defer { place } => {
                let why =
                    format!("{place} holds one value at a time: present it in a further round");
                outcomes.push((index, Outcome::new(&DEFERRED, why, None)));
            }
            Decision::Refuse(problem) => outcomes.push((index, problem.into())),
        }
    }
    (tasks, outcomes)
}

fn fail_all(tasks: &[Task], problem: &Problem) -> Outcomes {
    let failed = |task: &Task| (task.index, problem.clone().into());
    tasks.iter().map(failed).collect()
}

fn in_batches(
    tasks: Vec<Task>,
    document: &Document,
    program: &UserProgram,
    config: &Config,
    stop: &Stop,
    file: &str,
) -> Outcomes {
    let challenge = |index| document.challenge(index);
    let waits = Waits {
        schedule: &config.schedule,
        stop,
        is_wanted: &|_| Ok(()),
    };
    let batches = &config.batches;
    let called = batches.call(program, Action::Present, tasks, &challenge, &waits);
    let outcome = |Called { at, result }: Called| {
        let Some(at) = at else {
            return result.err().map_or_else(Outcome::default, Outcome::from);
        };
        let presented = presented(program, config, at, result.as_ref().ok(), KEPT_OUTPUT, file);
        Outcome::new(&PRESENT, presented, result.err())
    };
    called
        .into_iter()
        .map(|(index, called)| (index, outcome(called)))
        .collect()
}

fn one_by_one(
    tasks: Vec<Task>,
    program: &UserProgram,
    config: &Config,
    stop: &Stop,
    file: &str,
) -> Outcomes {
    let overlap = Overlap::of(program);
    let has_failed = AtomicBool::new(false);
    let most_kept = KEPT_OUTPUT.min(KEPT_OUTPUTS / tasks.len().max(1));
    work_off(tasks, overlap, |task| {
        let _permit = match config.schedule.wait(task.zone(), overlap, stop) {
            Ok(permit) => permit,
            Err(problem) => return problem.into(),
        };
        if let Some(reason) = stop.reason() {
            return interrupted(reason).into();
        }
        if has_failed.load(Ordering::Relaxed) {
            return Outcome::default();
        }
        let at = SystemTime::now();
        let result = program.call(Action::Present, &task.arguments);
        has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
        if let Err(problem) = &result
            && problem.is(&types::EXEC_START)
        {
            // It did nothing, so there is nothing to remove.
            return problem.clone().into();
        }
        if let Ok(success) = &result {
            let (name, seconds) = (&task.arguments.record_name, success.elapsed.as_secs_f64());
            message::detail(&format!("{name}: presented in {seconds:.2} s"));
        }
        let presented = presented(program, config, at, result.as_ref().ok(), most_kept, file);
        if let Some(output) = &presented.output {
            let (journal, key) = (&config.journal, &task.arguments.key);
            if let Err(error) = journal.keep_output(file, key, output) {
                message::error(&format!(
                    "the journal lacks what the program printed: {error}"
                ));
            }
        }
        Outcome::new(&PRESENT, presented, result.err())
    })
}

/// Takes challenges that were never tried out of the journal: there is nothing to remove.
fn forget_untried(presented: &Outcomes, document: &Document, config: &Config, file: &str) {
    if presented.iter().all(|(_, outcome)| is_tried(outcome)) {
        return;
    }
    let keys = presented
        .iter()
        .map(|(index, outcome)| (document.challenge(*index).key(), is_tried(outcome)));
    let untried = untried(keys.collect());
    if !untried.is_empty() {
        // Where that fails they stay in the journal, and a later cleanup finds nothing to remove.
        let _ = config.journal.forget(file, &untried);
    }
}

/// The keys of records that no challenge was tried for: two challenges may need the same record.
fn untried(keys: Vec<(Key, bool)>) -> Vec<Key> {
    let (tried, untried): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, is_tried)| *is_tried);
    let tried: HashSet<Key> = tried.into_iter().map(|(key, _)| key).collect();
    let untried = untried.into_iter().map(|(key, _)| key);
    untried.filter(|key| !tried.contains(key)).collect()
}

/// Whether the program was called for this challenge, successfully or not.
fn is_tried(outcome: &Outcome) -> bool {
    outcome.sets(&PRESENT)
}

/// The challenge's member `present`, also where the program failed: it may have added the record before it did. `file` is
/// the journal's.
fn presented(
    program: &UserProgram,
    config: &Config,
    at: SystemTime,
    success: Option<&Success>,
    most_kept: usize,
    file: &str,
) -> Presented {
    let output = success.and_then(|success| {
        let output = String::from_utf8_lossy(&success.stdout);
        // It is cut as text, since bytes that are not UTF-8 take more room there. Final newlines go, as in a shell's
        // $(…).
        let output = beginning(&output, most_kept).trim_end_matches('\n');
        (!output.is_empty()).then(|| output.to_owned())
    });
    Presented {
        program: Some(program.path.to_string_lossy().into_owned()),
        at: Some(value::to_the_second(at)),
        began: Some(value::to_the_millisecond(at)),
        seconds: success.map(|success| success.elapsed),
        output,
        said: success.and_then(|success| exec_cli::quote(&success.last_lines)),
        journal: Some(file.to_owned()),
        overlaps: Overlap::of(program).ignores_zones(),
        // What options say, `cleanup` has options of its own for.
        batch: program.batch && !config.program.batch,
        jobs: program.jobs.filter(|_| config.program.jobs.is_none()),
    }
}

/// The first bytes of a text, at most `most`, in whole characters.
fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::Challenge;
    use serde_json::json;

    #[test]
    fn a_record_that_was_tried_for_another_challenge_is_not_untried() {
        let key = |name: &str, value: &str| {
            let challenge = json!({"fqdn": name, "value": value});
            Challenge::from(challenge.as_object().unwrap().clone()).key()
        };
        for (keys, expected) in [
            (vec![], vec![]),
            (vec![(key("a.", "1"), true)], vec![]),
            (
                vec![(key("a.", "1"), false), (key("a.", "2"), true)],
                vec![key("a.", "1")],
            ),
            (
                vec![
                    (key("A.", "1"), false),
                    (key("a.", "1"), true),
                    (key("b.", "1"), false),
                ],
                vec![key("b.", "1")],
            ),
        ] {
            assert_eq!(untried(keys), expected);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (most, expected) in [
            (0, ""),
            (1, "a"),
            (2, "a"),
            (3, "aä"),
            (4, "aäb"),
            (9, "aäb"),
        ] {
            assert_eq!(beginning("aäb", most), expected, "{most}");
        }
    }
}
