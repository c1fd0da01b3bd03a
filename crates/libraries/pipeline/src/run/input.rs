//! Where a run's documents come from.

use crate::contract::Document;
use crate::stream::{InFlight, Item, Piece, Reader, Slot};

/// How many times as large as a request is what becomes of it: of a name, a challenge of a kilobyte and more.
const GROWTH: usize = 200;

/// What is worked on.
pub(super) enum Input {
    /// The documents on stdin.
    Stdin(Reader),
    /// What is made of each document and each line on stdin.
    Requests(Reader, Make),
    /// What the command line names.
    Given(std::vec::IntoIter<Document>),
}

/// A request: a document, or a line of text.
pub enum Request<'a> {
    /// A document as it came.
    Document(Document),
    /// A line, or what is wrong with it where it cannot be read, or with stdin itself.
    Line(Result<&'a str, &'a str>),
}

type Make = Box<dyn FnMut(Request<'_>) -> Vec<Document> + Send>;

impl Input {
    /// Reads to the end and hands on each item as soon as there is room for it, until `hand_on` returns false.
    pub(super) fn read_all(self, mut hand_on: impl FnMut(Item, Slot) -> bool) {
        let in_flight = InFlight::default();
        let mut enter = move |item: Item| {
            let bytes = match &item {
                Item::Document(_, bytes) => *bytes,
                Item::Garbage(text) => text.len(),
            };
            hand_on(item, in_flight.enter(bytes))
        };
        match self {
            Input::Stdin(mut reader) => {
                while let Some(item) = reader.next_item() {
                    if !enter(item) {
                        return;
                    }
                }
            }
            Input::Requests(mut reader, mut make) => {
                while let Some(piece) = reader.next_piece() {
                    let (made, bytes) = match piece {
                        Piece::Item(Item::Document(document, bytes)) => {
                            (make(Request::Document(document)), bytes)
                        }
                        Piece::Item(garbage) => {
                            if !enter(garbage) {
                                return;
                            }
                            continue;
                        }
                        Piece::Line(line) => {
                            let line = line.as_deref().map_err(String::as_str);
                            let bytes = line.map_or(0, str::len);
                            (make(Request::Line(line)), bytes)
                        }
                    };
                    for document in made {
                        if !enter(Item::Document(document, bytes * GROWTH)) {
                            return;
                        }
                    }
                }
            }
            Input::Given(documents) => {
                for document in documents {
                    if !enter(Item::Document(document, 0)) {
                        return;
                    }
                }
            }
        }
    }
}
