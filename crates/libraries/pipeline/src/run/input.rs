//! Where a run's documents come from.

use crate::contract::Document;
use crate::stream::{InFlight, Item, Reader, Slot};

/// How many times as large as a line is what becomes of it: of a name, a challenge of a kilobyte and more.
const GROWTH: usize = 200;

/// What is worked on.
pub(super) enum Input {
    /// The documents on stdin.
    Stdin(Reader),
    /// What is made of each line of stdin, and of what is wrong with one that cannot be read.
    Lines(Reader, MakeDocument),
    /// What the command line names.
    Given(std::vec::IntoIter<Document>),
}

type MakeDocument = Box<dyn FnMut(Result<&str, &str>) -> Option<Document> + Send>;

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
            Input::Lines(mut reader, mut make) => {
                while let Some(line) = reader.next_line() {
                    let line = line.as_deref().map_err(String::as_str);
                    let bytes = line.map_or(0, str::len) * GROWTH;
                    let Some(document) = make(line) else {
                        continue;
                    };
                    if !enter(Item::Document(document, bytes)) {
                        return;
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
