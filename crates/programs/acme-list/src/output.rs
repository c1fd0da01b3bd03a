//! Where the lists go.

use serde_json::Value;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// Prints a text. A reader that goes away has seen enough.
///
/// # Errors
/// It cannot be written.
pub(crate) fn print(text: &str) -> Result<(), String> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

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
