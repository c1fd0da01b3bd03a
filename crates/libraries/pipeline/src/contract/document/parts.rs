//! What a document is made of.

use indexmap::IndexMap;
use serde_json::Value;
use std::sync::Arc;

/// A JSON value on one line, in which no letter is escaped.
pub(in crate::contract) type Text = Arc<str>;

/// What stands for `challenges` among the members of an order.
pub(super) const ARRAY: &str = "[]";

/// What a document is made of.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) members: IndexMap<String, Text>,
    pub(super) challenges: Vec<Text>,
    /// The index of the first challenge that is no object.
    pub(super) first_other: Option<usize>,
}

impl Parts {
    /// Takes all challenges away: if the member comes twice, the last one counts.
    pub(super) fn clear_challenges(&mut self) {
        (self.challenges, self.first_other) = Default::default();
    }

    /// Adds a challenge.
    pub(super) fn push(&mut self, challenge: Text) {
        if !challenge.starts_with('{') && self.first_other.is_none() {
            self.first_other = Some(self.challenges.len());
        }
        self.challenges.push(challenge);
    }
}

/// The value on one line.
pub(super) fn text(value: &Value) -> Text {
    value.to_string().into()
}
