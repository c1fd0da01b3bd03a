//! The lock of one certificate's state: a program that changes it while it works holds it until it is done.

use super::Store;
use super::layout::Layout;
use crate::error::{Error, Result};
use files::{Lock, make_trusted_dir, open_trusted};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;

/// The name of its file, beside the state.
const LOCK: &str = "lock";
/// That of the lock for a moment.
const CHANGE: &str = "change";

impl Store {
    /// Waits until nobody else holds the lock of this certificate's state.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where the lock cannot be made, or somebody else can change it.
    pub fn lock_state(&self, name: &str) -> Result<Lock> {
        self.lock(name, LOCK)
    }

    /// Waits until nobody else reads a file of this certificate's state to write it anew. It is held for that moment, and does
    /// not wait for who works with the state.
    ///
    /// # Errors
    /// As [`Store::lock_state`].
    pub fn lock_change(&self, name: &str) -> Result<Lock> {
        self.lock(name, CHANGE)
    }

    fn lock(&self, name: &str, file: &str) -> Result<Lock> {
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
