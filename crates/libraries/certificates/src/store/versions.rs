//! The versions of a certificate that are kept, and how one is put back.

use super::Store;
use super::archive;
use super::layout::{self, Layout};
use super::look::{Health, Look};
use super::version::{self, Note};
use crate::error::{Error, Result};
use crate::validity::Moment;
use files::{Lock, open_dir, trust_below, trust_link};
use std::cmp::Reverse;
use std::ffi::OsStr;
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

    /// Puts a version of the certificate `name` back in use, by the same one rename as a new one; also one that was moved
    /// aside. Returns notes on that for a person.
    ///
    /// # Errors
    /// [`Error::Name`]; and [`Error::File`] where there is no such version, it is damaged, another certificate is in
    /// place of one that was moved aside, or somebody else can change what is kept here.
    pub fn restore(&self, name: &str, version: &str, now: SystemTime) -> Result<Vec<Note>> {
        let layout = Layout::new(&self.root, name)?;
        if !layout::is_file_name(version) {
            return Err(Error::Name(version.to_owned()));
        }
        let dir = layout.versions();
        let refused = |why: &str| Error::file("restore", &dir.join(version), why);
        if !dir.is_dir() && !layout.archive().is_dir() {
            return Err(refused("there is no such certificate"));
        }
        files::make_trusted_dir(&self.path, &dir)
            .map_err(|error| Error::file("make", &dir, error))?;
        archive::finish_move(&layout)?;
        let _lock = lock(&layout).map_err(|error| Error::file("write below", &dir, error))?;
        let link = layout.link();
        match trust_link(&link) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            trusted => trusted.map_err(|error| Error::file("use", &link, error))?,
        }
        if !link.is_symlink() && link.exists() {
            return Err(Error::Occupied(link));
        }
        let kept = dir.join(version);
        let archived = if kept.is_dir() {
            None
        } else {
            archive::find(&layout, version)
        };
        let place = archived.as_ref().map_or(&kept, |(place, _)| place);
        if !place.is_dir() {
            return Err(refused("there is no such version"));
        }
        let look = Look::at(place);
        if let Health::Damaged { file, why } = &look.health {
            return Err(refused(&format!("{file} {why}")));
        }
        if archived.is_some() && link.is_symlink() {
            return Err(refused(
                "it was moved aside, and another certificate is in its place",
            ));
        }
        let mut notes = Vec::new();
        if let Some((place, note)) = archived {
            archive::take_back(&place, &kept)
                .map_err(|error| Error::file("restore", &place, error))?;
            notes.extend(note);
        }
        version::switch(&layout, OsStr::new(version))
            .map_err(|error| Error::file("restore", &link, error))?;
        if let Some(validity) = look.chain.and_then(|chain| chain.validity().ok())
            && validity.at(now) != Moment::Valid
        {
            notes.push(Note::NotValid { validity, now });
        }
        Ok(notes)
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
