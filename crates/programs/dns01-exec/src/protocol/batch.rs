//! `--batch`: one call for all challenges of a zone, for DNS interfaces that write whole zones at once. The program
//! reads the challenges as JSON Lines, and prints a line for each that failed.

use crate::protocol::arguments::Arguments;
use crate::protocol::call::{Call, call, short_name};
use crate::protocol::environment;
use crate::protocol::program::{Action, UserProgram};
use command::message;
use command::text::shorten;
use pipeline::catalogue::challenge::{EFFECTIVE_FQDN, ERROR, FQDN, VALUE, ZONE};
use pipeline::{Challenge, Object, Problem, types, value};
use std::time::Duration;
use subprocess::{Stdout, Success};

/// How much of the program's answer is read, in bytes: thousands of lines.
const LONGEST_ANSWER: usize = 1 << 20;
/// How much of what the program says of a challenge becomes its error, in characters.
const LONGEST_ERROR: usize = 1000;

/// A line of the program's answer: a challenge that failed, and why.
#[derive(Debug, PartialEq)]
struct FailedChallenge {
    fqdn: String,
    value: String,
    error: String,
}

/// Calls the program for challenges of one zone, with these arguments. Returns what became of each, in the same order. A
/// line of the program's answer that names no challenge is shown like other programs' output.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`: all of them have failed.
pub(crate) fn call_for_zone(
    program: &UserProgram,
    action: Action,
    arguments: &[&Arguments],
    challenges: impl Iterator<Item = Challenge>,
) -> Result<Vec<Result<Success, Problem>>, Problem> {
    let mut stdin = Vec::new();
    for (challenge, arguments) in challenges.zip(arguments) {
        // This cannot fail: it writes to a vector, and the keys of an object are text.
        let _ = serde_json::to_writer(&mut stdin, &line(challenge, arguments));
        stdin.push(b'\n');
    }
    let all = Call {
        arguments: vec![format!("{}-batch", action.name()).into()],
        variables: arguments
            .first()
            .map_or_else(Vec::new, |first| environment::of_zone(first)),
        stdin: Some(stdin),
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: program.time_limit,
    };
    let success = call(&program.path, all)?;
    let mut failed = Vec::new();
    for line in String::from_utf8_lossy(&success.stdout).lines() {
        match read(line) {
            Some(one) => failed.push(one),
            None => message::relay(&short_name(&program.path), line),
        }
    }
    let results = arguments
        .iter()
        .map(|one| result(one, &failed, success.elapsed));
    Ok(results.collect())
}

/// A challenge as the program reads it: all of its members, with the names as they are in the arguments of other calls.
fn line(mut challenge: Challenge, arguments: &Arguments) -> Object {
    challenge.set(&FQDN, arguments.fqdn.clone());
    if challenge.has(&EFFECTIVE_FQDN) {
        challenge.set(&EFFECTIVE_FQDN, arguments.record_name.clone());
    }
    if let Some(zone) = &arguments.zone {
        challenge.set(&ZONE, zone.clone());
    }
    challenge.into()
}

fn read(line: &str) -> Option<FailedChallenge> {
    let line: Object = serde_json::from_str(line).ok()?;
    Some(FailedChallenge {
        fqdn: value::required(&line, FQDN.name).ok()?,
        value: value::required(&line, VALUE.name).ok()?,
        error: value::required(&line, ERROR.name).ok()?,
    })
}

/// What became of a challenge: it succeeded unless the program named it.
fn result(
    arguments: &Arguments,
    failed: &[FailedChallenge],
    elapsed: Duration,
) -> Result<Success, Problem> {
    let key = &arguments.key;
    let mut failed = failed.iter();
    match failed.find(|one| key.is_called(&one.fqdn, &one.value)) {
        Some(one) => Err(Problem::new(
            &types::EXEC_BATCH,
            shorten(&one.error, LONGEST_ERROR),
        )),
        None => Ok(Success {
            stdout: Vec::new(),
            elapsed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use serde_json::json;

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
            let arguments = of_json(&challenge).unwrap();
            let members = challenge.as_object().unwrap().clone();
            let read = line(members.into(), &arguments);
            assert_eq!(json!(read).to_string(), expected.to_string());
        }
    }

    #[test]
    fn a_challenge_fails_that_the_answer_names_before_or_after_its_cnames() {
        let challenge = json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "v"});
        let arguments = of_json(&challenge).unwrap();
        for (line, is_named) in [
            (
                r#"{"fqdn": "a.test.", "value": "v", "error": "quota"}"#,
                true,
            ),
            (
                r#"{"fqdn": "b.test.", "value": "v", "error": "quota"}"#,
                true,
            ),
            (
                r#"{"fqdn": "B.test", "value": "v", "error": "quota"}"#,
                true,
            ),
            (
                r#"{"fqdn": "a.test.", "value": "w", "error": "quota"}"#,
                false,
            ),
            (
                r#"{"fqdn": "c.test.", "value": "v", "error": "quota"}"#,
                false,
            ),
        ] {
            let failed = [read(line).expect("a line of an answer")];
            match result(&arguments, &failed, Duration::from_secs(7)) {
                Ok(success) => {
                    assert!(!is_named, "{line}");
                    assert_eq!((success.stdout.len(), success.elapsed.as_secs()), (0, 7));
                }
                Err(problem) => {
                    assert!(is_named, "{line}");
                    assert_eq!(
                        (problem.kind.as_str(), problem.detail.as_str()),
                        ("acmepipe:exec:batch", "quota")
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_no_answer_names_no_challenge() {
        for line in [
            "",
            "done",
            "[]",
            r#"{"fqdn": "a.", "value": "v"}"#,
            r#"{"fqdn": "a.", "value": 1, "error": "x"}"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
