//! The bytes of stdin, one after the other, with their position and within the bounds of a document.

use super::plain::{Found, Plain};
use crate::contract::{LARGEST, MOST_VALUES};
use std::collections::VecDeque;
use std::io::{self, Read};

/// How much of a document is kept, in bytes, from the first of its lines that could start another. If it turns out to
/// be no document, reading goes on at that line.
const LONGEST_RESTART: usize = 1 << 20;
/// How much is read at once at first, in bytes; a plain object makes that grow to as much as the largest takes.
const BUFFER: usize = 16 << 10;
/// The largest object of which the text is kept, in bytes; it has fewer values than a document may have.
const LARGEST_PLAIN: usize = 256 << 10;
const _: () = assert!(LARGEST_PLAIN <= MOST_VALUES && LARGEST_PLAIN <= LARGEST);

/// Fills a buffer; it is told whether that happens within a document. Zero bytes are the end.
pub(super) type Fill = Box<dyn FnMut(&mut [u8], bool) -> io::Result<usize> + Send>;

/// What may stand beside a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Neighbours {
    /// Other documents, each of which may start where a line starts.
    Documents,
    /// Lines of text as well.
    Lines,
}

/// A line within a document where reading can start again, if this turns out to be no document.
struct Restart {
    line: u64,
    /// All that was read from there on.
    bytes: Vec<u8>,
}

/// Bytes with their position.
pub(super) struct Source {
    fill: Fill,
    buffer: Vec<u8>,
    /// Bytes to read again, before those in the buffer.
    again: VecDeque<u8>,
    restart: Option<Restart>,
    neighbours: Neighbours,
    next: usize,
    end: usize,
    /// The position of the next byte, counted from 1.
    pub(super) line: u64,
    pub(super) column: u64,
    /// The size of the document that is being read.
    pub(super) bytes: usize,
    values: usize,
    /// Whether what is read next belongs to something that has begun.
    pub(super) is_inside: bool,
}

impl Source {
    pub(super) fn new(fill: Fill) -> Source {
        Source {
            fill,
            buffer: vec![0; BUFFER],
            again: VecDeque::new(),
            restart: None,
            neighbours: Neighbours::Documents,
            next: 0,
            end: 0,
            line: 1,
            column: 1,
            bytes: 0,
            values: 0,
            is_inside: false,
        }
    }

    /// Starts to count what a document takes, which has these neighbours.
    pub(super) fn begin_document(&mut self, neighbours: Neighbours) {
        self.neighbours = neighbours;
        (self.bytes, self.values, self.is_inside) = (0, 0, true);
        self.restart = None;
    }

    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        if let Some(byte) = self.again.front() {
            return Ok(Some(*byte));
        }
        if self.next == self.end {
            // Where that fails, nothing is left of what was read before.
            (self.next, self.end) = (0, 0);
            self.end = (self.fill)(&mut self.buffer, self.is_inside)?;
        }
        Ok((self.next < self.end).then(|| self.buffer[self.next]))
    }

    /// The text of the object that comes next, where it is plain and not large. Nothing is taken of it.
    pub(super) fn plain_object(&mut self) -> Option<&str> {
        if !self.again.is_empty() {
            return None;
        }
        let mut plain = Plain::default();
        let mut looked_at = 0;
        let length = loop {
            match plain.look(&self.buffer[self.next + looked_at..self.end]) {
                Found::End(rest) => break looked_at + rest,
                Found::More => looked_at = self.end - self.next,
                Found::Other => return None,
            }
            if looked_at >= LARGEST_PLAIN || !self.read_on() {
                return None;
            }
        };
        let object = &self.buffer[self.next..self.next + length];
        std::str::from_utf8(object).ok()
    }

    /// Reads more after what is in the buffer; false where there is no more, or reading failed: who reads next is told so, too.
    fn read_on(&mut self) -> bool {
        self.buffer.copy_within(self.next..self.end, 0);
        (self.next, self.end) = (0, self.end - self.next);
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
        match (self.fill)(&mut self.buffer[self.end..], self.is_inside) {
            Ok(count) if count > 0 => {
                self.end += count;
                true
            }
            outcome => {
                let mut outcome = Some(outcome);
                self.fill = Box::new(move |_, _| outcome.take().unwrap_or(Ok(0)));
                false
            }
        }
    }

    /// Takes bytes of one line that are in the buffer.
    pub(super) fn take(&mut self, count: usize) {
        self.next += count;
        self.column += count as u64;
    }

    pub(super) fn advance(&mut self) {
        let byte = match self.again.pop_front() {
            Some(byte) => byte,
            None => {
                self.next += 1;
                self.buffer[self.next - 1]
            }
        };
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }

    /// Skips these bytes as far as they are there.
    pub(super) fn advance_past(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.peek().ok().flatten() == Some(*byte) {
                self.advance();
            }
        }
    }

    /// Skips to a line that starts an object; false at the end of the stream.
    pub(super) fn skip_to_next_object(&mut self) -> io::Result<bool> {
        self.go_back();
        loop {
            let starts_line = self.column == 1;
            match self.peek()? {
                None => return Ok(false),
                Some(b'{') if starts_line => return Ok(true),
                Some(byte) if byte == b'\n' || !self.again.is_empty() => self.advance(),
                Some(_) => self.skip_line(),
            }
        }
    }

    /// Goes back to the first line of a document where reading can start again, if there is one.
    fn go_back(&mut self) {
        if let Some(restart) = self.restart.take()
            && restart.bytes.len() < LONGEST_RESTART
        {
            for byte in restart.bytes.into_iter().rev() {
                self.again.push_front(byte);
            }
            (self.line, self.column) = (restart.line, 1);
        }
    }

    /// Goes to the line after this one, back or forth; false at the end of the stream.
    pub(super) fn skip_to_line_after(&mut self, line: u64) -> io::Result<bool> {
        self.go_back();
        while self.line <= line {
            match self.peek()? {
                None => return Ok(false),
                Some(byte) if byte == b'\n' || !self.again.is_empty() => self.advance(),
                Some(_) => self.skip_line(),
            }
        }
        Ok(true)
    }

    /// Skips what the buffer holds of a line.
    fn skip_line(&mut self) {
        let rest = &self.buffer[self.next..self.end];
        let end = rest.iter().position(|byte| *byte == b'\n');
        self.take(end.unwrap_or(rest.len()));
    }

    /// Ends the stream, since reading failed.
    pub(super) fn end(&mut self) {
        self.fill = Box::new(|_, _| Ok(0));
    }
}

/// Reads one byte after the other, as serde_json asks for them, within the bounds of a document.
impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(byte) = self.peek()? else {
            return Ok(0);
        };
        let Some(place) = into.first_mut() else {
            return Ok(0);
        };
        *place = byte;
        let may_start = byte == b'{' || self.neighbours == Neighbours::Lines;
        if may_start && self.column == 1 && self.bytes > 0 && self.restart.is_none() {
            let (line, bytes) = (self.line, Vec::new());
            self.restart = Some(Restart { line, bytes });
        }
        if let Some(restart) = &mut self.restart
            && restart.bytes.len() < LONGEST_RESTART
        {
            restart.bytes.push(byte);
        }
        self.advance();
        self.bytes += 1;
        self.values += usize::from(matches!(byte, b',' | b'[' | b'{'));
        if self.bytes > LARGEST {
            return Err(io::Error::other("a document larger than 8 MiB"));
        }
        if self.values > MOST_VALUES {
            return Err(io::Error::other("a document of more than 400000 values"));
        }
        Ok(1)
    }
}
