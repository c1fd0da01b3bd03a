//! What a document's challenges ask the CA, and what is noted of its answer.

use acme::{Answer, Judgement};
use pipeline::{Document, Failure, Outcome, is_open};

/// The challenges that something is to be done about, by their index in the document; with what is wrong with those
/// that cannot be read.
pub fn open(document: &Document) -> Vec<(usize, acme::Result<Answer>)> {
    document
        .challenges()
        .enumerate()
        .filter(|(_, challenge)| is_open(challenge))
        .map(|(index, challenge)| (index, Answer::from_object(&challenge)))
        .collect()
}

/// What becomes of a challenge, by its index.
pub fn outcome(judgement: Judgement) -> (usize, Outcome) {
    let failure = judgement.error.as_ref().map(Failure::from_problem);
    (judgement.index, Outcome::new(judgement.members, failure))
}
