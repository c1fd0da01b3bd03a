//! Where the lists go.

use command::print;
use serde_json::Value;
use std::path::Path;

/// Prints documents, each on a line.
///
/// # Errors
/// They cannot be written.
pub(crate) fn print_documents(documents: impl Iterator<Item = Value>) -> Result<(), String> {
    let text: String = documents.map(|document| format!("{document}\n")).collect();
    print(&text)
}

/// Writes a text to this file, which all may read, or else prints it.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(text: &str, file: Option<&Path>) -> Result<(), String> {
    let Some(file) = file else {
        return print(text);
    };
    files::write_for_all(file, text.as_bytes())
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}
