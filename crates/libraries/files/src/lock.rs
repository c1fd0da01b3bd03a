//! Locks between processes (flock(2)): the system releases those of a process that ends, however it does.

use crate::trust::open_trusted;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// An exclusive lock; it is released when this is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Waits for the lock of a file or directory that is open.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn wait(file: File) -> io::Result<Lock> {
        take(&file, FlockOperation::LockExclusive)?;
        Ok(Lock { file })
    }

    /// Like [`Lock::wait`], but for a lock that any number hold at once who take it so, and nobody beside them.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn wait_shared(file: File) -> io::Result<Lock> {
        take(&file, FlockOperation::LockShared)?;
        Ok(Lock { file })
    }

    /// The file that is locked, to read and write as it was opened.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Takes the lock of a file or directory that is open; `None` where another process holds it.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn try_file(file: File) -> io::Result<Option<Lock>> {
        let is_taken = take(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(is_taken.then_some(Lock { file }))
    }

    /// Takes the lock of the file at `path`, which is made (0600) where there is none; `None` where another process holds
    /// it.
    ///
    /// # Errors
    /// The system reports an error, or somebody else can change the file.
    pub fn try_path(path: &Path) -> io::Result<Option<Lock>> {
        Lock::try_file(open(path)?)
    }

    /// As [`Lock::try_path`], and waits where another process holds it.
    ///
    /// # Errors
    /// As [`Lock::try_path`].
    pub fn wait_path(path: &Path) -> io::Result<Lock> {
        Lock::wait(open(path)?)
    }
}

impl Drop for Lock {
    /// Gives the lock back, and does not leave that to the file's end: a process that is being started has the file for a
    /// moment, too, until it becomes its program.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false).mode(0o600);
    match open_trusted(path, &mut options) {
        // One that is there can be locked all the same.
        Err(error) if is_protected(&error) => {
            open_trusted(path, File::options().read(true)).map_err(|_| error)
        }
        file => file,
    }
}

/// Whether a file cannot be written since its file system is read-only, or its attributes or mode say so.
fn is_protected(error: &io::Error) -> bool {
    let kinds = [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied];
    kinds.contains(&error.kind())
}

/// Takes a lock; returns false where another process holds it and it is not to be waited for.
fn take(file: &File, how: FlockOperation) -> io::Result<bool> {
    loop {
        match flock(file, how) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) => return Ok(false),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one_at_a_time_and_given_back_when_dropped() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("lock");
        let first = Lock::try_path(&path).expect("a lock").expect("it is free");
        assert!(Lock::try_path(&path).expect("no error").is_none());
        // As a process has it that another thread is starting.
        let copy = first.file().try_clone().expect("a copy");
        drop(first);
        assert!(Lock::try_path(&path).expect("no error").is_some());
        drop(copy);
        Lock::wait(File::open(dir.path()).expect("open")).expect("a directory has a lock too");
    }
}
