//! What goes to stdout.

use crate::failure::Failure;
use serde_json::Value;
use std::io::{self, ErrorKind, Write as _};

/// Prints a text. A reader that goes away has seen enough.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::failed(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints documents, each on a line.
pub(crate) fn print_documents(documents: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
    let lines = documents
        .into_iter()
        .map(|document| format!("{document}\n"));
    print(&lines.collect::<String>())
}
