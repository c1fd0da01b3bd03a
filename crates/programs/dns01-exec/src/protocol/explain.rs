//! Why a call failed, in words for a person, and what can be done about it.

use crate::protocol::remedy::remedy;
use command::text::{clean, shorten};
use pipeline::{Problem, types};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use subprocess::{Cause, Error};

/// How much of the program's last lines an error quotes, in characters.
const LONGEST_QUOTE: usize = 1000;

/// The problem of a call with these arguments.
pub(super) fn explain(program: &Path, arguments: &[OsString], error: &Error) -> Problem {
    let cause = &error.cause;
    let said = || hint(arguments, &error.last_lines).map(str::to_owned);
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
        let command = arguments.first().map(|word| word.to_string_lossy());
        let command = command.unwrap_or_default();
        match quote(&error.last_lines) {
            Some(quote) => format!("{program} {command} {cause}: {quote}"),
            None => format!("{program} {command} {cause} and printed nothing"),
        }
    };
    let problem = Problem::new(&kind, detail);
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
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

/// The program's lines as one text in quotation marks; `None` where there are none.
fn quote(lines: &[String]) -> Option<String> {
    let text = format!("{:?}", clean(&lines.join("; ")));
    (!lines.is_empty()).then(|| shorten(&text, LONGEST_QUOTE))
}

/// What the words of nsupdate and knsupdate mean (RFC 2136 §2.2, RFC 8945 §5.2).
const UPDATE_ERRORS: [(&str, &str); 8] = [
    (
        "could not read key",
        "The file with the TSIG key does not exist or cannot be read.",
    ),
    (
        "BADSIG",
        "The server knows the TSIG key's name, but not this secret.",
    ),
    (
        "BADKEY",
        "The server does not know the TSIG key by this name and algorithm.",
    ),
    (
        "BADTIME",
        "The clocks of this machine and of the server are more than 300 s apart.",
    ),
    (
        "NOTZONE",
        "The name is not in the zone that the update was for.",
    ),
    (
        "NOTAUTH",
        "The server that was asked is not authoritative for the zone.",
    ),
    (
        "NOTIMP",
        "The server does not implement dynamic updates; NSD for instance does not.",
    ),
    (
        "REFUSED",
        "The server's configuration does not allow this update.",
    ),
];

/// What a person can do, by what the program printed, or by a value that looks like an option.
fn hint(arguments: &[OsString], last_lines: &[String]) -> Option<&'static str> {
    let is_said = |word: &str| last_lines.iter().any(|line| line.contains(word));
    let known = UPDATE_ERRORS.iter().find(|(word, _)| is_said(word));
    if let Some((_, hint)) = known {
        return Some(hint);
    }
    if last_lines.iter().any(|line| lacks_terminal(line)) {
        return Some(NO_TERMINAL);
    }
    let last = arguments.last()?;
    last.as_encoded_bytes().starts_with(b"-").then_some(
        "The value begins with a hyphen: a script has to quote it and to pass it on after `--`, so that no command \
         takes it for an option.",
    )
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
        explain(Path::new("/x.sh"), &arguments, &error)
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
    fn hints_come_from_what_was_said_before_they_come_from_the_value() {
        let hint = |cause: Cause, value: &str, line: &str| {
            let hint = explained(cause, value, &[line]).hint;
            hint.map(|hint| {
                hint.split_whitespace()
                    .take(3)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
        };
        for (cause, value, line, expected) in [
            (
                exited(),
                "v",
                "update failed: REFUSED",
                Some("The server's configuration"),
            ),
            (
                exited(),
                "-v",
                "update failed: NOTAUTH(BADSIG)",
                Some("The server knows"),
            ),
            (exited(), "-v", "unknown option", Some("The value begins")),
            (exited(), "v-", "unknown option", None),
            (
                not_started(Some(Unrunnable::MissingInterpreter("/x".into()))),
                "-v",
                "",
                Some("It has to"),
            ),
            (
                not_started(Some(Unrunnable::Text)),
                "-v",
                "",
                Some("A script has"),
            ),
            (not_started(None), "-v", "REFUSED", None),
            (Cause::AskedOnTerminal, "v", "", Some("This runs in")),
            (
                exited(),
                "-v",
                "x.sh: 3: cannot open /dev/tty: No such device or address",
                Some("The program asks"),
            ),
            (
                exited(),
                "v",
                "sudo: a terminal is required to read the password",
                Some("The program asks"),
            ),
            (
                exited(),
                "v",
                "cannot open /dev/tty: Permission denied",
                None,
            ),
        ] {
            assert_eq!(
                hint(cause, value, line).as_deref(),
                expected,
                "{value} {line}"
            );
        }
    }
}
