//! `--batch`: one call for all challenges of a zone, for DNS interfaces that write whole zones at once. The program
//! reads the challenges as JSON Lines, and prints a report for each that failed.

mod answer;
mod parts;
mod report;

use crate::protocol::arguments::Arguments;
use crate::protocol::environment;
use crate::protocol::hint::hint;
use crate::protocol::permanent::problem_of;
use crate::protocol::program::{Action, UserProgram, with_alias};
use answer::{Answer, LONGEST_ANSWER};
use command::message;
use exec_cli::{Call, call, short_name};
use pipeline::catalogue::challenge::{EFFECTIVE_FQDN, FQDN, ZONE};
use pipeline::{Challenge, DomainName, Problem, Value};
use std::sync::Arc;
use subprocess::{Stdout, Success};

/// A call that failed as a whole: the problem of each challenge, in their order, with what the program reported.
pub(crate) struct Failed(pub(crate) Vec<Problem>);

/// So many of the last lines that it shows are kept.
const MOST_SAID: usize = 5;

/// A challenge as a line of what the program reads.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) arguments: Arc<Arguments>,
    text: Arc<str>,
}

impl Line {
    /// The line of this challenge: all of its members, with the names as they are in the arguments of other calls.
    pub(crate) fn of(mut challenge: Challenge, arguments: Arc<Arguments>) -> Line {
        challenge.set(&FQDN, arguments.fqdn.clone());
        if challenge.has(&EFFECTIVE_FQDN) {
            challenge.set(&EFFECTIVE_FQDN, arguments.record_name.clone());
        }
        if let Some(zone) = &arguments.zone {
            challenge.set(&ZONE, zone.clone());
        }
        let text = Value::Object(challenge.into()).to_string().into();
        Line { arguments, text }
    }
}

/// Calls the program for challenges of one zone, with these lines. Returns what became of each, in the same order.
/// What it printed that reports no failure of one of them is shown like other programs' output.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, and `:batch` where it is not known what has failed: all of them have
/// failed.
pub(crate) fn call_for_zone(
    program: &UserProgram,
    action: Action,
    lines: &[Line],
) -> Result<Vec<Result<Success, Problem>>, Failed> {
    let mut stdin = Vec::new();
    for line in lines {
        stdin.extend_from_slice(line.text.as_bytes());
        stdin.push(b'\n');
    }
    let arguments: Vec<&Arguments> = lines.iter().map(|line| &*line.arguments).collect();
    let first = arguments.first();
    let zone = first.and_then(|first| first.zone.as_ref());
    let mut variables = first.map_or_else(Vec::new, |first| {
        environment::owned(environment::of_zone(first))
    });
    variables.extend(environment::warned(&program.path));
    let all = Call {
        about: zone.map_or_else(|| "a batch".to_owned(), DomainName::to_string),
        is_silent: false,
        arguments: vec![format!("{}-batch", action.name()).into()],
        removed_variables: environment::ALL.to_vec(),
        variables,
        stdin: Some(stdin),
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: program.time_limit,
        hint,
    };
    let (stdout, ended) = match call(&program.path, all) {
        Ok(success) => (success.stdout, Ok(success.elapsed)),
        Err(mut failure) => (
            std::mem::take(&mut failure.stdout),
            Err(problem_of(failure)),
        ),
    };
    let printed = String::from_utf8_lossy(&stdout);
    let keys = || arguments.iter().map(|one| &one.key);
    let answer = Answer::read(&printed, keys().collect());
    for text in &answer.shown {
        message::relay(&short_name(&program.path), text);
    }
    let elapsed = ended.map_err(|problem| {
        let reported = arguments
            .iter()
            .map(|one| explained(answer.reported_with(&one.key, &problem), one));
        Failed(reported.collect())
    })?;
    if answer.is_unclear() {
        let problems = arguments
            .iter()
            .filter_map(|one| Some(explained(answer.problem(&one.key)?, one)));
        return Err(Failed(problems.collect()));
    }
    let shown = &answer.shown[answer.shown.len().saturating_sub(MOST_SAID)..];
    let said: Vec<String> = shown.iter().map(|&line| line.to_owned()).collect();
    let result = |one: &&Arguments| match answer.problem(&one.key) {
        Some(problem) => Err(explained(problem, one)),
        None => Ok(Success {
            stdout: Vec::new(),
            last_lines: said.clone(),
            elapsed,
        }),
    };
    Ok(arguments.iter().map(result).collect())
}

/// The problem with what a person can do about it, by what the program reported.
fn explained(problem: Problem, arguments: &Arguments) -> Problem {
    let known = match &problem.hint {
        Some(_) => None,
        None => hint(&[], std::slice::from_ref(&problem.detail)),
    };
    let problem = match known {
        Some(hint) => problem.hint(hint),
        None => problem,
    };
    with_alias(problem, arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use pipeline::types;
    use serde_json::json;

    #[test]
    fn what_a_server_said_of_a_record_in_a_batch_is_explained() {
        let challenge =
            json!({"fqdn": "_acme-challenge.a.test.", "effective_fqdn": "x.b.test.", "value": "v"});
        let arguments = of_json(&challenge).unwrap();
        let leads =
            "The record belongs at x.b.test., where the CNAME at _acme-challenge.a.test. leads.";
        let own = "A report has to have `fqdn`.";
        for (detail, hint, expected) in [
            (
                "update failed: NOTZONE",
                None,
                Some(format!(
                    "The name is not in the zone that the update was for. {leads}"
                )),
            ),
            ("something else", None, None),
            ("update failed: NOTZONE", Some(own), Some(own.to_owned())),
        ] {
            let problem = Problem::new(&types::EXEC_BATCH, detail);
            let problem = match hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            };
            assert_eq!(explained(problem, &arguments).hint, expected, "{detail}");
        }
    }

    #[test]
    fn the_program_reads_challenges_whole_with_names_as_other_calls_have_them() {
        for (challenge, expected) in [
            (
                json!({"x": 1, "fqdn": "A.test", "effective_fqdn": "B.test", "zone": "Test", "value": "V"}),
                json!({"x": 1, "fqdn": "a.test.", "effective_fqdn": "b.test.", "zone": "test.", "value": "V"}),
            ),
            (
                json!({"fqdn": "a.test.", "effective_fqdn": null, "zone": null}),
                json!({"fqdn": "a.test.", "effective_fqdn": "a.test.", "zone": null}),
            ),
            (json!({"fqdn": "a.test."}), json!({"fqdn": "a.test."})),
        ] {
            let arguments = of_json(&challenge).unwrap().into();
            let members = challenge.as_object().unwrap().clone();
            let line = Line::of(members.into(), arguments);
            assert_eq!(*line.text, expected.to_string());
        }
    }
}
