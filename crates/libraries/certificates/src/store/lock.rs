//! The locks of one certificate's state.

use super::layout::Layout;
use super::root::Store;
use crate::error::{Error, Result};
use files::{Lock, make_trusted_dir, open_trusted};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;

/// The names of their files, beside the state. The directory itself is locked by whoever writes a file in it.
const WORK: &str = "lock";
const CHANGE: &str = "change.lock";

impl Store {
    /// Waits until nobody else works with the state of this certificate: programs of the user's may run meanwhile.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where the lock cannot be made, or somebody else can change it.
    pub fn lock_state(&self, name: &str) -> Result<Lock> {
        self.lock_file(name, WORK)
    }

    /// Waits until nobody else reads a file of this certificate's state to write it anew. It is held for that moment, and does
    /// not wait for who works with the state.
    ///
    /// # Errors
    /// As [`Store::lock_state`].
    pub fn lock_change(&self, name: &str) -> Result<Lock> {
        self.lock_file(name, CHANGE)
    }

    fn lock_file(&self, name: &str, file: &str) -> Result<Lock> {
        let dir = Layout::new(&self.root, name)?.state();
        make_trusted_dir(&self.path, &dir).map_err(|error| Error::file("make", &dir, error))?;
        let path = dir.join(file);
        let mut options = File::options();
        options.write(true).create(true).truncate(false).mode(0o600);
        open_trusted(&path, &mut options)
            .and_then(Lock::wait)
            .map_err(|error| Error::file("lock", &path, error))
    }
}
