//! Lines at the end of the terminal that say what is being waited for, and make way for other lines.

use crate::text::clean;
use rustix::fs::{FileType, fstat};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often they may change: more often nobody can read them.
const REDRAW: Duration = Duration::from_millis(100);
/// The size where the terminal does not tell its own, in characters and lines.
const USUAL_SIZE: (usize, usize) = (80, 24);
/// The narrowest line that still says something, in characters.
const NARROWEST: usize = 20;

static SHOWN: Mutex<Shown> = Mutex::new(Shown {
    lines: Vec::new(),
    drawn: None,
});

/// What stands at the end of the terminal.
struct Shown {
    lines: Vec<String>,
    drawn: Option<Instant>,
}

/// Takes the lines away.
pub fn done() {
    lock().clear();
}

pub(crate) fn is_possible() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether neither stdin nor stdout is a pipe, at whose other end another program may write to the terminal as well.
pub(crate) fn is_alone() -> bool {
    let is_pipe = |stat: rustix::io::Result<rustix::fs::Stat>| {
        stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
    };
    !is_pipe(fstat(std::io::stdin().as_fd())) && !is_pipe(fstat(std::io::stdout().as_fd()))
}

/// Shows these lines, unless they are there already, or others came just before.
pub(crate) fn show(lines: impl FnOnce() -> Vec<String>) {
    let mut shown = lock();
    if shown.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
        return;
    }
    let size = match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => USUAL_SIZE,
    };
    let lines = fit(lines(), size);
    if lines == shown.lines {
        return;
    }
    let text = format!("{}{}", shown.taken_away(), lines.join("\r\n"));
    let _ = std::io::stderr().write_all(text.as_bytes());
    shown.lines = lines;
    shown.drawn = Some(Instant::now());
}

/// Writes lines to stderr in the place of the lines of progress.
pub(crate) fn write_above(lines: &str) {
    let mut shown = lock();
    shown.clear();
    // Nobody can be told that stderr is closed.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// The lines that a terminal has room for, each cut to its width; the last one says how many more there are.
fn fit(lines: Vec<String>, (width, height): (usize, usize)) -> Vec<String> {
    let width = width.max(NARROWEST);
    let cut = |line: &String| clean(line).chars().take(width - 1).collect::<String>();
    // One is left for what is above.
    let room = height.saturating_sub(1).max(1);
    let mut fitting: Vec<String> = lines.iter().take(room).map(cut).collect();
    if lines.len() > room && room > 1 {
        let left_out = lines.len() - room + 1;
        fitting.truncate(room - 1);
        fitting.push(format!("  and {left_out} more"));
    }
    fitting
}

fn lock() -> MutexGuard<'static, Shown> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shown {
    fn clear(&mut self) {
        let text = self.taken_away();
        if !text.is_empty() {
            self.lines.clear();
            self.drawn = None;
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }

    /// What takes the lines away: the cursor is at the end of the last one.
    fn taken_away(&self) -> String {
        let mut text = String::new();
        for line in 0..self.lines.len() {
            let up = if line == 0 { "" } else { "\x1b[1A" };
            let _ = write!(text, "{up}\r\x1b[K");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_on_the_terminal_is_counted_or_cut() {
        let lines = |count: usize| {
            (0..count)
                .map(|line| format!("line {line}"))
                .collect::<Vec<_>>()
        };
        for (count, height, shown, last) in [
            (0, 24, 0, ""),
            (1, 24, 1, "line 0"),
            (23, 24, 23, "line 22"),
            (24, 24, 23, "  and 2 more"),
            (100, 24, 23, "  and 78 more"),
            (3, 2, 1, "line 0"),
            (3, 1, 1, "line 0"),
        ] {
            let fitting = fit(lines(count), (80, height));
            assert_eq!(fitting.len(), shown, "{count} of {height}");
            assert_eq!(fitting.last().map_or("", String::as_str), last);
        }
        let wide = fit(vec!["x".repeat(100), "a\x1bb".into()], (40, 24));
        assert_eq!(wide[0].len(), 39);
        assert!(!wide[1].contains('\x1b'), "{wide:?}");
    }

    #[test]
    fn as_many_lines_are_taken_away_as_were_shown() {
        let shown = |count| Shown {
            lines: vec![String::new(); count],
            drawn: None,
        };
        assert_eq!(shown(0).taken_away(), "");
        assert_eq!(shown(1).taken_away(), "\r\x1b[K");
        assert_eq!(
            shown(3).taken_away(),
            "\r\x1b[K\x1b[1A\r\x1b[K\x1b[1A\r\x1b[K"
        );
    }
}
