//! Documents from stdin: any stream of JSON objects, on one line each or pretty-printed.
//!
//! Text that is not JSON costs itself and no more: the reader says where it stands, and goes on at the next line
//! that starts an object.

use crate::limits::{LARGEST, MOST_VALUES};
use crate::{Document, Stop, StopReason, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Deserialize;

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// The longest line of text, where lines are read.
const LONGEST_LINE: usize = 64 << 10;
/// How much of a document is kept, from its first line on that could start another, in bytes. Where it turns out to
/// be no document, reading goes on there.
const LONGEST_DOUBT: usize = 1 << 20;
/// Stands before each text of a JSON text sequence (RFC 7464 §2.2).
const RECORD_SEPARATOR: u8 = 0x1e;
/// The first byte of U+FEFF in UTF-8, which some editors begin a file with.
const BYTE_ORDER_MARK: u8 = 0xef;
/// How much is read at once, in bytes.
const BUFFER: usize = 8 << 10;
/// How long the rest of a document may take to come when the program is to stop already.
const REST: Duration = Duration::from_secs(1);
/// How long a program that is to stop stays for what the programs before it still hold: they were mostly told to stop
/// as well, and pass it on when their last call of a user's program has ended.
const LINGER: Duration = Duration::from_secs(30);

/// What the reader came upon.
#[derive(Debug, PartialEq)]
pub enum Item {
    /// A document, and how many bytes it took.
    Document(Document, usize),
    /// Text that is no document: what is wrong with it, and where.
    Garbage(String),
}

/// Reads a stream piece by piece.
pub struct Reader {
    source: Source,
}

type Fill = Box<dyn FnMut(&mut [u8], bool) -> io::Result<usize> + Send>;

/// A line within a document that could start another, should this be none.
struct Doubt {
    line: u64,
    /// All that was read from there on.
    bytes: Vec<u8>,
}

/// Bytes with their position.
struct Source {
    fill: Fill,
    buffer: Box<[u8]>,
    /// To read before what is in the buffer.
    again: VecDeque<u8>,
    doubt: Option<Doubt>,
    next: usize,
    end: usize,
    /// 1-based, of the next byte.
    line: u64,
    column: u64,
    /// Of the document being read.
    bytes: usize,
    values: usize,
    inside: bool,
}

impl Reader {
    /// Reads documents from this process's stdin until it ends. When a signal says that the program is to stop, what
    /// the programs before it hold is still read, for half a minute at most, but nothing that a person would type.
    pub fn stdin(stop: Stop) -> Reader {
        Reader::of_stdin(stop, LINGER)
    }

    /// Reads lines from stdin until it ends. When the program is to stop, only what has arrived by then is read.
    pub fn stdin_lines(stop: Stop) -> Reader {
        Reader::of_stdin(stop, Duration::ZERO)
    }

    fn of_stdin(stop: Stop, linger: Duration) -> Reader {
        let stdin = io::stdin();
        let is_terminal = stdin.is_terminal();
        let mut until = None;
        Reader::with(Box::new(move |buffer, inside| {
            loop {
                let stopped = match stop.reason() {
                    Some(StopReason::ReaderGone) => return Ok(0),
                    Some(StopReason::Signal(_)) if is_terminal => return Ok(0),
                    reason => reason.is_some(),
                };
                let wake = stop.as_fd();
                let mut fds = [
                    PollFd::new(&stdin, PollFlags::IN),
                    PollFd::from_borrowed_fd(wake, PollFlags::IN),
                ];
                let (fds, timeout) = if stopped {
                    let until = *until.get_or_insert_with(|| Instant::now() + linger);
                    let left = until.saturating_duration_since(Instant::now());
                    let left = if inside { left.max(REST) } else { left };
                    (&mut fds[..1], Some(left))
                } else {
                    (&mut fds[..], None)
                };
                let timeout = timeout.and_then(|duration| Timespec::try_from(duration).ok());
                match poll(fds, timeout.as_ref()) {
                    Ok(0) => return Ok(0),
                    Ok(_) if fds[0].revents().is_empty() => {}
                    Ok(_) => match rustix::io::read(stdin.as_fd(), &mut *buffer) {
                        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                        result => return Ok(result?),
                    },
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }))
    }

    /// Reads from anything, for tests.
    pub fn new(mut read: impl Read + Send + 'static) -> Reader {
        Reader::with(Box::new(move |buffer, _| read.read(buffer)))
    }

    fn with(fill: Fill) -> Reader {
        Reader {
            source: Source {
                fill,
                buffer: vec![0; BUFFER].into_boxed_slice(),
                again: VecDeque::new(),
                doubt: None,
                next: 0,
                end: 0,
                line: 1,
                column: 1,
                bytes: 0,
                values: 0,
                inside: false,
            },
        }
    }

    /// The next document, or what stands in its place; nothing at the end.
    pub fn next_item(&mut self) -> Option<Item> {
        let source = &mut self.source;
        source.inside = false;
        let first = loop {
            match source.peek() {
                Ok(Some(b' ' | b'\t' | b'\r' | b'\n' | RECORD_SEPARATOR)) => source.advance(),
                Ok(Some(BYTE_ORDER_MARK)) if (source.line, source.column) == (1, 1) => {
                    source.advance();
                    source.advance_past(&[0xbb, 0xbf]);
                }
                Ok(Some(first)) => break first,
                Ok(None) => return None,
                Err(error) => return source.broken(&error),
            }
        };
        (source.bytes, source.values, source.inside) = (0, 0, true);
        source.doubt = None;
        let (line, column) = (source.line, source.column);
        let mut deserializer = serde_json::Deserializer::from_reader(&mut *source);
        let result = if first == b'{' {
            Document::deserialize(&mut deserializer).map(Some)
        } else {
            Value::deserialize(&mut deserializer).map(|_| None)
        };
        source.inside = false;
        match result {
            Ok(Some(document)) => Some(Item::Document(document, source.bytes)),
            Ok(None) => {
                let what = match first {
                    b'[' => {
                        "an array, where documents come one after the other: jq -c '.[]' takes it apart"
                    }
                    _ => "a JSON value that is no object",
                };
                Some(Item::Garbage(format!(
                    "stdin, line {line}, column {column}: {what}"
                )))
            }
            Err(error) => {
                let (line, column) = match error.line() {
                    0 | 1 => (line, column + (error.column().max(1) as u64) - 1),
                    lines => (line + lines as u64 - 1, error.column().max(1) as u64),
                };
                let text = error.to_string();
                let text = text.split(" at line ").next().unwrap_or_default();
                let text = crate::message::shorten(text, 200);
                let mut garbage = format!("stdin, line {line}, column {column}: {text}");
                match source.skip_to_next_object() {
                    Ok(true) => garbage += &format!("; going on at line {}", source.line),
                    Ok(false) => {}
                    Err(error) => garbage += &format!("; stdin: {error}"),
                }
                Some(Item::Garbage(garbage))
            }
        }
    }

    /// The next line of text without its end; nothing at the end. A line that is no UTF-8, or longer than 64 KiB,
    /// comes as what is wrong with it.
    pub fn next_line(&mut self) -> Option<Result<String, String>> {
        let source = &mut self.source;
        let at = source.line;
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            source.inside = length > 0;
            match source.peek() {
                Ok(Some(byte)) => {
                    source.advance();
                    if byte == b'\n' {
                        break;
                    }
                    length += 1;
                    if length <= LONGEST_LINE {
                        line.push(byte);
                    }
                }
                Ok(None) if length == 0 => return None,
                Ok(None) => break,
                Err(error) => {
                    return source
                        .broken(&error)
                        .map(|_| Err(format!("stdin: {error}")));
                }
            }
        }
        if length > LONGEST_LINE {
            return Some(Err(format!(
                "stdin, line {at}: longer than {LONGEST_LINE} bytes"
            )));
        }
        Some(String::from_utf8(line).map_err(|_| format!("stdin, line {at}: not UTF-8")))
    }
}

impl Source {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if let Some(byte) = self.again.front() {
            return Ok(Some(*byte));
        }
        if self.next == self.end {
            self.next = 0;
            self.end = (self.fill)(&mut self.buffer, self.inside)?;
        }
        Ok((self.next < self.end).then(|| self.buffer[self.next]))
    }

    fn advance(&mut self) {
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
    fn advance_past(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.peek().ok().flatten() == Some(*byte) {
                self.advance();
            }
        }
    }

    /// Skips to a line that starts an object; false at the end of the stream.
    fn skip_to_next_object(&mut self) -> io::Result<bool> {
        if let Some(doubt) = self.doubt.take()
            && doubt.bytes.len() < LONGEST_DOUBT
        {
            for byte in doubt.bytes.into_iter().rev() {
                self.again.push_front(byte);
            }
            (self.line, self.column) = (doubt.line, 1);
            return Ok(true);
        }
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

    /// Skips what the buffer holds of a line.
    fn skip_line(&mut self) {
        let rest = &self.buffer[self.next..self.end];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let length = end.unwrap_or(rest.len());
        self.next += length;
        self.column += length as u64;
    }

    /// Says that reading failed, once.
    fn broken(&mut self, error: &io::Error) -> Option<Item> {
        self.fill = Box::new(|_, _| Ok(0));
        Some(Item::Garbage(format!("stdin: {error}")))
    }
}

/// One byte after the other, as serde_json asks for them, within the bounds of a document.
impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(byte) = self.peek()? else {
            return Ok(0);
        };
        let Some(place) = into.first_mut() else {
            return Ok(0);
        };
        *place = byte;
        if byte == b'{' && self.column == 1 && self.bytes > 0 && self.doubt.is_none() {
            let (line, bytes) = (self.line, Vec::new());
            self.doubt = Some(Doubt { line, bytes });
        }
        if let Some(doubt) = &mut self.doubt
            && doubt.bytes.len() < LONGEST_DOUBT
        {
            doubt.bytes.push(byte);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn items(text: impl Into<Vec<u8>>) -> Vec<Result<String, String>> {
        let mut reader = Reader::new(Cursor::new(text.into()));
        std::iter::from_fn(|| reader.next_item())
            .map(|item| match item {
                Item::Document(document, _) => Ok(document.label()),
                Item::Garbage(text) => Err(text),
            })
            .collect()
    }

    #[test]
    fn pretty_printed_and_compact_objects_are_one_stream() {
        let text = "{\n  \"fqdn\":\n \"a.\"\n}\n{\"fqdn\":\"b.\"}{\"fqdn\":\"c.\"}\n\n";
        assert_eq!(
            items(text),
            [Ok("a.".into()), Ok("b.".into()), Ok("c.".into())]
        );
    }

    #[test]
    fn after_text_that_is_not_json_it_goes_on_at_the_next_line_that_starts_an_object() {
        let cases = [
            ("{\"fqdn\":\"a.\"}\nhello\n{\"fqdn\":\"b.\"}\n", 2, 1),
            ("{\"fqdn\":\"a.\"}\n{\"x\": tru}\n{\"fqdn\":\"b.\"}\n", 2, 9),
            (
                "{\"fqdn\":\"a.\"}\n{\"x\": \"unfinished\n{\"fqdn\":\"b.\"}\n",
                3,
                1,
            ),
            ("{\"fqdn\":\"a.\"}\n{\"x\": [1,2\n{\"fqdn\":\"b.\"}\n", 3, 1),
            ("{\"fqdn\":\"a.\"}\n[1,2]\n{\"fqdn\":\"b.\"}\n", 2, 1),
            ("{\"fqdn\":\"a.\"}\n}\n{\"fqdn\":\"b.\"}\n", 2, 1),
            ("{\"fqdn\":\"a.\"}\n{\"x\"\n{\"fqdn\":\"b.\"}\n", 3, 1),
            (
                "{\"fqdn\":\"a.\"}\n{\"x\":\"\\u00\n{\"fqdn\":\"b.\"}\n",
                3,
                1,
            ),
            ("{\"fqdn\":\"a.\"}\n{\"x\":[1,\n{\"fqdn\":\"b.\"}\n", 4, 1),
            ("{\"fqdn\":\"a.\"}\n{\"x\":\n{\"fqdn\":\"b.\"}\n", 4, 1),
            ("{\"fqdn\":\"a.\"}\n{\"x\":\"\\u\n{\"fqdn\":\"b.\"}\n", 3, 1),
            (
                "{\"fqdn\":\"a.\"}\n{\"x\":\"\\ud800\\u\n{\"fqdn\":\"b.\"}\n",
                3,
                1,
            ),
        ];
        for (text, line, _column) in cases {
            let items = items(text);
            let [Ok(a), Err(error), Ok(b)] = &items[..] else {
                panic!("{text}: {items:?}");
            };
            assert_eq!((a.as_str(), b.as_str()), ("a.", "b."));
            let near = [format!("line {line},"), format!("line {},", line - 1)];
            assert!(
                near.iter().any(|near| error.contains(near)),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_value_that_is_no_object_costs_itself_only() {
        for text in [
            "1 {\"fqdn\":\"b.\"}",
            "null {\"fqdn\":\"b.\"}",
            "\"{\"{\"fqdn\":\"b.\"}",
            "[{\"fqdn\":\"a.\"},\n{\"fqdn\":\"a.\"}]{\"fqdn\":\"b.\"}",
        ] {
            let items = items(text);
            assert!(
                matches!(&items[..], [Err(_), Ok(b)] if b == "b."),
                "{text}: {items:?}"
            );
        }
    }

    #[test]
    fn a_byte_order_mark_and_record_separators_are_passed_over() {
        let text = "\u{feff}{\"fqdn\":\"a.\"}\n\u{1e}{\"fqdn\":\"b.\"}\n";
        assert_eq!(items(text), [Ok("a.".into()), Ok("b.".into())]);
    }

    #[test]
    fn a_document_that_is_too_large_costs_itself_only() {
        let huge = format!(
            "{{\"x\":\"{}\"}}\n{{\"fqdn\":\"b.\"}}\n",
            "x".repeat(LARGEST)
        );
        let many = format!(
            "{{\"x\":[{}1]}}\n{{\"fqdn\":\"b.\"}}\n",
            "1,".repeat(MOST_VALUES)
        );
        for text in [huge, many] {
            let items = items(text);
            assert!(
                matches!(&items[..], [Err(error), Ok(_)] if error.contains("a document")),
                "{items:?}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_cost_their_document_only() {
        let items = items(b"{\"fqdn\":\"\xff\xfe\"}\n{\"fqdn\":\"b.\"}\n".to_vec());
        assert!(matches!(&items[..], [Err(_), Ok(_)]), "{items:?}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        let items = items(format!(
            "{{\"x\":{}\n{{\"fqdn\":\"b.\"}}",
            "[".repeat(100_000)
        ));
        assert!(matches!(&items[..], [Err(_), Ok(_)]), "{items:?}");
    }

    #[test]
    fn numbers_of_any_size_pass_through_as_they_came() {
        let text = r#"{"fqdn":"a.","x":[1.10,123456789012345678901234567890,1e+400]}"#;
        let mut reader = Reader::new(Cursor::new(text.as_bytes().to_vec()));
        let Some(Item::Document(document, bytes)) = reader.next_item() else {
            panic!("no document");
        };
        assert_eq!(serde_json::to_string(&document.object()).unwrap(), text);
        assert_eq!(bytes, text.len());
    }

    #[test]
    fn lines_come_one_by_one_and_a_bad_one_alone() {
        let mut reader = Reader::new(Cursor::new(b"a b\n\xff\n\nc".to_vec()));
        assert_eq!(reader.next_line(), Some(Ok("a b".into())));
        assert!(matches!(reader.next_line(), Some(Err(_))));
        assert_eq!(reader.next_line(), Some(Ok(String::new())));
        assert_eq!(reader.next_line(), Some(Ok("c".into())));
        assert_eq!(reader.next_line(), None);
    }
}
