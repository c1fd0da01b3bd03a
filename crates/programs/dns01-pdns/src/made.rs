//! What became of changes.

use crate::api::Changed;
use dns_program::Failure;
use pipeline::Value;
use std::collections::HashMap;

/// What became of changes so far.
#[derive(Default)]
pub(crate) struct Made {
    /// Whether any was made.
    pub(crate) is_any: bool,
    /// The names that the server takes no such change for, and why.
    pub(crate) refused: HashMap<String, Failure>,
}

impl Made {
    /// Notes what became of the changes of one name, or of all where they were made.
    pub(crate) fn note(&mut self, changes: &[Value], changed: &Changed) {
        match changed {
            Changed::Done => self.is_any = true,
            Changed::Refused(failure) => {
                let names = changes.iter().filter_map(|change| change["name"].as_str());
                let refused = names.map(|name| (name.to_owned(), failure.clone()));
                self.refused.extend(refused);
            }
            Changed::Fault(_) | Changed::Lost(_) => {}
        }
    }

    /// Whether the name of a change is one of those.
    pub(crate) fn is_refused(&self, change: &Value) -> bool {
        let name = change["name"].as_str();
        name.is_some_and(|name| self.refused.contains_key(name))
    }
}
