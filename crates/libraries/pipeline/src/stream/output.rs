//! stdout: documents and nothing else, one per line, each written as soon as it is done.

use crate::Document;
use crate::contract::fit;
use rustix::event::{PollFd, PollFlags, poll};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IoSlice, IsTerminal as _, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many pieces the system writes in one go (IOV_MAX).
const MOST_PIECES: usize = 1024;

/// The reader of stdout went away (EPIPE): nothing can be handed on any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// What a person reads of a document.
pub(crate) type Shown = Box<dyn Fn(&Document) -> String + Send + Sync>;

/// Where documents go.
pub struct Output {
    file: Mutex<File>,
    /// Whether lines of progress are in the way.
    is_terminal: bool,
    shown: Option<Shown>,
    failed: AtomicBool,
    reader_gone: AtomicBool,
}

impl Output {
    /// This process's stdout.
    ///
    /// # Errors
    /// Where it is closed.
    pub fn stdout() -> io::Result<Output> {
        // A handle of our own: std's would cut a document into pieces at its buffer's size, and two programs that
        // append to one file would mix them.
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Output::to(stdout))
    }

    /// Another program's stdin, or whatever takes documents.
    pub fn to(descriptor: OwnedFd) -> Output {
        Output {
            is_terminal: descriptor.is_terminal(),
            file: Mutex::new(File::from(descriptor)),
            shown: None,
            failed: AtomicBool::new(false),
            reader_gone: AtomicBool::new(false),
        }
    }

    /// Writes this of each document instead of the document.
    pub(crate) fn show(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }

    /// Whether something could not be written although there was somebody to read it: a disk that is full.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether something could not be written since nobody reads any more.
    pub fn lost_its_reader(&self) -> bool {
        self.reader_gone.load(Ordering::Relaxed)
    }

    /// Writes the document as one line, and returns it as it was written: with less in it where it was too large for the
    /// next program, and with an error where it lost what that needs.
    ///
    /// # Errors
    /// [`Gone`] where it could not be written whole, after saying why on stderr.
    pub fn write<'a>(&self, document: &'a Document) -> Result<Cow<'a, Document>, Gone> {
        let document = fit(document);
        let line = match &self.shown {
            Some(shown) => vec![Cow::Owned(shown(&document))],
            None => document.line(),
        };
        if self.is_terminal {
            command::progress::done();
        }
        let written = if line.len() > MOST_PIECES {
            let whole = line.concat();
            write_all(&mut self.lock(), &mut [IoSlice::new(whole.as_bytes())])
        } else {
            let pieces = line.iter().map(|piece| IoSlice::new(piece.as_bytes()));
            write_all(&mut self.lock(), &mut pieces.collect::<Vec<_>>())
        };
        drop(line);
        match written {
            Ok(()) => Ok(document),
            Err(error) => Err(self.fail(&error)),
        }
    }

    fn fail(&self, error: &io::Error) -> Gone {
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.reader_gone.store(true, Ordering::Relaxed);
        } else {
            command::message::error(&format!("cannot write documents: {error}"));
            self.failed.store(true, Ordering::Relaxed);
        }
        Gone
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes all pieces, in one go as far as the system takes them.
fn write_all(file: &mut File, mut pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
    // This drops empty pieces at the front: writing them would write nothing.
    IoSlice::advance_slices(&mut pieces, 0);
    while !pieces.is_empty() {
        match file.write_vectored(pieces) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut pieces, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Another process that shares the pipe made it non-blocking.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait_for_room(file)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn wait_for_room(file: &File) -> io::Result<()> {
    match poll(&mut [PollFd::new(file, PollFlags::OUT)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Challenge, Object};
    use std::os::unix::net::UnixDatagram;

    /// Over a socket that keeps what was written at once apart.
    #[test]
    fn a_document_is_written_in_one_go_however_many_challenges_it_has() {
        let (reader, writer) = UnixDatagram::pair().unwrap();
        let output = Output::to(writer.into());
        for count in [0, 1, 500, 3000] {
            let mut document = Document::from(Object::new());
            document.set(&crate::catalogue::order::VERSION, 1);
            document.set_challenges(vec![Challenge::default(); count]);
            output.write(&document).unwrap();
            let mut buffer = [0; 1 << 14];
            let length = reader.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], document.line().concat().as_bytes());
        }
    }
}
