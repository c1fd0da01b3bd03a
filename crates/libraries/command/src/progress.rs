//! One line on the terminal that says what is being waited for, and makes way for other lines.

use crate::text::clean;
use std::io::{IsTerminal, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the line may change: more often nobody can read it.
const REDRAW: Duration = Duration::from_millis(100);
/// The width where the terminal does not tell its own, in characters.
const USUAL_WIDTH: usize = 80;
/// The narrowest line that still says something, in characters.
const NARROWEST: usize = 20;

static LAST_LINE: Mutex<LastLine> = Mutex::new(LastLine {
    is_shown: false,
    drawn: None,
});

/// What stands on the terminal's last line.
struct LastLine {
    is_shown: bool,
    drawn: Option<Instant>,
}

/// Takes the line away.
pub fn done() {
    lock().clear();
}

pub(crate) fn is_possible() -> bool {
    std::io::stderr().is_terminal()
}

/// Shows the text, unless the line changed just before.
pub(crate) fn show(text: impl FnOnce() -> String) {
    let mut last = lock();
    if last.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
        return;
    }
    let width = match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).max(NARROWEST),
        _ => USUAL_WIDTH,
    };
    let line: String = clean(&text()).chars().take(width - 1).collect();
    let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    last.is_shown = true;
    last.drawn = Some(Instant::now());
}

/// Writes lines to stderr in the place of the line of progress.
pub(crate) fn write_above(lines: &str) {
    let mut last = lock();
    last.clear();
    // Nobody can be told that stderr is closed.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

fn lock() -> MutexGuard<'static, LastLine> {
    LAST_LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LastLine {
    fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.drawn = None;
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
