//! Input that is no document, and what stands in its place: it is said on stderr, and a document at the end of the stream
//! says so as well, so that the programs that come later know of it, and their status tells.

use crate::contract::catalogue::order::VERSION;
use crate::{Document, Object, Problem};
use command::message;

/// Input that was dropped: how often, and what was wrong the first time. A stream may have a million pieces of it.
#[derive(Debug, Default)]
pub struct Dropped {
    count: u64,
    first: String,
}

impl Dropped {
    /// Says what is wrong with a piece of input, which is dropped.
    pub fn add(&mut self, wrong: &str) {
        message::error(wrong);
        if self.count == 0 {
            wrong.clone_into(&mut self.first);
        }
        self.count += 1;
    }

    /// An order without challenges and with the error that tells what was dropped, if anything was.
    pub fn document(&self) -> Option<Document> {
        let first = &self.first;
        let detail = match self.count {
            0 => return None,
            1 => format!("input that is no document was dropped: {first}"),
            count => format!(
                "{count} pieces of input that are no document were dropped; the first: {first}"
            ),
        };
        let mut document = Document::from(Object::new());
        document.set(&VERSION, 1);
        document.set_challenges([]);
        document.fail(&Problem::document(detail));
        Some(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn one_document_stands_for_all_that_was_dropped_and_quotes_the_first() {
        let mut dropped = Dropped::default();
        assert_eq!(dropped.document(), None);
        for (wrong, detail) in [
            ("line 1", "input that is no document was dropped: line 1"),
            (
                "line 2",
                "2 pieces of input that are no document were dropped; the first: line 1",
            ),
        ] {
            dropped.add(wrong);
            let document = dropped.document().unwrap();
            assert_eq!(document.kind(), &Kind::Order);
            let problem = document.problem().unwrap();
            assert_eq!(
                (problem.kind.as_str(), problem.detail.as_str()),
                ("acmepipe:document", detail)
            );
        }
    }
}
