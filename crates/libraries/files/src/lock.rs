//! Locks between processes (flock(2)): the system releases those of a process that ends, however it does.

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io;
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
        loop {
            match flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Lock { file }),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The file that is locked, to read and write as it was opened.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Takes the lock of the file at `path`, which is made (0600) where there is none; `None` where another process holds
    /// it.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn try_path(path: &Path) -> io::Result<Option<Lock>> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(Lock { file })),
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
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
        drop(first);
        assert!(Lock::try_path(&path).expect("no error").is_some());
        Lock::wait(File::open(dir.path()).expect("open")).expect("a directory has a lock too");
    }
}
