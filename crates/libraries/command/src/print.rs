//! What a program prints as a whole: pages, tables and lists.

use crate::message;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// Prints a text. A reader that goes away has seen enough.
///
/// # Errors
/// It cannot be written, for instance where the disk is full.
pub fn print(text: &str) -> Result<(), String> {
    let mut stdout = io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// Prints a text, which is all that the program does. Returns its exit status, after a line on stderr where that went wrong.
pub fn show(text: &str) -> ExitCode {
    match print(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            message::error(&error);
            ExitCode::FAILURE
        }
    }
}
