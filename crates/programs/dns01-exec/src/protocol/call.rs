//! One call of the user's program.

use crate::protocol::explain::explain;
use crate::protocol::{environment, mark};
use command::{handled_signals, message, wait_for_signal};
use pipeline::Problem;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use subprocess::{Command, Event, Limits, Questions, Stdout, Success};

/// How long it takes at most until a signal is heard that was handed on. It may be ignored.
const UNTIL_HEARD: Duration = Duration::from_secs(2);

/// What the program is called with, and within which limits.
pub(super) struct Call {
    /// What it is for: the record's name, or the zone.
    pub(super) about: String,
    /// Whether a person is to know nothing of it: neither what it prints, nor what it asks on the terminal.
    pub(super) is_silent: bool,
    pub(super) arguments: Vec<OsString>,
    pub(super) variables: Vec<(&'static str, String)>,
    /// What the program reads; without it, its standard input is `/dev/null`.
    pub(super) stdin: Option<Vec<u8>>,
    /// What its standard output is for.
    pub(super) stdout: Stdout,
    /// How much of its standard output is kept, in bytes.
    pub(super) kept_stdout: usize,
    /// How long the call may take.
    pub(super) time_limit: Duration,
}

/// A call that failed.
pub(super) struct Failure {
    pub(super) problem: Problem,
    /// What is kept of the program's standard output.
    pub(super) stdout: Vec<u8>,
}

/// Calls the program, and waits until it has ended and nobody holds its output any more. What it prints goes to standard
/// error line by line, after its name.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, with the last lines that it printed.
pub(super) fn call(program: &Path, call: Call) -> Result<Success, Failure> {
    let removed = environment::ALL.iter().chain([&dns01_exec::TERMINAL]);
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
    let action = command.arguments.first().map(|word| word.to_string_lossy());
    let action = action.unwrap_or_default();
    let (about, limit) = (&call.about, limits.time.as_secs_f64());
    let mut tell = |event: Event<'_>| match event {
        _ if call.is_silent => {}
        Event::Line(text) => message::relay(&name, text),
        Event::RestOmitted => message::relay(&name, "(prints too much; the rest is not shown)"),
        Event::StillRuns(elapsed) => {
            let elapsed = elapsed.as_secs();
            message::note(&format!(
                "{about}: {name} {action} has been running for {elapsed} s; after {limit} s it is ended"
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
            problem: explain(program, &command.arguments, &error),
            stdout: error.stdout,
        }
    })
}

/// What becomes of the program's questions on the terminal.
fn questions(is_silent: bool) -> Questions {
    if is_silent {
        return Questions::Refused;
    }
    let group = std::env::var(dns01_exec::TERMINAL);
    Questions::Asked {
        on_behalf_of: group.ok().and_then(|group| group.parse().ok()),
    }
}

/// The prefix of the program's lines.
pub(super) fn short_name(program: &Path) -> String {
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
