//! What a person reads: lines on stderr, and one line of progress where stderr is a terminal.
//!
//! What comes from a CA, a name server or a user's program may hold anything; control characters are shown,
//! not sent to the terminal.

use crate::options;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicI8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the line of progress may change.
const REDRAW: Duration = Duration::from_millis(100);

static VERBOSITY: AtomicI8 = AtomicI8::new(0);
static SCREEN: Mutex<Screen> = Mutex::new(Screen {
    shown: false,
    drawn: None,
});

/// What stands on the terminal's last line.
struct Screen {
    shown: bool,
    drawn: Option<Instant>,
}

/// Sets how much is said: -1 errors only (`-q`), 0 what one wants to know, 1 details (`-v`).
pub fn set_verbosity(level: i8) {
    VERBOSITY.store(level, Ordering::Relaxed);
}

/// Whether details are to be said (`-v`): to spare the work of finding them out.
pub fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 0
}

/// Says that something went wrong; always.
pub fn complain(text: &str) {
    say(text);
}

/// Says what a person wants to know, unless `-q`.
pub fn note(text: &str) {
    if VERBOSITY.load(Ordering::Relaxed) >= 0 {
        say(text);
    }
}

/// Says a detail, with `-v`.
pub fn detail(text: &str) {
    if is_verbose() {
        say(text);
    }
}

/// Says a line that a user's program printed, marked with `mark` instead of our name, unless `-q`.
pub fn relay(mark: &str, line: &str) {
    if VERBOSITY.load(Ordering::Relaxed) >= 0 {
        write_lines(mark, line);
    }
}

fn say(text: &str) {
    write_lines(options::program_name(), text);
}

fn write_lines(mark: &str, text: &str) {
    let mut lines = String::new();
    for line in text.lines() {
        let _ = writeln!(lines, "{mark}: {}", clean(line));
    }
    let mut screen = lock();
    screen.clear();
    // Nobody can be told that stderr is closed.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// Shows what is being waited for, on the terminal's last line; nothing where stderr is no terminal, or with `-q`.
pub fn progress(text: impl FnOnce() -> String) {
    if !shows_progress() {
        return;
    }
    let mut screen = lock();
    if screen.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
        return;
    }
    let width = match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).max(20),
        _ => 80,
    };
    let line: String = clean(&format!("{}: {}", options::program_name(), text()))
        .chars()
        .take(width - 1)
        .collect();
    let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    screen.shown = true;
    screen.drawn = Some(Instant::now());
}

/// Whether a person would see a line of progress.
pub fn shows_progress() -> bool {
    VERBOSITY.load(Ordering::Relaxed) >= 0 && std::io::stderr().is_terminal()
}

/// Takes the line of progress away.
pub fn progress_done() {
    lock().clear();
}

fn lock() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.drawn = None;
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// The text with its control characters made visible, and those that turn the direction of writing, so that it can
/// neither steer a terminal nor look like another.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character == '\t' || !(character.is_control() || turns) {
            cleaned.push(character);
        } else {
            let _ = write!(cleaned, "{}", character.escape_default());
        }
    }
    cleaned
}

/// The text cut to so many characters, with an ellipsis where something is missing.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_cannot_reach_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\rc"), "a\\u{1b}[31mb\\rc");
        assert_eq!(shorten("äöü", 2), "äö…");
    }
}
