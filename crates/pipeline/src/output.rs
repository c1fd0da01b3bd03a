//! stdout: documents and nothing else, one a line, each written as soon as it is done.

use crate::Document;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

/// The reader of stdout went away (EPIPE): nothing can be handed on any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// Where documents go.
pub struct Output(Mutex<File>);

impl Output {
    /// This process's stdout.
    ///
    /// # Errors
    /// Where it is closed.
    pub fn stdout() -> io::Result<Output> {
        // A handle of our own: std's would cut a document into pieces at its buffer's size.
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Output(Mutex::new(File::from(stdout))))
    }

    /// Writes the document as one line.
    ///
    /// # Errors
    /// [`Gone`] where it could not be written whole, after saying why on stderr.
    pub fn write(&self, document: &Document) -> Result<(), Gone> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&document.to_line());
        written.map_err(|error| {
            if error.kind() != io::ErrorKind::BrokenPipe {
                crate::message::complain(&format!("cannot write to stdout: {error}"));
            }
            Gone
        })
    }
}
