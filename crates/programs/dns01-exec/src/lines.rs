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
    show: Show,
    output: Vec<u8>,
    keep: usize,
    silent: bool,
    stdout: Stream,
    stderr: Stream,
}

/// One stream, of which a line may not be whole yet.
#[derive(Default)]
struct Stream {
    line: Vec<u8>,
    last: VecDeque<String>,
}

/// Where lines are shown, and how much of them was.
struct Show {
    mark: String,
    shown: usize,
}

impl Lines {
    pub(crate) fn new(mark: &str, keep: usize, silent: bool) -> Lines {
        Lines {
            show: Show {
                mark: mark.to_owned(),
                shown: 0,
            },
            output: Vec::new(),
            keep,
            silent,
            stdout: Stream::default(),
            stderr: Stream::default(),
        }
    }

    pub(crate) fn stdout(&mut self, bytes: &[u8]) {
        let room = self.keep.saturating_sub(self.output.len());
        self.output
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if !self.silent {
            self.stdout.add(bytes, &mut self.show);
        }
    }

    pub(crate) fn stderr(&mut self, bytes: &[u8]) {
        self.stderr.add(bytes, &mut self.show);
    }

    /// What was kept of stdout, and the last lines: of stderr, and where those are few of stdout too.
    pub(crate) fn finish(mut self) -> (Vec<u8>, String) {
        for stream in [&mut self.stdout, &mut self.stderr] {
            let rest = std::mem::take(&mut stream.line);
            stream.end_line(&rest, &mut self.show);
        }
        let (mut last, errors) = (self.stdout.last, self.stderr.last);
        last.drain(..(last.len() + errors.len()).saturating_sub(QUOTED));
        last.extend(errors);
        let last: Vec<String> = last.into();
        let quoted = format!("{:?}", message::clean(&last.join("; ")));
        let tail = if last.is_empty() {
            String::new()
        } else {
            message::shorten(&quoted, QUOTED_CHARACTERS)
        };
        (self.output, tail)
    }
}

impl Stream {
    fn add(&mut self, bytes: &[u8], show: &mut Show) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let mut line = std::mem::take(&mut self.line);
                self.end_line(&line, show);
                line.clear();
                self.line = line;
            }
        }
    }

    fn end_line(&mut self, line: &[u8], show: &mut Show) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        show.line(line);
        if self.last.len() == QUOTED {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }
}

impl Show {
    fn line(&mut self, line: &str) {
        if self.shown > MOST_SHOWN {
            return;
        }
        self.shown += line.len();
        message::relay(&self.mark, line);
        if self.shown > MOST_SHOWN {
            message::relay(&self.mark, "(prints too much; the rest is not shown)");
        }
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
        assert!(lines.stdout.line.len() <= LONGEST_LINE);
        let (output, tail) = lines.finish();
        assert_eq!(output.len(), 100);
        assert!(tail.chars().count() <= QUOTED_CHARACTERS + 1);
    }

    #[test]
    fn an_error_is_quoted_however_much_else_is_printed() {
        let mut lines = Lines::new("x", 0, false);
        lines.stderr(b"quota exceeded\n");
        for line in 0..3000 {
            lines.stdout(format!("line {line}\n").as_bytes());
        }
        let (_, tail) = lines.finish();
        assert!(tail.contains("quota exceeded"), "{tail}");
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
