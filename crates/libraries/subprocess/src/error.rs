//! Why a run did not succeed, as data and in words.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

/// A run that did not succeed.
#[derive(Debug)]
pub struct Error {
    /// Why.
    pub cause: Cause,
    /// The last lines that the program printed for people, none of them empty, oldest first: of its standard error, and
    /// where those are few of its standard output before them.
    pub last_lines: Vec<String>,
}

/// Why a run did not succeed. Its words follow the program's name: `exited 3 after 0.25 s`.
#[derive(Debug)]
pub enum Cause {
    /// The program's file is gone, or the interpreter that its first line names does not exist.
    NoInterpreter(io::Error),
    /// The system does not know how to run the file: it is text whose first line names no interpreter, for instance.
    UnknownFormat(io::Error),
    /// The system could not start the program, or not follow it to its end; what it had started was killed then.
    System(io::Error),
    /// The program ended with a status other than 0.
    Exited {
        /// Its status.
        status: i32,
        /// How long it ran.
        elapsed: Duration,
    },
    /// A signal that did not come from here ended the program.
    Killed {
        /// The signal's number.
        signal: i32,
        /// How long the program ran.
        elapsed: Duration,
    },
    /// The program did not end within the limit, and was killed with all that it had started.
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The program ended, and a process that it had started still held its output when the limit came. All that it had
    /// started was killed.
    OutputHeld {
        /// The limit.
        limit: Duration,
    },
}

impl Cause {
    /// What kept a program from being started.
    pub(crate) fn of_start(error: io::Error) -> Cause {
        if error.kind() == io::ErrorKind::NotFound {
            Cause::NoInterpreter(error)
        } else if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::NOEXEC) {
            Cause::UnknownFormat(error)
        } else {
            Cause::System(error)
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Cause::NoInterpreter(error) | Cause::UnknownFormat(error) | Cause::System(error) => {
                write!(f, "could not be run: {error}")
            }
            Cause::Exited { status, elapsed } => {
                write!(f, "exited {status} after {:.2} s", elapsed.as_secs_f64())
            }
            Cause::Killed { signal, elapsed } => {
                match signal_hook::low_level::signal_name(*signal) {
                    Some(name) => write!(f, "was killed by {name}")?,
                    None => write!(f, "was killed by signal {signal}")?,
                }
                write!(f, " after {:.2} s", elapsed.as_secs_f64())
            }
            Cause::TimedOut { limit } => {
                let limit = limit.as_secs_f64();
                write!(f, "had not ended after {limit} s; it was killed")
            }
            Cause::OutputHeld { limit } => {
                let limit = limit.as_secs_f64();
                write!(
                    f,
                    "ended, but a process that it left behind held its output after {limit} s; it was killed"
                )
            }
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.cause, f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_says_what_happened() {
        let elapsed = Duration::from_millis(1250);
        let limit = Duration::from_millis(700);
        for (cause, words) in [
            (
                Cause::Exited { status: 3, elapsed },
                "exited 3 after 1.25 s",
            ),
            (
                Cause::Killed {
                    signal: 11,
                    elapsed,
                },
                "was killed by SIGSEGV after 1.25 s",
            ),
            (
                Cause::Killed {
                    signal: 63,
                    elapsed,
                },
                "was killed by signal 63 after 1.25 s",
            ),
            (
                Cause::TimedOut { limit },
                "had not ended after 0.7 s; it was killed",
            ),
            (
                Cause::OutputHeld { limit },
                "ended, but a process that it left behind held its output after 0.7 s; it was killed",
            ),
        ] {
            assert_eq!(cause.to_string(), words);
        }
    }
}
