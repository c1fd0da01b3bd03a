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
    let size = size();
    let lines = fit(lines(), size);
    if lines == shown.lines {
        return;
    }
    let text = format!("{}{}", shown.taken_away(size.0), lines.join("\r\n"));
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

/// The size of the terminal.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => USUAL_SIZE,
    }
}

/// How many columns a character takes at most: some of other scripts take two.
fn columns(character: char) -> usize {
    match character {
        '\0'..'\u{1100}' => 1,
        _ => 2,
    }
}

/// How many rows a line takes: a terminal that was made narrower breaks those that it has.
fn rows(line: &str, width: usize) -> usize {
    let columns: usize = line.chars().map(columns).sum();
    columns.div_ceil(width.max(1)).max(1)
}

/// A line that is cut so that it takes no column of the last one: else some terminals go on to the next row.
fn cut(line: &str, width: usize) -> String {
    let mut room = width.saturating_sub(1);
    let fits = |character: &char| {
        let left = room.checked_sub(columns(*character));
        room = left.unwrap_or_default();
        left.is_some()
    };
    clean(line).chars().take_while(fits).collect()
}

/// The lines that a terminal has room for, each cut to its width; the last one says how many more there are.
fn fit(lines: Vec<String>, (width, height): (usize, usize)) -> Vec<String> {
    let cut = |line: &String| cut(line, width);
    // One is left for what is above.
    let room = height.saturating_sub(1).max(1);
    let mut fitting: Vec<String> = lines.iter().take(room).map(cut).collect();
    if lines.len() > room && room > 1 {
        let left_out = lines.len() - room + 1;
        fitting.truncate(room - 1);
        fitting.push(cut(&format!("  and {left_out} more")));
    }
    fitting
}

fn lock() -> MutexGuard<'static, Shown> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shown {
    fn clear(&mut self) {
        let text = self.taken_away(size().0);
        if !text.is_empty() {
            self.lines.clear();
            self.drawn = None;
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }

    /// What takes the lines away from a terminal of this width: the cursor is at the end of the last one.
    fn taken_away(&self, width: usize) -> String {
        let mut text = String::new();
        for row in 0..self.lines.iter().map(|line| rows(line, width)).sum() {
            let up = if row == 0 { "" } else { "\x1b[1A" };
            let _ = write!(text, "{up}\r\x1b[K");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|line| format!("line {line}")).collect()
    }

    #[test]
    fn what_does_not_fit_on_the_terminal_is_counted_or_cut() {
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
    fn no_line_takes_more_than_its_row_however_narrow_the_terminal_is() {
        for (line, width, shown) in [
            ("waiting", 8, "waiting"),
            ("waiting", 5, "wait"),
            ("waiting", 1, ""),
            ("例え.test", 5, "例え"),
            ("例え.test", 6, "例え."),
            ("例え.test", 4, "例"),
        ] {
            let fitting = fit(vec![line.into()], (width, 24));
            assert_eq!(fitting, [shown], "{line} of {width}");
            assert_eq!(rows(shown, width), 1);
        }
        assert_eq!(fit(lines(9), (5, 3)), ["line", "  an"]);
    }

    #[test]
    fn as_many_lines_are_taken_away_as_were_shown() {
        let shown = |lines| Shown { lines, drawn: None };
        assert_eq!(shown(lines(0)).taken_away(80), "");
        assert_eq!(shown(lines(1)).taken_away(80), "\r\x1b[K");
        let three = "\r\x1b[K\x1b[1A\r\x1b[K\x1b[1A\r\x1b[K";
        assert_eq!(shown(lines(3)).taken_away(80), three);
        // It was made narrower meanwhile.
        assert_eq!(shown(vec!["x".repeat(13)]).taken_away(6), three);
        assert_eq!(shown(vec![String::new(); 3]).taken_away(6), three);
    }
}
