//! Why a call failed, in words for a person, and what can be done about it.

use crate::remedy::remedy;
use command::text::{clean, shorten};
use pipeline::{Problem, types};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use subprocess::{Cause, Error};

/// How much of the program's last lines an error quotes, in characters.
const LONGEST_QUOTE: usize = 1000;

/// What a person can do about a failure, by the program's arguments and the last lines that it printed.
pub type Hint = fn(&[OsString], &[String]) -> Option<&'static str>;

/// The problem of a call with these arguments.
pub(crate) fn explain(
    program: &Path,
    arguments: &[OsString],
    error: &Error,
    known: Hint,
) -> Problem {
    let cause = &error.cause;
    let (lines, own_hint) = without_hint(&error.last_lines);
    let said = || own_hint.or_else(|| hint(known, arguments, &lines).map(str::to_owned));
    let (kind, hint) = match cause {
        Cause::NotStarted { why: Some(why), .. } => (types::EXEC_START, Some(remedy(program, why))),
        Cause::NotStarted { error, .. } if error.kind() == ErrorKind::PermissionDenied => {
            let hint = match subprocess::find(program) {
                Ok(_) => NOT_PERMITTED,
                Err(_) => NOT_EXECUTABLE,
            };
            (types::EXEC_START, Some(hint.to_owned()))
        }
        Cause::NotStarted { .. } => (types::EXEC_START, None),
        Cause::NotFollowed(_) => (types::EXEC_STATUS, None),
        Cause::AskedOnTerminal => (types::EXEC_STATUS, Some(IN_THE_BACKGROUND.to_owned())),
        Cause::Exited { .. } | Cause::Killed { .. } => (types::EXEC_STATUS, said()),
        Cause::TimedOut { .. } | Cause::OutputHeld { .. } => (types::EXEC_TIMEOUT, said()),
    };
    let program = program.display();
    let detail = if kind == types::EXEC_START {
        format!("{program} {cause}")
    } else {
        let called = called(&program.to_string(), arguments);
        match quote(&lines) {
            Some(quote) => format!("{called} {cause}: {quote}"),
            None => format!("{called} {cause} and printed nothing"),
        }
    };
    let problem = Problem::new(&kind, detail);
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The lines without the hint in them, and that: a program of this house says it on a line of its own.
fn without_hint(lines: &[String]) -> (Vec<String>, Option<String>) {
    let mut hint = None;
    let others = lines
        .iter()
        .filter(|line| match line.split_once("  hint: ") {
            Some((name, text)) if name.is_empty() || name.trim_end().ends_with(':') => {
                hint = Some(text.to_owned());
                false
            }
            _ => true,
        });
    let others = others.cloned().collect();
    (others, hint)
}

/// The program with the word that says what it is to do.
pub(crate) fn called(program: &str, arguments: &[OsString]) -> String {
    match arguments.first() {
        Some(word) => format!("{program} {}", word.to_string_lossy()),
        None => program.to_owned(),
    }
}

/// What is to be looked at where the program itself may not be executed.
const NOT_EXECUTABLE: &str = "The program has to be a regular file that may be executed (`chmod +x`), as when it was first called.";
/// What is to be looked at where it may.
const NOT_PERMITTED: &str = "The interpreter that its first line names may not be executed, or one of the two is on a \
                             file system that is mounted with noexec.";
/// What can be done about a program that asks where nobody can answer.
const IN_THE_BACKGROUND: &str = "This runs in the background of the terminal: run it in the foreground, or give the \
                                 program what it asks for in a file or a variable.";
/// What can be done about one that asks where there is no terminal.
const NO_TERMINAL: &str = "The program asks on the terminal, and there is none: it has to have what it asks for in a \
                           file or a variable.";

/// Whether a line tells that a program wanted a terminal that is not there, as the system, ssh and sudo say it.
fn lacks_terminal(line: &str) -> bool {
    let is_device = line.contains("/dev/tty") && line.contains("No such device or address");
    is_device || line.contains("a terminal is required")
}

/// The program's lines as one text in quotation marks, shortened; `None` where there are none.
#[must_use]
pub fn quote(lines: &[String]) -> Option<String> {
    let text = format!("{:?}", clean(&lines.join("; ")));
    (!lines.is_empty()).then(|| shorten(&text, LONGEST_QUOTE))
}

/// What a person can do, as whoever calls the program knows it, or by what the system, ssh or sudo says.
fn hint(known: Hint, arguments: &[OsString], last_lines: &[String]) -> Option<&'static str> {
    let lacks_terminal = || last_lines.iter().any(|line| lacks_terminal(line));
    known(arguments, last_lines).or_else(|| lacks_terminal().then_some(NO_TERMINAL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::time::Duration;
    use subprocess::Unrunnable;

    fn not_started(why: Option<Unrunnable>) -> Cause {
        let error = io::Error::from(io::ErrorKind::NotFound);
        Cause::NotStarted { error, why }
    }

    fn explained(cause: Cause, value: &str, lines: &[&str]) -> Problem {
        let error = Error {
            cause,
            last_lines: lines.iter().copied().map(str::to_owned).collect(),
            stdout: Vec::new(),
            is_interrupted: false,
        };
        let arguments = ["present", "a.", value].map(OsString::from);
        let known: Hint = |arguments, lines| {
            let is_known = arguments.len() == 3 && lines.iter().any(|line| line == "known");
            is_known.then_some("Its caller knows.")
        };
        explain(Path::new("/x.sh"), &arguments, &error, known)
    }

    fn exited() -> Cause {
        Cause::Exited {
            status: 3,
            elapsed: Duration::from_millis(250),
        }
    }

    #[test]
    fn each_cause_has_its_type_and_says_what_was_called_and_what_came_back() {
        let limit = Duration::from_secs(2);
        for (cause, kind, detail) in [
            (
                not_started(None),
                "acmepipe:exec:start",
                "/x.sh could not be run: entity not found",
            ),
            (
                not_started(Some(Unrunnable::Empty)),
                "acmepipe:exec:start",
                "/x.sh could not be run: it is empty (entity not found)",
            ),
            (
                Cause::NotFollowed(io::ErrorKind::OutOfMemory.into()),
                "acmepipe:exec:status",
                "/x.sh present was killed, since it could not be followed: out of memory: \"one; two\"",
            ),
            (
                Cause::AskedOnTerminal,
                "acmepipe:exec:status",
                "/x.sh present asked on the terminal, and could not have it; it was killed: \"one; two\"",
            ),
            (
                exited(),
                "acmepipe:exec:status",
                "/x.sh present exited 3 after 0.25 s: \"one; two\"",
            ),
            (
                Cause::Killed {
                    signal: 15,
                    elapsed: limit,
                },
                "acmepipe:exec:status",
                "/x.sh present was killed by SIGTERM after 2.00 s: \"one; two\"",
            ),
            (
                Cause::TimedOut { limit },
                "acmepipe:exec:timeout",
                "/x.sh present had not ended after 2 s; it was killed: \"one; two\"",
            ),
            (
                Cause::OutputHeld { limit },
                "acmepipe:exec:timeout",
                "/x.sh present ended, but a process that it left behind held its output after 2 s; it was killed: \
                 \"one; two\"",
            ),
        ] {
            let problem = explained(cause, "v", &["one", "two"]);
            assert_eq!(
                (problem.kind.as_str(), problem.detail.as_str()),
                (kind, detail)
            );
        }
        let silent = explained(exited(), "v", &[]).detail;
        assert_eq!(
            silent,
            "/x.sh present exited 3 after 0.25 s and printed nothing"
        );
        let long = explained(exited(), "v", &[&"x".repeat(4096)]).detail;
        assert!(long.ends_with(&format!(" s: \"{}…", "x".repeat(999))));
        let hostile = explained(exited(), "v", &["\x1b[31m\u{202e}"]).detail;
        assert!(!hostile.contains(['\x1b', '\u{202e}']), "{hostile}");
    }

    #[test]
    fn a_hint_of_the_programs_own_comes_first_and_is_not_quoted() {
        let lines = ["x: known", "x:   hint: Do this."];
        let problem = explained(exited(), "v", &lines);
        assert!(
            problem.detail.ends_with(": \"x: known\""),
            "{}",
            problem.detail
        );
        assert_eq!(problem.hint.as_deref(), Some("Do this."));
        let other = explained(exited(), "v", &["known", "no  hint: here"]);
        assert_eq!(other.hint.as_deref(), Some("Its caller knows."));
    }

    #[test]
    fn a_program_without_arguments_is_named_alone() {
        let error = Error {
            cause: exited(),
            last_lines: Vec::new(),
            stdout: Vec::new(),
            is_interrupted: false,
        };
        let problem = explain(Path::new("/x.sh"), &[], &error, |_, _| None);
        let expected = "/x.sh exited 3 after 0.25 s and printed nothing";
        assert_eq!(problem.detail, expected);
    }

    #[test]
    fn hints_come_from_whoever_calls_before_they_come_from_here() {
        let hint = |cause: Cause, line: &str| {
            let hint = explained(cause, "v", &[line]).hint;
            hint.map(|hint| {
                hint.split_whitespace()
                    .take(3)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
        };
        for (cause, line, expected) in [
            (exited(), "known", Some("Its caller knows.")),
            (exited(), "unknown", None),
            (
                not_started(Some(Unrunnable::MissingInterpreter("/x".into()))),
                "known",
                Some("It has to"),
            ),
            (
                not_started(Some(Unrunnable::Text)),
                "",
                Some("A script has"),
            ),
            (not_started(None), "known", None),
            (Cause::AskedOnTerminal, "known", Some("This runs in")),
            (
                exited(),
                "x.sh: 3: cannot open /dev/tty: No such device or address",
                Some("The program asks"),
            ),
            (
                exited(),
                "sudo: a terminal is required to read the password",
                Some("The program asks"),
            ),
            (exited(), "cannot open /dev/tty: Permission denied", None),
        ] {
            assert_eq!(hint(cause, line).as_deref(), expected, "{line}");
        }
    }
}
