//! What a program prints: handed on line by line, its last lines kept for the error, the first bytes of its standard
//! output for the caller. However much it prints, little is held.

use crate::command::Stdout;
use std::collections::VecDeque;
use std::time::Duration;

/// A line is cut to this many bytes: a program may print a gigabyte without an end of line.
const LONGEST_LINE: usize = 4096;
/// Once this many bytes of a run's lines are handed on, the rest is not: a program that prints without end must not
/// fill a log.
const MOST_HANDED_ON: usize = 1 << 20;
/// How many lines an error quotes.
const LAST_LINES: usize = 5;

/// What a person may want to know of a program while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// It prints a line for people: its text, without its end and what is blank before that; never empty.
    Line(&'a str),
    /// The program prints too much: no more of its lines come.
    RestOmitted,
    /// It has been running for this long. This comes after ten seconds, and then at growing intervals.
    StillRuns(Duration),
}

/// The two streams of one run.
pub(crate) struct Lines<'a> {
    handed_on: HandedOn<'a>,
    stdout_use: Stdout,
    kept_stdout: Vec<u8>,
    most_kept: usize,
    stdout: Stream,
    stderr: Stream,
}

/// One stream, of which a line may not be whole yet.
#[derive(Default)]
struct Stream {
    line: Vec<u8>,
    last: VecDeque<String>,
}

/// Where lines go, and how many bytes of them went there.
struct HandedOn<'a> {
    on_event: &'a mut dyn FnMut(Event<'_>),
    bytes: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(
        stdout_use: Stdout,
        most_kept: usize,
        on_event: &'a mut dyn FnMut(Event<'_>),
    ) -> Lines<'a> {
        Lines {
            handed_on: HandedOn { on_event, bytes: 0 },
            stdout_use,
            kept_stdout: Vec::new(),
            most_kept,
            stdout: Stream::default(),
            stderr: Stream::default(),
        }
    }

    pub(crate) fn add_stdout(&mut self, bytes: &[u8]) {
        let room = self.most_kept.saturating_sub(self.kept_stdout.len());
        self.kept_stdout
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if self.stdout_use == Stdout::Messages {
            self.stdout.add(bytes, &mut self.handed_on);
        }
    }

    pub(crate) fn add_stderr(&mut self, bytes: &[u8]) {
        self.stderr.add(bytes, &mut self.handed_on);
    }

    /// Tells that the program has been running for this long.
    pub(crate) fn tell_still_runs(&mut self, elapsed: Duration) {
        (self.handed_on.on_event)(Event::StillRuns(elapsed));
    }

    /// What was kept of standard output, and the last lines: of standard error, and where those are few of standard
    /// output before them.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<String>) {
        for stream in [&mut self.stdout, &mut self.stderr] {
            let rest = std::mem::take(&mut stream.line);
            stream.end_line(&rest, &mut self.handed_on);
        }
        let (mut last, errors) = (self.stdout.last, self.stderr.last);
        last.drain(..(last.len() + errors.len()).saturating_sub(LAST_LINES));
        last.extend(errors);
        (self.kept_stdout, last.into())
    }
}

impl Stream {
    fn add(&mut self, bytes: &[u8], handed_on: &mut HandedOn<'_>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let mut line = std::mem::take(&mut self.line);
                self.end_line(&line, handed_on);
                line.clear();
                self.line = line;
            }
        }
    }

    fn end_line(&mut self, line: &[u8], handed_on: &mut HandedOn<'_>) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        handed_on.line(line);
        if self.last.len() == LAST_LINES {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }
}

impl HandedOn<'_> {
    fn line(&mut self, line: &str) {
        if self.bytes > MOST_HANDED_ON {
            return;
        }
        self.bytes += line.len();
        (self.on_event)(Event::Line(line));
        if self.bytes > MOST_HANDED_ON {
            (self.on_event)(Event::RestOmitted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is handed on, kept and quoted of these pieces, each of standard output or standard error.
    fn printed(
        stdout_use: Stdout,
        kept: usize,
        pieces: &[(u8, &[u8])],
    ) -> (Vec<String>, Vec<u8>, Vec<String>) {
        let mut handed_on = Vec::new();
        let mut on_event = |event: Event<'_>| match event {
            Event::Line(text) => handed_on.push(text.to_owned()),
            Event::RestOmitted => handed_on.push("(omitted)".to_owned()),
            Event::StillRuns(_) => {}
        };
        let mut lines = Lines::new(stdout_use, kept, &mut on_event);
        for (stream, bytes) in pieces {
            match stream {
                1 => lines.add_stdout(bytes),
                _ => lines.add_stderr(bytes),
            }
            assert!(lines.stdout.line.len() <= LONGEST_LINE);
        }
        let (kept, last) = lines.finish();
        (handed_on, kept, last)
    }

    #[test]
    fn lines_are_handed_on_whole_in_the_order_in_which_they_end() {
        let pieces: &[(u8, &[u8])] = &[
            (2, b"update failed: NOT"),
            (1, b"one \t\n\n \ntwo\r\n"),
            (2, b"AUTH(BADSIG)\n"),
            (1, b"caf\xc3"),
            (1, b"\xa9 \xff"),
        ];
        let lines = [
            "one",
            "two",
            "update failed: NOTAUTH(BADSIG)",
            "café \u{fffd}",
        ];
        let (handed_on, kept, last) = printed(Stdout::Messages, 5, pieces);
        assert_eq!(handed_on, lines);
        assert_eq!(kept, b"one \t");
        assert_eq!(last, [lines[0], lines[1], lines[3], lines[2]]);
        let (handed_on, kept, last) = printed(Stdout::Data, 100, pieces);
        assert_eq!(handed_on, lines[2..3]);
        assert_eq!(last, lines[2..3]);
        assert_eq!(kept, b"one \t\n\n \ntwo\r\ncaf\xc3\xa9 \xff");
    }

    #[test]
    fn a_gigabyte_on_one_line_is_not_held() {
        let block = [b'x'; 8192];
        let pieces: Vec<(u8, &[u8])> = vec![(1, &block); 1000];
        let (handed_on, kept, last) = printed(Stdout::Messages, 100, &pieces);
        assert_eq!(kept, [b'x'; 100]);
        assert_eq!(handed_on, ["x".repeat(LONGEST_LINE)]);
        assert_eq!(last, handed_on);
    }

    #[test]
    fn an_error_is_quoted_however_much_else_is_printed() {
        let mut pieces: Vec<(u8, &[u8])> = vec![(2, b"quota exceeded\n")];
        pieces.extend(vec![(1, &b"more\n"[..]); 3000]);
        let (_, _, last) = printed(Stdout::Messages, 0, &pieces);
        assert_eq!(last, ["more", "more", "more", "more", "quota exceeded"]);
        let errors: Vec<(u8, &[u8])> = vec![(2, b"1\n2\n3\n4\n5\n6\n"), (1, b"more\n")];
        let (_, _, last) = printed(Stdout::Messages, 0, &errors);
        assert_eq!(last, ["2", "3", "4", "5", "6"]);
    }

    #[test]
    fn of_a_megabyte_the_rest_is_omitted_and_quoted_all_the_same() {
        let mut line = vec![b'x'; 1024];
        line.push(b'\n');
        let mut pieces: Vec<(u8, &[u8])> = vec![(1, &line); 1100];
        pieces.push((2, b"the end"));
        let (handed_on, _, last) = printed(Stdout::Messages, 0, &pieces);
        // 1024 of these lines are not more than a megabyte yet.
        assert_eq!(handed_on.len(), 1025 + 1);
        assert_eq!(handed_on.last().map(String::as_str), Some("(omitted)"));
        assert_eq!(last.last().map(String::as_str), Some("the end"));
    }
}
