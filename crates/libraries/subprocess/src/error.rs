//! Why a run did not succeed, as data and in words.

use crate::format::{Unrunnable, unrunnable};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;
use std::time::Duration;

/// A run that did not succeed.
#[derive(Debug)]
pub struct Error {
    /// Why.
    pub cause: Cause,
    /// The last lines that the program printed for people, none of them empty, oldest first: of its standard error, and
    /// where those are few of its standard output before them.
    pub last_lines: Vec<String>,
    /// The first bytes of its standard output, as many as [`Limits::kept_stdout`](crate::Limits::kept_stdout) says.
    pub stdout: Vec<u8>,
    /// Whether a person ended it by Ctrl-C while it had the terminal. The process group that lent it that gets SIGINT too.
    pub is_interrupted: bool,
}

/// Why a run did not succeed. Its words follow the program's name: `exited 3 after 0.25 s`.
#[derive(Debug)]
pub enum Cause {
    /// The system could not start the program: it did nothing.
    NotStarted {
        /// What the system says.
        error: io::Error,
        /// What is wrong with the program's file, where that is known.
        why: Option<Unrunnable>,
    },
    /// The program could not be followed to its end, and was killed with all that it had started.
    NotFollowed(io::Error),
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
    /// The program asked on the terminal, which it could not have, and was killed with all that it had started.
    AskedOnTerminal,
}

impl Cause {
    /// What kept a program from being started.
    pub(crate) fn of_start(error: io::Error, program: &Path) -> Cause {
        use rustix::io::Errno;
        let errno = Errno::from_io_error(&error);
        // What the system says of a file; all else is about the system.
        let is_of_file = matches!(errno, Some(Errno::NOENT | Errno::NOEXEC | Errno::LIBBAD));
        let why = is_of_file.then(|| unrunnable(program)).flatten();
        Cause::NotStarted { error, why }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Cause::NotStarted { error, why } => match why {
                Some(why) => write!(f, "could not be run: it {why} ({error})"),
                None => write!(f, "could not be run: {error}"),
            },
            Cause::NotFollowed(error) => {
                write!(f, "was killed, since it could not be followed: {error}")
            }
            Cause::AskedOnTerminal => {
                write!(
                    f,
                    "asked on the terminal, and could not have it; it was killed"
                )
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
        let error = || io::Error::from(io::ErrorKind::NotFound);
        for (cause, words) in [
            (
                Cause::NotStarted {
                    error: error(),
                    why: None,
                },
                "could not be run: entity not found",
            ),
            (
                Cause::NotStarted {
                    error: error(),
                    why: Some(Unrunnable::Empty),
                },
                "could not be run: it is empty (entity not found)",
            ),
            (
                Cause::NotFollowed(error()),
                "was killed, since it could not be followed: entity not found",
            ),
            (
                Cause::AskedOnTerminal,
                "asked on the terminal, and could not have it; it was killed",
            ),
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
