//! How long to wait for propagation, and how often to look. Options say so, else the program does when it is called
//! with `timeout`: `{"timeout": 60, "interval": 2}`, in seconds.

use crate::protocol::call::{Call, call};
use crate::protocol::program::UserProgram;
use pipeline::{Object, value};
use std::sync::OnceLock;
use std::time::Duration;
use subprocess::Stdout;

/// The values where neither does: those of lego.
const DEFAULT: Durations = Durations {
    timeout: Duration::from_secs(60),
    interval: Duration::from_secs(2),
};
/// How long the program may take to answer. One that does not know the question and hangs costs this much.
const TIME_TO_ANSWER: Duration = Duration::from_secs(2);
/// How much of the answer is read, in bytes: it has two numbers.
const LONGEST_ANSWER: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Durations {
    timeout: Duration,
    interval: Duration,
}

/// The two durations. The program is asked for them at most once in a run, and not at all where options give both.
pub(crate) struct Propagation {
    program: UserProgram,
    timeout: Option<Duration>,
    interval: Option<Duration>,
    answer: OnceLock<Durations>,
}

impl Propagation {
    /// The durations of this program, where options or variables do not give them.
    pub(crate) fn new(
        program: UserProgram,
        timeout: Option<Duration>,
        interval: Option<Duration>,
    ) -> Propagation {
        Propagation {
            program,
            timeout,
            interval,
            answer: OnceLock::new(),
        }
    }

    /// The document's member `propagation`.
    pub(crate) fn member(&self) -> Object {
        let Durations { timeout, interval } = match (self.timeout, self.interval) {
            (Some(timeout), Some(interval)) => Durations { timeout, interval },
            (timeout, interval) => {
                let answer = self.answer.get_or_init(|| {
                    let answer = ask(&self.program).as_deref().and_then(read);
                    answer.unwrap_or(DEFAULT)
                });
                Durations {
                    timeout: timeout.unwrap_or(answer.timeout),
                    interval: interval.unwrap_or(answer.interval),
                }
            }
        };
        Object::from_iter([
            ("timeout".to_owned(), value::seconds(timeout)),
            ("interval".to_owned(), value::seconds(interval)),
        ])
    }
}

/// What the program prints when it is asked; nothing where it fails.
fn ask(program: &UserProgram) -> Option<Vec<u8>> {
    let question = Call {
        arguments: vec!["timeout".into()],
        variables: Vec::new(),
        stdin: None,
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: TIME_TO_ANSWER,
    };
    Some(call(&program.path, question).ok()?.stdout)
}

fn read(answer: &[u8]) -> Option<Durations> {
    let answer: Object = serde_json::from_slice(answer).ok()?;
    let seconds = |member| value::duration(value::required(&answer, member).ok()?);
    Some(Durations {
        timeout: seconds("timeout")?,
        interval: seconds("interval")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_two_numbers_of_seconds() {
        let durations = |timeout: u64, interval: f64| Durations {
            timeout: Duration::from_secs(timeout),
            interval: Duration::from_secs_f64(interval),
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
}
