//! Documents from stdin: any stream of JSON objects, on one line each or pretty-printed.
//!
//! Text that is not JSON is skipped: the reader says where it is, and goes on at the next line that starts an
//! object.

use super::source::{Neighbours, Source};
use super::stdin::{LINGER, until_stopped};
use crate::Document;
use crate::contract::value;
use command::Stop;
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, Read};
use std::time::Duration;

/// The longest line of text, where lines are read, in bytes.
const LONGEST_LINE: usize = 64 << 10;
/// Comes before each text of a JSON text sequence (RFC 7464 §2.2).
const RECORD_SEPARATOR: u8 = 0x1e;
/// The first byte of U+FEFF in UTF-8, which some editors begin a file with.
const BYTE_ORDER_MARK: u8 = 0xef;
/// The bytes after it.
const REST_OF_MARK: [u8; 2] = [0xbb, 0xbf];

/// What the reader found.
#[derive(Debug, PartialEq)]
pub enum Item {
    /// A document, and how many bytes it took.
    Document(Document, usize),
    /// Text that is no document: what is wrong with it, and where.
    Garbage(String),
}

/// What the reader found where lines of text may stand beside documents.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// What begins with a brace.
    Item(Item),
    /// Any other line, as [`Reader::next_line`] has it.
    Line(Result<String, String>),
}

/// Reads a stream piece by piece.
pub struct Reader {
    source: Source,
}

impl Reader {
    /// Reads documents from this process's stdin until it ends. When a signal says that the program is to stop, what
    /// the programs before it hold is still read, for half a minute at most, but nothing that a person would type.
    pub fn stdin(stop: Stop) -> Reader {
        Reader {
            source: Source::new(until_stopped(stop, LINGER)),
        }
    }

    /// Reads lines from stdin until it ends. When the program is to stop, only what has arrived by then is read.
    pub fn stdin_lines(stop: Stop) -> Reader {
        Reader {
            source: Source::new(until_stopped(stop, Duration::ZERO)),
        }
    }

    /// Reads from anything until it ends.
    pub fn new(mut read: impl Read + Send + 'static) -> Reader {
        Reader {
            source: Source::new(Box::new(move |buffer, _| {
                loop {
                    match read.read(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        result => return result,
                    }
                }
            })),
        }
    }

    /// The next document, or the garbage in its place; `None` at the end.
    pub fn next_item(&mut self) -> Option<Item> {
        match self.first_byte()? {
            Ok(first) => Some(self.item(first, Neighbours::Documents)),
            Err(broken) => Some(Item::Garbage(broken)),
        }
    }

    /// The next document, or the garbage in its place, where that begins with a brace; else the next line that is not
    /// empty, without blanks before it. A document that is broken on its first line costs the lines after it nothing.
    pub fn next_piece(&mut self) -> Option<Piece> {
        let first = match self.first_byte()? {
            Ok(first) => first,
            Err(broken) => return Some(Piece::Line(Err(broken))),
        };
        if first == b'{' {
            Some(Piece::Item(self.item(first, Neighbours::Lines)))
        } else {
            self.next_line().map(Piece::Line)
        }
    }

    /// The first byte of what comes next, which is not taken yet; `None` at the end. An error says why nothing more comes.
    fn first_byte(&mut self) -> Option<Result<u8, String>> {
        let source = &mut self.source;
        source.is_inside = false;
        loop {
            match source.peek() {
                Ok(Some(b' ' | b'\t' | b'\r' | b'\n' | RECORD_SEPARATOR)) => source.advance(),
                Ok(Some(BYTE_ORDER_MARK)) if (source.line, source.column) == (1, 1) => {
                    source.advance();
                    source.advance_past(&REST_OF_MARK);
                }
                Ok(Some(first)) => return Some(Ok(first)),
                Ok(None) => return None,
                Err(error) => {
                    source.end();
                    return Some(Err(broken(&error)));
                }
            }
        }
    }

    /// The JSON value that begins with this byte; after what is none, reading goes on at one of its neighbours.
    fn item(&mut self, first: u8, neighbours: Neighbours) -> Item {
        let source = &mut self.source;
        source.begin_document(neighbours);
        if first == b'{'
            && let Some(text) = source.plain_object()
            && let Some(document) = Document::of_text(text)
        {
            let size = text.len();
            source.take(size);
            return Item::Document(document, size);
        }
        let (line, column) = (source.line, source.column);
        let mut deserializer = serde_json::Deserializer::from_reader(&mut *source);
        let result = if first == b'{' {
            Document::deserialize(&mut deserializer).map(Some)
        } else {
            Value::deserialize(&mut deserializer).map(|_| None)
        };
        source.is_inside = false;
        match result {
            Ok(Some(document)) => Item::Document(document, source.bytes),
            Ok(None) => {
                let what = match first {
                    b'[' => {
                        "an array, where documents come one after the other: jq -c '.[]' splits it"
                    }
                    _ => "a JSON value that is no object",
                };
                Item::Garbage(format!("stdin, line {line}, column {column}: {what}"))
            }
            Err(error) => {
                let is_of_first_line = (error.line(), error.column()) <= (2, 0);
                let recovered = match neighbours {
                    Neighbours::Lines if is_of_first_line => source.skip_to_line_after(line),
                    _ => source.skip_to_next_object(),
                };
                let (line, column) = match error.line() {
                    0 | 1 => (line, column + (error.column().max(1) as u64) - 1),
                    lines => (line + lines as u64 - 1, error.column().max(1) as u64),
                };
                let wrong = value::wrong(&error);
                let mut garbage = format!("stdin, line {line}, column {column}: {wrong}");
                match recovered {
                    Ok(true) => garbage += &format!("; going on at line {}", source.line),
                    Ok(false) => {}
                    Err(error) => garbage += &format!("; {}", broken(&error)),
                }
                Item::Garbage(garbage)
            }
        }
    }

    /// The next line of text without its end; `None` at the end of the stream. For a line that is not UTF-8, or longer
    /// than 64 KiB, it says what is wrong with it.
    pub fn next_line(&mut self) -> Option<Result<String, String>> {
        let source = &mut self.source;
        let at = source.line;
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            source.is_inside = length > 0;
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
                    source.end();
                    return Some(Err(broken(&error)));
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

fn broken(error: &io::Error) -> String {
    format!("stdin: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{LARGEST, MOST_VALUES};
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
    fn the_text_of_a_plain_document_is_kept_as_it_came() {
        let plain = r#"{"fqdn":"a.","x":"\/","y":{"a":1,"a":2}}"#;
        // More than is read at once.
        let long = plain.replace("a.", &"a".repeat(200_000));
        let line = |text: &str| {
            let mut reader = Reader::new(Cursor::new(text.as_bytes().to_vec()));
            match reader.next_item() {
                Some(Item::Document(document, _)) => document.line().concat(),
                other => panic!("no document: {other:?}"),
            }
        };
        assert_eq!(line(plain), format!("{plain}\n"));
        assert_eq!(line(&long), format!("{long}\n"));
        let with_values = "{\"fqdn\":\"a.\",\"x\":\"/\",\"y\":{\"a\":2}}\n";
        assert_eq!(line(&plain.replacen('{', "{ ", 1)), with_values);
    }

    #[test]
    fn what_is_wrong_after_a_plain_document_is_where_it_stands() {
        let items = items("{\"fqdn\":\"ä.\"} [1]");
        let place = "stdin, line 1, column 16: an array";
        assert!(
            matches!(&items[..], [Ok(_), Err(error)] if error.starts_with(place)),
            "{items:?}"
        );
    }

    #[test]
    fn a_document_has_as_many_values_as_it_may_whether_its_text_is_kept_or_not() {
        for (count, is_taken) in [(MOST_VALUES - 1, true), (MOST_VALUES, false)] {
            let text = format!("{{\"fqdn\":\"a.\",\"x\":\"{}\"}}", ",".repeat(count - 1));
            for text in [text.replacen('{', "{ ", 1), text] {
                let items = items(text);
                assert_eq!(matches!(&items[..], [Ok(_)]), is_taken, "{count}");
            }
        }
    }

    /// Each is what one call reads.
    struct Parts(std::vec::IntoIter<io::Result<&'static [u8]>>);

    impl Read for Parts {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let part = self.0.next().unwrap_or(Ok(&[]))?;
            buffer[..part.len()].copy_from_slice(part);
            Ok(part.len())
        }
    }

    #[test]
    fn a_failure_to_read_is_said_and_costs_no_document_twice() {
        let document = r#"{"fqdn":"a."}"#;
        for (parts, read) in [
            (&[r#"{"fqdn":"#, r#""b.""#][..], 0),
            (&[r#"{"fqdn": "#, r#""b.""#], 0),
            (&[document], 1),
            (&[document, "{", r#""x""#], 1),
            (&[document, "{ ", r#""x""#], 1),
        ] {
            let mut left = parts
                .iter()
                .map(|part| Ok(part.as_bytes()))
                .collect::<Vec<_>>();
            left.push(Err(io::Error::other("the disk is broken")));
            left.insert(1, Err(io::ErrorKind::Interrupted.into()));
            let mut reader = Reader::new(Parts(left.into_iter()));
            for _ in 0..read {
                let item = reader.next_item();
                assert!(
                    matches!(item, Some(Item::Document(..))),
                    "{parts:?}: {item:?}"
                );
            }
            let item = reader.next_item();
            assert!(
                matches!(&item, Some(Item::Garbage(text)) if text.contains("the disk is broken")),
                "{parts:?}: {item:?}"
            );
            assert_eq!(reader.next_item(), None, "{parts:?}");
        }
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
    fn documents_and_lines_stand_beside_each_other() {
        let pieces = |text: &[u8]| {
            let mut reader = Reader::new(Cursor::new(text.to_vec()));
            let pieces = std::iter::from_fn(|| reader.next_piece());
            let words = pieces.map(|piece| match piece {
                Piece::Item(Item::Document(document, _)) => format!("{{{}}}", document.label()),
                Piece::Item(Item::Garbage(text)) => format!("garbage: {text}"),
                Piece::Line(Ok(line)) => line,
                Piece::Line(Err(wrong)) => format!("wrong: {wrong}"),
            });
            words.collect::<Vec<_>>()
        };
        let text = "\u{feff}a b\n\n  {\n  \"name\":\n \"x\"\n}\n# c\n{\"name\":\"y\"}{\"name\":\"z\"} d\n\te";
        assert_eq!(
            pieces(text.as_bytes()),
            ["a b", "{x}", "# c", "{y}", "{z}", "d", "e"]
        );
        for (broken, rest) in [
            ("{\"x\": tru}\na\n{\"name\":\"x\"}", &["a", "{x}"][..]),
            ("{\"x\": \"\u{1}\"} a\nb", &["b"]),
            // Where it ends nobody knows: an object is looked for.
            ("{\"x\": [1,\na\n{\"name\":\"x\"}\nb", &["{x}", "b"]),
            ("{\"x\": [1,", &[]),
        ] {
            let pieces = pieces(broken.as_bytes());
            assert!(pieces[0].starts_with("garbage: stdin, line "), "{pieces:?}");
            assert_eq!(&pieces[1..], rest, "{broken}");
        }
        let pieces = pieces(b"\xff\na");
        assert!(pieces[0].starts_with("wrong: stdin, line 1"), "{pieces:?}");
        assert_eq!(pieces[1], "a");
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
