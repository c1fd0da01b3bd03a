//! Certificates that were moved aside: nothing renews, lists or deploys them any more, and they can be put back.
//!
//! The link goes first, with one rename: from then on there is no such certificate. What a process that is killed after
//! that leaves in its place is moved by the next that works there.

use super::layout::{self, Layout};
use super::root::{LARGEST_FILE, Store};
use super::version::Note;
use super::versions::{self, Version, lock};
use crate::error::{Error, Result};
use crate::validity::rfc3339;
use files::{
    make_trusted_dir, read_bounded, read_trusted, sync_dir, trust_below, trust_link, write_file,
};
use serde::{Deserialize, Serialize};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const LINK: &str = "link";
const VERSIONS: &str = "versions";
const STATE: &str = "state";
const NOTE: &str = "moved.json";

/// A certificate that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Its name.
    pub name: String,
    /// When it was moved, in RFC 3339, where that is known.
    pub at: Option<String>,
    /// Why, where that is known.
    pub why: Option<String>,
    /// Its versions, the newest first. That which was in use is marked.
    pub versions: Vec<Version>,
    /// Where it is.
    place: PathBuf,
}

impl Archived {
    /// Where a file of state is that was kept for it.
    pub fn state_file(&self, file: &str) -> PathBuf {
        self.place.join(STATE).join(file)
    }

    /// A file of state that was kept for it; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, or somebody else can change it.
    pub fn state(&self, file: &str) -> Result<Option<Vec<u8>>> {
        let path = self.state_file(file);
        match read_trusted(&path, LARGEST_FILE) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &path, error)),
        }
    }
}

/// What is noted of it.
#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    version: u32,
    at: String,
    why: String,
}

impl Store {
    /// Moves the certificate `name` with all its versions and its state to the archive. A later one of that name begins
    /// afresh. Returns false, and moves nothing, where another version than this one is in use by now.
    ///
    /// # Errors
    /// [`Error::Name`]; and [`Error::File`] where there is none, or it cannot be moved.
    pub fn move_aside(
        &self,
        name: &str,
        version: &str,
        why: &str,
        now: SystemTime,
    ) -> Result<bool> {
        let layout = Layout::new(&self.root, name)?;
        let failed = |error: io::Error| Error::file("move aside", &layout.link(), error);
        if !layout.link().is_symlink() {
            return Err(failed(io::Error::other("there is no such certificate")));
        }
        trust_link(&layout.link()).map_err(failed)?;
        let archive = layout.archive();
        for dir in [layout.versions(), archive.clone()] {
            make_trusted_dir(&self.path, &dir).map_err(|error| Error::file("make", &dir, error))?;
        }
        // Whoever works with the state keeps it where it was.
        let _state = match layout.state().is_dir() {
            true => Some(self.lock_state(name)?),
            false => None,
        };
        let _lock = lock(&layout).map_err(failed)?;
        if self.version(name)?.as_deref() != Some(version) {
            return Ok(false);
        }
        let moved = Moved {
            version: 1,
            at: rfc3339(now),
            why: why.to_owned(),
        };
        let place = place(&archive, &moved).map_err(failed)?;
        fs::rename(layout.link(), place.join(LINK)).map_err(failed)?;
        sync_dir(layout.root()).map_err(failed)?;
        move_versions(&layout, &place).map_err(failed)?;
        // A process that is killed here leaves the state behind, which is of a version that nobody has any more.
        move_to(&place, &layout.state(), STATE).map_err(failed)?;
        Ok(true)
    }

    /// All certificates that were moved aside, by name, each time for itself. The second list has what cannot be read.
    ///
    /// # Errors
    /// [`Error::File`] where the archive cannot be read, or somebody else can change it.
    pub fn archives(&self) -> Result<(Vec<Archived>, Vec<Error>)> {
        let archive = self.root.join(layout::ARCHIVE);
        match trust_below(&self.path, &archive) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok((Vec::new(), Vec::new()));
            }
            trusted => trusted.map_err(|error| Error::file("use", &archive, error))?,
        }
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for dir in directories(&archive).map_err(|error| Error::file("read", &archive, error))? {
            match archived(&dir) {
                Ok(archived) => found.extend(archived),
                Err(error) => unreadable.push(Error::file("read", &dir, error)),
            }
        }
        Ok((found, unreadable))
    }
}

/// Makes a directory for what is moved aside, with a note on that.
fn place(archive: &Path, moved: &Moved) -> io::Result<PathBuf> {
    let stamp: String = moved
        .at
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let place = tempfile::Builder::new()
        .prefix(&format!("{stamp}-"))
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(archive)?;
    // Strings and a number, which JSON can always express.
    let note = serde_json::to_string_pretty(moved).unwrap_or_default();
    write_file(&place.path().join(NOTE), format!("{note}\n").as_bytes())?;
    sync_dir(archive)?;
    Ok(place.keep())
}

/// Moves the versions after the link.
fn move_versions(layout: &Layout, place: &Path) -> io::Result<()> {
    move_to(place, &layout.versions(), VERSIONS)
}

/// Moves a directory, where there is one, to what is moved aside.
fn move_to(place: &Path, from: &Path, name: &str) -> io::Result<()> {
    match fs::rename(from, place.join(name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        moved => moved?,
    }
    sync_dir(place)?;
    from.parent().map_or(Ok(()), sync_dir)
}

/// Goes on with a move that a process was killed in: where the link was moved, the versions belong there as well. The state
/// may be of what came since, and stays.
///
/// # Errors
/// [`Error::File`].
pub(super) fn finish_move(layout: &Layout) -> Result<()> {
    let failed = |error| Error::file("move aside", &layout.versions(), error);
    let Some(_) = unfinished(layout) else {
        return Ok(());
    };
    let _lock = lock(layout).map_err(failed)?;
    // Another process may have been quicker.
    match unfinished(layout) {
        Some(place) => move_versions(layout, &place).map_err(failed),
        None => Ok(()),
    }
}

/// Where a link was moved to, and the versions that it led to are not.
fn unfinished(layout: &Layout) -> Option<PathBuf> {
    let places = directories(&layout.archive()).ok()?;
    let mut unfinished = places.into_iter().filter(|place| {
        let target = fs::read_link(place.join(LINK)).ok();
        let version = target.as_ref().and_then(|target| target.file_name());
        let is_left = version.is_some_and(|version| layout.versions().join(version).is_dir());
        is_left && !place.join(VERSIONS).exists()
    });
    unfinished.next().filter(|_| !layout.link().is_symlink())
}

/// Where a version is that was moved aside, and a note on that.
pub(super) fn find(layout: &Layout, version: &str) -> Option<(PathBuf, Option<Note>)> {
    let places = directories(&layout.archive()).ok()?;
    places.into_iter().find_map(|place| {
        let path = place.join(VERSIONS).join(version);
        let note = note(&place).map(|Moved { at, why, .. }| Note::MovedAside { at, why });
        path.is_dir().then_some((path, note))
    })
}

/// Moves a version out of the archive. What has no version left there goes.
pub(super) fn take_back(archived: &Path, kept: &Path) -> io::Result<()> {
    fs::rename(archived, kept)?;
    let Some(versions) = archived.parent() else {
        return Ok(());
    };
    sync_dir(versions)?;
    if directories(versions)?.is_empty()
        && let Some(place) = versions.parent()
    {
        // What cannot be removed is only litter, and is not listed.
        let _ = fs::remove_file(place.join(LINK));
        let _ = fs::remove_dir_all(place);
    }
    Ok(())
}

/// What was moved aside of one name.
fn archived(dir: &Path) -> io::Result<Vec<Archived>> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for place in directories(dir)? {
        let in_use = fs::read_link(place.join(LINK)).ok();
        let in_use = in_use
            .as_ref()
            .and_then(|target| target.file_name()?.to_str());
        let versions = match versions::in_dir(&place.join(VERSIONS), in_use) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            versions => versions?,
        };
        if versions.is_empty() {
            continue;
        }
        let note = note(&place);
        found.push(Archived {
            name: name.clone().into_owned(),
            at: note.as_ref().map(|note| note.at.clone()),
            why: note.map(|note| note.why),
            versions,
            place,
        });
    }
    Ok(found)
}

fn note(place: &Path) -> Option<Moved> {
    let text = read_bounded(&place.join(NOTE), LARGEST_FILE).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The directories in this one, sorted; those of which a name begins with a dot are none of ours.
fn directories(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(layout::is_file_name);
        if is_ours && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}
