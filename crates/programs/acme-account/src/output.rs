//! What goes to stdout.

use crate::failure::Failure;
use serde_json::Value;

/// Prints a text.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    command::print(text).map_err(Failure::failed)
}

/// Prints documents, each on a line.
pub(crate) fn print_documents(documents: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
    let lines = documents
        .into_iter()
        .map(|document| format!("{document}\n"));
    print(&lines.collect::<String>())
}
