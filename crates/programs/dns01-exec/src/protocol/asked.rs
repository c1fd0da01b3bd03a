//! What the program says of itself when it is called with `timeout`: how long to wait for propagation, and how often to
//! look, in seconds, where options do not; how it is best called; or why it cannot be.
//! `{"timeout": 60, "interval": 2, "batch": true, "jobs": 8, "one_per_name": true}`

use crate::protocol::environment;
use crate::protocol::hint::hint;
use crate::protocol::program::UserProgram;
use command::text::{clean, shorten};
use command::{duration, message};
use dns01_exec::MOST_JOBS;
use exec_cli::{Call, call, short_name};
use pipeline::{Object, Problem, Propagation, Value, types};
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
/// The same for the program of a DNS service, which does know it, and may have much to load before it can answer.
const TIME_OF_SERVICE: Duration = Duration::from_secs(30);
/// How much of the answer is read, in bytes: it has a few numbers, or a sentence.
const LONGEST_ANSWER: usize = 4096;

/// How much is quoted of what cannot be meant, in characters.
const LONGEST_QUOTE: usize = 80;

/// What the program says of itself. It is asked at most once in a run, and not at all where options give both durations.
pub(crate) struct Asked {
    program: UserProgram,
    given: Propagation,
    /// Whether it is that of a DNS service, which says what it lacks: it is asked in any case.
    is_service: bool,
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
    /// What it says and cannot mean, in words.
    wrong: Vec<String>,
}

impl Asked {
    /// Nothing yet of this program; options or variables give these durations.
    pub(crate) fn new(program: UserProgram, given: Propagation, is_service: bool) -> Asked {
        Asked {
            program,
            given,
            is_service,
            said: OnceLock::new(),
        }
    }

    /// Whether it serves a DNS service, and so answers what it lacks.
    pub(crate) fn is_of_service(&self) -> bool {
        self.is_service
    }

    /// What the program says, which is asked now if it was not before.
    pub(crate) fn said(&self) -> &Said {
        self.said.get_or_init(|| {
            let Propagation { timeout, interval } = self.given;
            match timeout.is_some() && interval.is_some() && !self.is_service {
                true => Said::default(),
                false => ask(&self.program, self.is_service),
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
fn ask(program: &UserProgram, is_service: bool) -> Said {
    let question = Call {
        about: String::new(),
        is_silent: true,
        arguments: vec![dns01_exec::PROPAGATION.into()],
        removed_variables: environment::ALL.to_vec(),
        variables: Vec::new(),
        stdin: None,
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: match is_service {
            true => TIME_OF_SERVICE,
            false => TIME_TO_ANSWER,
        },
        hint,
    };
    match call(&program.path, question) {
        Ok(success) => {
            let said = read(&success.stdout);
            for wrong in &said.wrong {
                let name = short_name(&program.path);
                message::warning(&format!(
                    "{name} answers `timeout`: {wrong}; the default counts"
                ));
            }
            said
        }
        Err(failure) => {
            message::detail(&format!("the defaults count: {}", failure.problem.detail));
            let why = is_service.then_some(failure.problem.detail);
            Said {
                error: read(&failure.stdout).error.or(why),
                ..Said::default()
            }
        }
    }
}

fn read(answer: &[u8]) -> Said {
    let answer: Object = serde_json::from_slice(answer).unwrap_or_default();
    let mut wrong = Vec::new();
    let mut seconds = |name| member(&answer, name, as_seconds, "a number of seconds", &mut wrong);
    let (timeout, interval) = (seconds("timeout"), seconds("interval"));
    let mut is_so = |name| member(&answer, name, Value::as_bool, "true or false", &mut wrong);
    let (batch, one_per_name) = (is_so("batch"), is_so("one_per_name"));
    let number = format!("a number from 1 to {MOST_JOBS}");
    let jobs = member(&answer, "jobs", as_jobs, &number, &mut wrong);
    Said {
        propagation: timeout
            .zip(interval)
            .map(|(timeout, interval)| Propagation {
                timeout: Some(timeout),
                interval: Some(interval),
            }),
        batch: batch.unwrap_or_default(),
        jobs,
        one_per_name: one_per_name.unwrap_or_default(),
        error: match answer.get("error") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.trim().is_empty() => {
                Some("it does not say why".to_owned())
            }
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        },
        wrong,
    }
}

/// A member of the answer, if it is there. What is not `meant` goes to `wrong`, in words.
fn member<T>(
    answer: &Object,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
    meant: &str,
    wrong: &mut Vec<String>,
) -> Option<T> {
    let value = answer.get(name).filter(|value| !value.is_null())?;
    let read = read(value);
    if read.is_none() {
        let value = shorten(&clean(&value.to_string()), LONGEST_QUOTE);
        wrong.push(format!("`{name}` is {value}, and not {meant}"));
    }
    read
}

fn as_seconds(value: &Value) -> Option<Duration> {
    duration::from_seconds(value.as_f64()?)
}

fn as_jobs(value: &Value) -> Option<usize> {
    let jobs = usize::try_from(value.as_u64()?).ok()?;
    (1..=MOST_JOBS).contains(&jobs).then_some(jobs)
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
        let failed = |error: &str| Said {
            error: Some(error.to_owned()),
            ..Said::default()
        };
        for (answer, expected) in [
            (r#"{"batch": true, "jobs": 8}"#, said(true, Some(8), false)),
            (r#"{"one_per_name": true}"#, said(false, None, true)),
            (r#"{"error": "no TOKEN"}"#, failed("no TOKEN")),
            (r#"{"error": 7}"#, failed("7")),
            (r#"{"error": {"code": 7}}"#, failed(r#"{"code":7}"#)),
            (r#"{"error": " "}"#, failed("it does not say why")),
            (r#"{"error": null, "jobs": null}"#, Said::default()),
        ] {
            assert_eq!(read(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn what_an_answer_cannot_mean_counts_for_nothing_and_is_named() {
        for (answer, wrong) in [
            (
                r#"{"timeout": "30", "interval": -1}"#,
                &[
                    "`timeout` is \"30\", and not a number of seconds",
                    "`interval` is -1, and not a number of seconds",
                ][..],
            ),
            (
                r#"{"batch": "true", "one_per_name": 1}"#,
                &[
                    "`batch` is \"true\", and not true or false",
                    "`one_per_name` is 1, and not true or false",
                ],
            ),
            (
                r#"{"jobs": 0}"#,
                &["`jobs` is 0, and not a number from 1 to 256"],
            ),
            (
                r#"{"jobs": 1.5}"#,
                &["`jobs` is 1.5, and not a number from 1 to 256"],
            ),
            (
                r#"{"jobs": 257}"#,
                &["`jobs` is 257, and not a number from 1 to 256"],
            ),
            ("timeout: 30", &[]),
        ] {
            let expected = Said {
                wrong: wrong.iter().map(|one| (*one).to_owned()).collect(),
                ..Said::default()
            };
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
                is_service: false,
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
