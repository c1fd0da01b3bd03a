//! The versions of a certificate that are kept, and the lock under which they change.

use super::layout::{self, Layout};
use super::look::Look;
use super::root::Store;
use crate::error::{Error, Result};
use files::{Lock, open_dir, trust_below};
use std::cmp::Reverse;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

/// A version of a certificate that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The name of its directory, which no other version has.
    pub name: String,
    /// Whether servers read it.
    pub is_in_use: bool,
    /// What is in it.
    pub look: Look,
}

impl Store {
    /// The versions of the certificate `name` that are kept, the newest first.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where they cannot be read, or somebody else can change what is kept here.
    pub fn versions(&self, name: &str) -> Result<Vec<Version>> {
        let layout = Layout::new(&self.root, name)?;
        let dir = layout.versions();
        match trust_below(&self.path, &dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            trusted => trusted.map_err(|error| Error::file("use", &dir, error))?,
        }
        let in_use = self.version(name)?;
        in_dir(&dir, in_use.as_deref()).map_err(|error| Error::file("read", &dir, error))
    }
}

/// The versions in this directory, the newest first.
pub(super) fn in_dir(dir: &Path, in_use: Option<&str>) -> io::Result<Vec<Version>> {
    let mut found: Vec<(SystemTime, Version)> = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok();
        let Some(name) = name.filter(|name| layout::is_file_name(name)) else {
            continue;
        };
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let look = Look::at(&entry.path());
        let modified = entry.metadata().and_then(|found| found.modified());
        let time = look.installed.or(modified.ok());
        let version = Version {
            is_in_use: in_use == Some(&*name),
            name,
            look,
        };
        found.push((time.unwrap_or(SystemTime::UNIX_EPOCH), version));
    }
    found.sort_by_key(|(time, _)| Reverse(*time));
    Ok(found.into_iter().map(|(_, version)| version).collect())
}

/// The lock under which versions come, are put in use, and go. Where the directory was moved aside while this waited, it
/// is that of the new one.
pub(super) fn lock(layout: &Layout) -> io::Result<Lock> {
    let dir = layout.versions();
    loop {
        let lock = match open_dir(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match DirBuilder::new().mode(0o700).create(&dir) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                    _ => continue,
                }
            }
            opened => Lock::wait(opened?)?,
        };
        if is_at(&lock, &dir)? {
            return Ok(lock);
        }
    }
}

/// Whether the directory that is locked is still the one at this path.
fn is_at(lock: &Lock, path: &Path) -> io::Result<bool> {
    let locked = lock.file().metadata()?;
    let found = fs::metadata(path).ok();
    Ok(found.is_some_and(|found| (found.dev(), found.ino()) == (locked.dev(), locked.ino())))
}
