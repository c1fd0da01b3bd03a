//! One call of the user's program.

use crate::explain::{Hint, called, explain};
use crate::mark;
use command::{handled_signals, message, wait_for_signal};
use pipeline::Problem;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use subprocess::{Cause, Command, Event, Limits, Questions, Stdout, Success, TERMINAL};

/// How long it takes at most until a signal is heard that was handed on. It may be ignored.
const UNTIL_HEARD: Duration = Duration::from_secs(2);

/// How long it takes at most to end all that a call has started, and to write what became of it.
const AFTER_CALL: Duration = Duration::from_secs(10);

/// How long it takes at most until nothing is left of a call with this limit.
pub fn time_to_end(time_limit: Duration) -> Duration {
    time_limit.saturating_add(AFTER_CALL)
}

/// What the program is called with, and within which limits.
pub struct Call {
    /// What it is for, as a person is told of it: a record's name, or that of a certificate.
    pub about: String,
    /// Whether a person is to know nothing of it: neither what it prints, nor what it asks on the terminal.
    pub is_silent: bool,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Variables that the program does not inherit: they would be about something else.
    pub removed_variables: Vec<&'static str>,
    /// Variables that it has besides those that it inherits, or in their place.
    pub variables: Vec<(String, String)>,
    /// What the program reads; without it, its standard input is `/dev/null`.
    pub stdin: Option<Vec<u8>>,
    /// What its standard output is for.
    pub stdout: Stdout,
    /// How much of its standard output is kept, in bytes.
    pub kept_stdout: usize,
    /// How long the call may take.
    pub time_limit: Duration,
    /// What a person can do about a failure, by its arguments and the last lines that it printed.
    pub hint: Hint,
}

/// A call that failed.
pub struct Failure {
    /// Why.
    pub problem: Problem,
    /// What is kept of the program's standard output.
    pub stdout: Vec<u8>,
    /// The status with which the program exited, if it did.
    pub status: Option<i32>,
}

/// Calls the program, and waits until it has ended and nobody holds its output any more. What it prints goes to standard
/// error line by line, after its name.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, with the last lines that it printed.
pub fn call(program: &Path, call: Call) -> Result<Success, Failure> {
    let removed = call
        .removed_variables
        .iter()
        .chain([&TERMINAL, &command::PARENT]);
    let variables = call.variables.into_iter();
    let command = Command {
        program: program.to_owned(),
        arguments: call.arguments,
        removed_variables: removed.map(OsString::from).collect(),
        variables: variables
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        stdin: call.stdin,
        stdout: call.stdout,
        mark: mark::next_call(),
        questions: questions(call.is_silent),
    };
    let limits = Limits {
        time: call.time_limit,
        kept_stdout: call.kept_stdout,
    };
    let name = short_name(program);
    let called = called(&name, &command.arguments);
    let (about, limit) = (&call.about, limits.time.as_secs_f64());
    let mut tell = |event: Event<'_>| match event {
        _ if call.is_silent => {}
        Event::Line(text) => message::relay(&name, text),
        Event::RestOmitted => message::relay(&name, "(prints too much; the rest is not shown)"),
        Event::StillRuns(elapsed) => {
            let elapsed = elapsed.as_secs();
            message::warning(&format!(
                "{about}: {called} has been running for {elapsed} s; after {limit} s it is ended"
            ));
        }
    };
    let handled = handled_signals();
    subprocess::run(&command, &limits, &mut tell).map_err(|error| {
        if error.is_interrupted {
            // Whoever looks at the failure is to know that this is to stop.
            wait_for_signal(handled, UNTIL_HEARD);
        }
        Failure {
            problem: explain(program, &command.arguments, &error, call.hint),
            status: match error.cause {
                Cause::Exited { status, .. } => Some(status),
                _ => None,
            },
            stdout: error.stdout,
        }
    })
}

/// What becomes of the program's questions on the terminal.
fn questions(is_silent: bool) -> Questions {
    if is_silent {
        return Questions::Refused;
    }
    let group = std::env::var(TERMINAL);
    Questions::Asked {
        on_behalf_of: group.ok().and_then(|group| group.parse().ok()),
    }
}

/// The prefix of the program's lines.
pub fn short_name(program: &Path) -> String {
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
