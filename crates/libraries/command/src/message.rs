//! What a person reads: lines on stderr.
//!
//! What comes from a CA, a name server or a user's program may hold anything; control characters are shown,
//! not sent to the terminal.

use crate::journal::Priority;
use crate::mask::masked;
use crate::progress;
use crate::text::clean;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI8, Ordering};

static VERBOSITY: AtomicI8 = AtomicI8::new(0);
static PREFIX: OnceLock<&'static str> = OnceLock::new();

/// Sets what each line begins with: the program's name.
pub(crate) fn set_prefix(name: &'static str) {
    let _ = PREFIX.set(name);
}

fn prefix() -> &'static str {
    PREFIX.get().copied().unwrap_or("acmepipe")
}

/// Sets how much is said: -1 errors only (`-q`), 0 notes too, 1 details too (`-v`), 2 and more what others are asked and answer
/// (`-vv`).
pub(crate) fn set_verbosity(level: i8) {
    VERBOSITY.store(level, Ordering::Relaxed);
}

/// Whether details are said (`-v`); without it a caller need not find them out.
pub fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 0
}

/// Whether what others are asked and answer is said as well (`-vv`).
pub fn is_very_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 1
}

fn is_quiet() -> bool {
    VERBOSITY.load(Ordering::Relaxed) < 0
}

/// Says that something went wrong, whatever the verbosity.
pub fn error(text: &str) {
    write_lines(Priority::Error, prefix(), text);
}

/// Says that something went wrong, and shows a URL for a person to open: whole, and alone on its line, so that a terminal
/// and a person can take it from there.
pub fn error_with_url(text: &str, url: Option<&str>) {
    let mut lines = lines(Priority::Error, prefix(), text);
    if let Some(url) = url {
        let _ = writeln!(lines, "{}{}", Priority::Error.mark(), clean(url));
    }
    progress::write_above(&lines);
}

/// Says what a person should look into although the run goes on, unless `-q`.
pub fn warning(text: &str) {
    if !is_quiet() {
        write_lines(Priority::Warning, prefix(), text);
    }
}

/// Says what a person wants to know, unless `-q`.
pub fn note(text: &str) {
    if !is_quiet() {
        write_lines(Priority::Info, prefix(), text);
    }
}

/// Says a detail, with `-v`.
pub fn detail(text: &str) {
    if is_verbose() {
        write_lines(Priority::Debug, prefix(), text);
    }
}

/// Shows what somebody was asked, or answered. A person has asked for that, so no verbosity keeps it back.
pub fn traffic(text: &str) {
    write_lines(Priority::Debug, prefix(), text);
}

/// Says a line that a user's program printed, after that program's name instead of this one's, unless `-q`.
pub fn relay(program: &str, line: &str) {
    if !is_quiet() {
        write_lines(Priority::Info, program, without_name(program, line));
    }
}

/// The line without the program's name, with which programs of ours begin theirs.
fn without_name<'a>(program: &str, line: &'a str) -> &'a str {
    let rest = line.strip_prefix(program);
    rest.and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(line)
}

/// Shows what is being waited for, on the terminal's last line; nothing where stderr is no terminal, or with `-q`.
pub fn progress(text: impl FnOnce() -> String) {
    if shows_progress() {
        progress::show(|| vec![format!("{}: {}", prefix(), text())]);
    }
}

/// Shows what is being waited for as several lines at the end of the terminal, the first of which is a heading: as many as
/// there is room for, and nothing where stderr is no terminal, or with `-q`. They are for a program that has the terminal for
/// itself: see [`has_terminal_alone`].
pub fn table(lines: impl FnOnce() -> Vec<String>) {
    if shows_progress() {
        progress::show(|| {
            let mut lines = lines();
            if let Some(first) = lines.first_mut() {
                *first = format!("{}: {first}", prefix());
            }
            lines
        });
    }
}

/// Whether no other program of a pipeline writes to the terminal: what that writes would be taken away with a table.
pub fn has_terminal_alone() -> bool {
    progress::is_alone()
}

/// Whether a person would see a line of progress.
pub fn shows_progress() -> bool {
    !is_quiet() && progress::is_possible()
}

fn write_lines(priority: Priority, prefix: &str, text: &str) {
    progress::write_above(&lines(priority, prefix, text));
}

fn lines(priority: Priority, prefix: &str, text: &str) -> String {
    let mut lines = String::new();
    let mark = priority.mark();
    for line in masked(text).lines() {
        let _ = writeln!(lines, "{mark}{prefix}: {}", clean(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_the_name_of_its_program_does_not_get_it_twice() {
        for (line, expected) in [
            ("dns01-pdns: warning", "warning"),
            ("dns01-pdns2: warning", "dns01-pdns2: warning"),
            ("dns01-pdns", "dns01-pdns"),
            ("other", "other"),
        ] {
            assert_eq!(without_name("dns01-pdns", line), expected);
        }
    }
}
