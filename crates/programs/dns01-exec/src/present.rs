//! `present`: adds the record of each challenge, after the journal knows of it.

mod plan;

use crate::again;
use crate::journal;
use crate::options::Config;
use crate::protocol::{Action, KEPT_OUTPUT};
use crate::schedule::{Task, call_batches, interrupted, work_off};
use pipeline::{Document, Failure, Object, Outcome, Outcomes, Stop, Value, message, value};
use plan::{Decision, decide};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use subprocess::Success;

/// How much of all that was printed for one document goes into it, in bytes: far less than a document may take.
const KEPT_OUTPUTS: usize = 2 << 20;

/// Presents the document's open challenges. Once one has failed, those after it are not tried: their order is lost, and
/// each record would have to be removed again.
pub(crate) fn document(document: &mut Document, config: &Config, stop: &Stop) -> Outcomes {
    if document.has_error() && !again::revive(document) {
        return Outcomes::new();
    }
    let decisions = decide(document.challenges(), &config.program, config.one_per_name);
    let Some((tasks, mut outcomes)) = divide(decisions) else {
        return Outcomes::new();
    };
    let is_refused = |(_, outcome): &(usize, Outcome)| outcome.failure.is_some();
    if outcomes.iter().any(is_refused) {
        return outcomes;
    }
    if let Some(reason) = stop.reason() {
        return fail_all(&tasks, &interrupted(reason));
    }
    let challenges = tasks.iter().map(|task| document.challenge(task.index));
    let recorded = match config.journal.record(challenges, &config.program) {
        Ok(file) => Recorded {
            at: value::now(),
            file,
        },
        Err(failure) => {
            outcomes.extend(fail_all(&tasks, &failure));
            return outcomes;
        }
    };
    let mut presented = if config.program.batch {
        in_batches(tasks, document, config, stop, &recorded)
    } else {
        one_by_one(tasks, document, config, stop, &recorded)
    };
    forget_untried(&presented, document, config, &recorded);
    let propagation = config.propagation.member();
    for (_, outcome) in presented
        .iter_mut()
        .filter(|(_, outcome)| is_tried(outcome))
    {
        let propagation = Value::Object(propagation.clone());
        outcome.members.insert("propagation".into(), propagation);
    }
    outcomes.extend(presented);
    for (_, outcome) in &mut outcomes {
        outcome.stale = &["deferred", "cleanup", "propagated"];
    }
    outcomes
}

/// The challenges to present, and what became of the others; nothing where none is open.
fn divide(decisions: Vec<(usize, Decision)>) -> Option<(Vec<Task>, Outcomes)> {
    let (mut tasks, mut outcomes) = (Vec::new(), Outcomes::new());
    for (index, decision) in decisions {
        match decision {
            Decision::Present(challenge) => tasks.push(Task { index, challenge }),
            Decision::Defer { fqdn } => {
                let why = format!("{fqdn} holds one value at a time: present it in a second round");
                let members = Object::from_iter([("deferred".to_owned(), json!(why))]);
                outcomes.push((index, Ok(members).into()));
            }
            Decision::Refuse(failure) => outcomes.push((index, Err(failure).into())),
        }
    }
    (!tasks.is_empty() || !outcomes.is_empty()).then_some((tasks, outcomes))
}

fn fail_all(tasks: &[Task], failure: &Failure) -> Outcomes {
    let failed = |task: &Task| (task.index, Err(failure.clone()).into());
    tasks.iter().map(failed).collect()
}

fn in_batches(
    tasks: Vec<Task>,
    document: &Document,
    config: &Config,
    stop: &Stop,
    recorded: &Recorded,
) -> Outcomes {
    let object = |index| document.challenge(index);
    let (program, schedule) = (&config.program, &config.schedule);
    let results = call_batches(program, Action::Present, tasks, &object, schedule, stop);
    results
        .into_iter()
        .map(|(index, result)| (index, recorded.outcome(config, result, KEPT_OUTPUT)))
        .collect()
}

fn one_by_one(
    tasks: Vec<Task>,
    document: &Document,
    config: &Config,
    stop: &Stop,
    recorded: &Recorded,
) -> Outcomes {
    let has_failed = AtomicBool::new(false);
    let most_kept = KEPT_OUTPUT.min(KEPT_OUTPUTS / tasks.len().max(1));
    work_off(tasks, &config.schedule, |task| {
        let _permit = match config.schedule.wait(task.zone(), stop) {
            Ok(permit) => permit,
            Err(failure) => return Err(failure).into(),
        };
        if let Some(reason) = stop.reason() {
            return Err(interrupted(reason)).into();
        }
        if has_failed.load(Ordering::Relaxed) {
            return Outcome::default();
        }
        let result = config.program.call(Action::Present, &task.challenge);
        has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
        if let Ok(success) = &result {
            let (fqdn, seconds) = (
                &task.challenge.effective_fqdn,
                success.elapsed.as_secs_f64(),
            );
            message::detail(&format!("{fqdn}: presented in {seconds:.2} s"));
        }
        let outcome = recorded.outcome(config, result, most_kept);
        let output = outcome.members["present"].get("output");
        if let Some(output) = output.and_then(Value::as_str) {
            let key = journal::key(&document.challenge(task.index));
            let kept = config.journal.keep_output(&recorded.file, &key, output);
            if let Err(error) = kept {
                message::complain(&format!(
                    "the journal lacks what the program printed: {error}"
                ));
            }
        }
        outcome
    })
}

/// Takes the challenges out of the journal that were never tried: there is nothing to remove.
fn forget_untried(presented: &Outcomes, document: &Document, config: &Config, recorded: &Recorded) {
    let untried: Vec<Value> = presented
        .iter()
        .filter(|(_, outcome)| !is_tried(outcome))
        .map(|(index, _)| journal::key(&document.challenge(*index)))
        .collect();
    if !untried.is_empty() {
        // Where that fails they stay in the journal, and a later cleanup finds nothing to remove.
        let _ = config.journal.forget(&recorded.file, &untried);
    }
}

/// Whether the program was called for this challenge, successfully or not.
fn is_tried(outcome: &Outcome) -> bool {
    outcome.members.contains_key("present")
}

/// Where and when the journal recorded the challenges of one document.
struct Recorded {
    at: String,
    file: String,
}

impl Recorded {
    /// The challenge's member `present`, also where the program failed: it may have added the record before it did.
    fn outcome(
        &self,
        config: &Config,
        result: Result<Success, Failure>,
        most_kept: usize,
    ) -> Outcome {
        let mut present = Object::new();
        let program = config.program.path.to_string_lossy();
        present.insert("program".into(), json!(program));
        present.insert("at".into(), json!(self.at));
        if let Ok(success) = &result {
            present.insert("seconds".into(), value::seconds(success.elapsed));
            let output = String::from_utf8_lossy(&success.stdout);
            // It is cut as text, since what is no UTF-8 takes more room there; and ends as a shell's $(…) would have it.
            let output = beginning(&output, most_kept).trim_end_matches('\n');
            if !output.is_empty() {
                present.insert("output".into(), json!(output));
            }
        }
        present.insert("journal".into(), json!(self.file));
        let members = Object::from_iter([("present".to_owned(), Value::Object(present))]);
        Outcome::new(members, result.err())
    }
}

/// The first bytes of a text, at most so many, in whole characters.
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
