//! What the program says of itself when it is called with `timeout`: how long to wait for propagation, and how often to
//! look, in seconds, where options do not; how it is best called; or why it cannot be.
//! `{"timeout": 60, "interval": 2, "batch": true, "jobs": 8, "one_per_name": true}`

use crate::protocol::environment;
use crate::protocol::hint::hint;
use crate::protocol::program::UserProgram;
use command::text::clean;
use command::{duration, message};
use dns01_exec::MOST_JOBS;
use exec_cli::{Call, call, short_name};
use pipeline::{Object, Problem, Propagation, Value, types, value};
use std::sync::OnceLock;
use std::time::Duration;
use subprocess::Stdout;

/// The values where neither does: those of lego.
const DEFAULT: Propagation = Propagation {
    timeout: Some(Duration::from_secs(60)),
    interval: Some(Duration::from_secs(2)),
};
/// How long the program may take to answer. One that does not know `timeout` and hangs costs this much.
const TIME_TO_ANSWER: Duration = Duration::from_secs(2);
/// How much of the answer is read, in bytes: it has a few numbers, or a sentence.
const LONGEST_ANSWER: usize = 4096;

/// What the program says of itself. It is asked at most once in a run, and not at all where options give both durations.
pub(crate) struct Asked {
    program: UserProgram,
    given: Propagation,
    said: OnceLock<Said>,
}

/// An answer to `timeout`; what it does not say is nothing out of the ordinary.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    propagation: Option<Propagation>,
    /// Whether it takes all challenges of a zone in one call.
    pub(crate) batch: bool,
    /// How many calls of it may overlap.
    pub(crate) jobs: Option<usize>,
    /// Whether the service keeps one value at a name.
    pub(crate) one_per_name: bool,
    /// Why it cannot be called at all: a setting that is missing, for instance.
    pub(crate) error: Option<String>,
}

impl Asked {
    /// Nothing yet of this program; options or variables give these durations.
    pub(crate) fn new(program: UserProgram, given: Propagation) -> Asked {
        Asked {
            program,
            given,
            said: OnceLock::new(),
        }
    }

    /// What the program says, which is asked now if it was not before.
    pub(crate) fn said(&self) -> &Said {
        self.said.get_or_init(|| {
            let Propagation { timeout, interval } = self.given;
            match timeout.is_some() && interval.is_some() {
                true => Said::default(),
                false => ask(&self.program),
            }
        })
    }

    /// How long to wait for propagation, and how often to look.
    pub(crate) fn propagation(&self) -> Propagation {
        let Propagation { timeout, interval } = self.given;
        let answer = self.said().propagation.unwrap_or(DEFAULT);
        Propagation {
            timeout: timeout.or(answer.timeout),
            interval: interval.or(answer.interval),
        }
    }

    /// All that is known, as the program would say it.
    pub(crate) fn to_object(&self) -> Object {
        let mut object = Object::from(self.propagation());
        let said = self.said();
        let is_so = [("batch", said.batch), ("one_per_name", said.one_per_name)];
        for (name, _) in is_so.into_iter().filter(|(_, is_so)| *is_so) {
            object.insert(name.to_owned(), true.into());
        }
        if let Some(jobs) = said.jobs {
            object.insert("jobs".to_owned(), jobs.into());
        }
        object
    }

    /// Why the program cannot be called, where it says so.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let error = self.said().error.as_ref()?;
        let name = short_name(&self.program.path);
        let detail = format!("{name} cannot be called: {}", clean(error));
        Some(Problem::new(&types::USAGE, detail))
    }
}

/// What the program prints when it is asked; nothing of it where it fails, but why it cannot be called. Lego never asks
/// this, so many a program fails, and not everybody needs to know.
fn ask(program: &UserProgram) -> Said {
    let question = Call {
        about: String::new(),
        is_silent: true,
        arguments: vec![dns01_exec::PROPAGATION.into()],
        removed_variables: environment::ALL.to_vec(),
        variables: Vec::new(),
        stdin: None,
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: TIME_TO_ANSWER,
        hint,
    };
    match call(&program.path, question) {
        Ok(success) => read(&success.stdout),
        Err(failure) => {
            message::detail(&format!("the defaults count: {}", failure.problem.detail));
            Said {
                error: read(&failure.stdout).error,
                ..Said::default()
            }
        }
    }
}

fn read(answer: &[u8]) -> Said {
    let answer: Object = serde_json::from_slice(answer).unwrap_or_default();
    let seconds = |member| duration::from_seconds(value::required(&answer, member).ok()?);
    let is_so = |member| answer.get(member) == Some(&Value::Bool(true));
    let jobs = answer.get("jobs").and_then(Value::as_u64);
    let jobs = jobs.and_then(|jobs| usize::try_from(jobs).ok());
    Said {
        propagation: seconds("timeout")
            .zip(seconds("interval"))
            .map(|(timeout, interval)| Propagation {
                timeout: Some(timeout),
                interval: Some(interval),
            }),
        batch: is_so("batch"),
        jobs: jobs.filter(|jobs| (1..=MOST_JOBS).contains(jobs)),
        one_per_name: is_so("one_per_name"),
        error: answer
            .get("error")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_two_numbers_of_seconds() {
        let durations = |timeout: u64, interval: f64| Propagation {
            timeout: Some(Duration::from_secs(timeout)),
            interval: Some(Duration::from_secs_f64(interval)),
        };
        for (answer, expected) in [
            (
                r#"{"timeout": 30, "interval": 5.5}"#,
                Some(durations(30, 5.5)),
            ),
            (
                "{\"interval\": 0, \"timeout\": 1, \"more\": {}}\n",
                Some(durations(1, 0.0)),
            ),
            (r#"{"timeout": 30}"#, None),
            (r#"{"timeout": "30", "interval": 5}"#, None),
            (r#"{"timeout": -1, "interval": 5}"#, None),
            (r#"{"timeout": 30, "interval": 1e300}"#, None),
            ("timeout: 30 seconds", None),
            ("", None),
        ] {
            assert_eq!(read(answer.as_bytes()).propagation, expected, "{answer}");
        }
    }

    #[test]
    fn an_answer_may_say_how_the_program_is_best_called_or_why_it_cannot_be() {
        let said = |batch, jobs, one_per_name| Said {
            batch,
            jobs,
            one_per_name,
            ..Said::default()
        };
        for (answer, expected) in [
            (r#"{"batch": true, "jobs": 8}"#, said(true, Some(8), false)),
            (r#"{"one_per_name": true}"#, said(false, None, true)),
            (r#"{"batch": "true", "one_per_name": 1}"#, Said::default()),
            (r#"{"jobs": 0}"#, Said::default()),
            (r#"{"jobs": 1.5}"#, Said::default()),
            (r#"{"jobs": 257}"#, Said::default()),
            (
                r#"{"error": "no TOKEN"}"#,
                Said {
                    error: Some("no TOKEN".to_owned()),
                    ..Said::default()
                },
            ),
            (r#"{"error": null}"#, Said::default()),
        ] {
            assert_eq!(read(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn an_option_counts_more_than_the_program_and_that_more_than_the_default() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        let program = UserProgram {
            path: missing,
            raw: false,
            double_dash: false,
            batch: false,
            jobs: None,
            time_limit: Duration::ZERO,
        };
        let seconds = |number: Option<u64>| number.map(Duration::from_secs);
        let read = || read(br#"{"timeout": 30, "interval": 5}"#);
        for (timeout, interval, answer, expected) in [
            (Some(7), Some(1), None, (7, 1)),
            (Some(7), None, Some(read()), (7, 5)),
            (None, Some(1), Some(read()), (30, 1)),
            (None, None, Some(read()), (30, 5)),
            (Some(7), None, None, (7, 2)),
            (None, Some(1), None, (60, 1)),
            (None, None, None, (60, 2)),
        ] {
            let given = Propagation {
                timeout: seconds(timeout),
                interval: seconds(interval),
            };
            let asked = Asked {
                program: program.clone(),
                given,
                said: answer.clone().map_or_else(OnceLock::new, OnceLock::from),
            };
            let expected = Propagation {
                timeout: seconds(Some(expected.0)),
                interval: seconds(Some(expected.1)),
            };
            assert_eq!(asked.propagation(), expected, "{given:?} {answer:?}");
        }
    }
}
