//! `--batch`: one call for all challenges of a zone, for DNS interfaces that write whole zones at once. The program
//! reads the challenges as JSON Lines, and prints a line for each that failed.

use crate::protocol::call::{Call, call, short_name};
use crate::protocol::challenge::Challenge;
use crate::protocol::environment;
use crate::protocol::program::{Action, UserProgram};
use pipeline::{Failure, Object, message, value};
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

/// Calls the program for challenges of one zone, of which `objects` are the documents. Returns what became of each, in
/// the same order. A line of its answer that names no challenge is shown like other programs' output.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`: all of them have failed.
pub(crate) fn call_for_zone(
    program: &UserProgram,
    action: Action,
    challenges: &[&Challenge],
    objects: impl Iterator<Item = Object>,
) -> Result<Vec<Result<Success, Failure>>, Failure> {
    let mut stdin = Vec::new();
    for object in objects {
        // Writing to a vector cannot fail, and an object has only text for keys.
        let _ = serde_json::to_writer(&mut stdin, &object);
        stdin.push(b'\n');
    }
    let all = Call {
        arguments: vec![format!("{}-batch", action.name()).into()],
        variables: challenges
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
    let results = challenges
        .iter()
        .map(|challenge| result(challenge, &failed, success.elapsed));
    Ok(results.collect())
}

fn read(line: &str) -> Option<FailedChallenge> {
    let line: Object = serde_json::from_str(line).ok()?;
    Some(FailedChallenge {
        fqdn: value::required(&line, "fqdn").ok()?,
        value: value::required(&line, "value").ok()?,
        error: value::required(&line, "error").ok()?,
    })
}

/// What became of a challenge: it succeeded unless the program named it.
fn result(
    challenge: &Challenge,
    failed: &[FailedChallenge],
    elapsed: Duration,
) -> Result<Success, Failure> {
    let (effective_fqdn, value) = challenge.key();
    let is_it = |one: &&FailedChallenge| {
        one.value == value && (one.fqdn == challenge.fqdn || one.fqdn == effective_fqdn)
    };
    match failed.iter().find(is_it) {
        Some(one) => {
            let error = message::shorten(&one.error, LONGEST_ERROR);
            Err(Failure::new("acmepipe:exec:batch", error))
        }
        None => Ok(Success {
            stdout: Vec::new(),
            elapsed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_challenge_fails_that_the_answer_names_before_or_after_its_cnames() {
        let challenge = json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "v"});
        let challenge = Challenge::read(challenge.as_object().unwrap()).unwrap();
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
                r#"{"fqdn": "a.test.", "value": "w", "error": "quota"}"#,
                false,
            ),
            (
                r#"{"fqdn": "c.test.", "value": "v", "error": "quota"}"#,
                false,
            ),
        ] {
            let failed = [read(line).expect("a line of an answer")];
            match result(&challenge, &failed, Duration::from_secs(7)) {
                Ok(success) => {
                    assert!(!is_named, "{line}");
                    assert_eq!((success.stdout.len(), success.elapsed.as_secs()), (0, 7));
                }
                Err(failure) => {
                    assert!(is_named, "{line}");
                    assert_eq!(
                        (failure.kind.as_str(), failure.detail.as_str()),
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
