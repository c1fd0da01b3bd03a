//! How long to wait for propagation, and how often to look. Options say so, else the program does when it is called
//! with `timeout`: `{"timeout": 60, "interval": 2}`, in seconds.

use crate::protocol::environment;
use crate::protocol::hint::hint;
use crate::protocol::program::UserProgram;
use command::{duration, message};
use exec_cli::{Call, call};
use pipeline::{Object, Propagation, value};
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
/// How much of the answer is read, in bytes: it has two numbers.
const LONGEST_ANSWER: usize = 4096;

/// The two durations. The program is asked for them at most once in a run, and not at all where options give both.
pub(crate) struct PropagationTimes {
    program: UserProgram,
    given: Propagation,
    answer: OnceLock<Propagation>,
}

impl PropagationTimes {
    /// The durations of this program, where options or variables do not give them.
    pub(crate) fn new(program: UserProgram, given: Propagation) -> PropagationTimes {
        PropagationTimes {
            program,
            given,
            answer: OnceLock::new(),
        }
    }

    /// Both of them.
    pub(crate) fn get(&self) -> Propagation {
        let Propagation { timeout, interval } = self.given;
        if timeout.is_some() && interval.is_some() {
            return self.given;
        }
        let answer = self.answer.get_or_init(|| {
            let answer = ask(&self.program).as_deref().and_then(read);
            answer.unwrap_or(DEFAULT)
        });
        Propagation {
            timeout: timeout.or(answer.timeout),
            interval: interval.or(answer.interval),
        }
    }
}

/// What the program prints when it is asked; nothing where it fails. Lego never asks this, so many a program fails, and
/// not everybody needs to know.
fn ask(program: &UserProgram) -> Option<Vec<u8>> {
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
    let answer = call(&program.path, question).map_err(|failure| {
        message::detail(&format!("the defaults count: {}", failure.problem.detail));
    });
    Some(answer.ok()?.stdout)
}

fn read(answer: &[u8]) -> Option<Propagation> {
    let answer: Object = serde_json::from_slice(answer).ok()?;
    let seconds = |member| duration::from_seconds(value::required(&answer, member).ok()?);
    Some(Propagation {
        timeout: Some(seconds("timeout")?),
        interval: Some(seconds("interval")?),
    })
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
            time_limit: Duration::ZERO,
        };
        let seconds = |number: Option<u64>| number.map(Duration::from_secs);
        let read = || read(br#"{"timeout": 30, "interval": 5}"#).unwrap();
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
            let times = PropagationTimes {
                program: program.clone(),
                given,
                answer: answer.map_or_else(OnceLock::new, OnceLock::from),
            };
            let expected = Propagation {
                timeout: seconds(Some(expected.0)),
                interval: seconds(Some(expected.1)),
            };
            assert_eq!(times.get(), expected, "{given:?} {answer:?}");
        }
    }
}
