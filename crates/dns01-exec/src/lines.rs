//! What the user's program prints: shown line by line, its last lines kept for the error, its first bytes for the
//! document. However much it prints, little is held.

use pipeline::message;
use std::collections::VecDeque;

/// A longer line is cut there, in bytes.
const LONGEST_LINE: usize = 4096;
/// Beyond this much no more of a call's output is shown, in bytes.
const MOST_SHOWN: usize = 1 << 20;
/// How many lines an error quotes.
const QUOTED: usize = 5;
/// How much of them, in characters.
const QUOTED_CHARACTERS: usize = 1000;

/// The two streams of one call.
pub(crate) struct Lines {
    mark: String,
    silent: bool,
    shown: usize,
    output: Vec<u8>,
    keep: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    last: VecDeque<String>,
}

impl Lines {
    pub(crate) fn new(mark: &str, keep: usize, silent: bool) -> Lines {
        Lines {
            mark: mark.to_owned(),
            silent,
            shown: 0,
            output: Vec::new(),
            keep,
            stdout: Vec::new(),
            stderr: Vec::new(),
            last: VecDeque::new(),
        }
    }

    pub(crate) fn stdout(&mut self, bytes: &[u8]) {
        let room = self.keep.saturating_sub(self.output.len());
        self.output
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if !self.silent {
            let mut line = std::mem::take(&mut self.stdout);
            self.add(&mut line, bytes);
            self.stdout = line;
        }
    }

    pub(crate) fn stderr(&mut self, bytes: &[u8]) {
        let mut line = std::mem::take(&mut self.stderr);
        self.add(&mut line, bytes);
        self.stderr = line;
    }

    fn add(&mut self, line: &mut Vec<u8>, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(line.len());
            line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.show(line);
                line.clear();
            }
        }
    }

    fn show(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        if self.shown <= MOST_SHOWN {
            self.shown += line.len();
            message::relay(&self.mark, line);
            if self.shown > MOST_SHOWN {
                message::relay(&self.mark, "(prints too much; the rest is not shown)");
            }
        }
        if self.last.len() == QUOTED {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }

    /// What was kept of stdout, and the last lines of both streams.
    pub(crate) fn finish(mut self) -> (Vec<u8>, String) {
        for rest in [
            std::mem::take(&mut self.stdout),
            std::mem::take(&mut self.stderr),
        ] {
            self.show(&rest);
        }
        let last: Vec<String> = self.last.into();
        let quoted = format!("{:?}", message::clean(&last.join("; ")));
        let tail = if last.is_empty() {
            String::new()
        } else {
            message::shorten(&quoted, QUOTED_CHARACTERS)
        };
        (self.output, tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gigabyte_on_one_line_is_not_held() {
        let mut lines = Lines::new("x", 100, false);
        for _ in 0..1000 {
            lines.stdout(&[b'x'; 8192]);
        }
        assert!(lines.stdout.len() <= LONGEST_LINE);
        let (output, tail) = lines.finish();
        assert_eq!(output.len(), 100);
        assert!(tail.chars().count() <= QUOTED_CHARACTERS + 1);
    }

    #[test]
    fn the_last_lines_of_both_streams_are_quoted() {
        let mut lines = Lines::new("x", 0, false);
        lines.stderr(b"update failed: NOT");
        lines.stdout(b"one\n");
        lines.stderr(b"AUTH(BADSIG)\n\n");
        assert_eq!(lines.finish().1, "\"one; update failed: NOTAUTH(BADSIG)\"");
    }
}
