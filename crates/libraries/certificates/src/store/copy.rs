//! A copy of a certificate outside of the store, for servers that are not root: it has the form of the store, so key and
//! chain change together there as well.

use super::layout::{self, Layout};
use super::root::{KEPT_VERSIONS, LARGEST_FILE, Store};
use super::version;
use crate::error::{Error, Result};
use files::{Lock, create, read_bounded, sync_dir, trust_below, trust_link};
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use tempfile::TempDir;

/// The mode of directories on the way to the files, and of the files that are not secret.
const OPEN_DIR: u32 = 0o755;
const OPEN_FILE: u32 = 0o644;
/// The mode of each file until it has its owner.
const CLOSED_FILE: u32 = 0o600;
/// What of a mode says who may do what.
const MODE: u32 = 0o7777;

/// Whose the files of a copy are, and who may read the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// The user's number; without one, whoever makes the copy.
    pub owner: Option<u32>,
    /// The group's number; without one, that of whoever makes the copy.
    pub group: Option<u32>,
    /// The mode of the key, and of what else has it in it.
    pub key_mode: u32,
}

impl Store {
    /// Copies key and chain of the version that servers read to the certificate's name below `to`, which is made (0755)
    /// where it is missing. One rename puts the copy in place of the one before, which stays for those who opened it
    /// just then.
    ///
    /// # Errors
    /// [`Error::Name`]; [`Error::Occupied`]; [`Error::File`], also where `to` is in the store, or somebody else can
    /// change it; [`Error::Install`], also where this user may not give a file to such an owner.
    pub fn copy(&self, name: &str, to: &Path, ownership: Ownership) -> Result<()> {
        let source = Layout::new(&self.root, name)?;
        let target = Layout::new(to, name)?;
        let version = self
            .version_dir(&source)
            .map_err(|error| Error::file("read", &source.link(), error))?;
        let contents = contents(&version)?;
        self.make_place(to, &target)?;
        let copied = put(&target, &version, &contents, ownership);
        if copied.is_err() {
            // Where this was to be the first version, its directory is empty; another one stays.
            let _ = fs::remove_dir(target.versions());
        }
        copied
    }

    /// Whether the version that servers read has a copy below `to` that is whole, and whose files have this owner, group
    /// and mode. Nothing is read: a file counts as the same where it is as long.
    pub fn has_copy(&self, name: &str, to: &Path, ownership: Ownership) -> bool {
        let layouts = Layout::new(&self.root, name).and_then(|source| {
            let target = Layout::new(to, name)?;
            Ok((source, target))
        });
        layouts.is_ok_and(|(source, target)| is_copy(&source, &target, ownership).unwrap_or(false))
    }

    /// Whether a directory is in the store, or would be.
    pub fn holds(&self, path: &Path) -> bool {
        let existing = path.ancestors().find(|path| path.exists());
        existing.is_some_and(|existing| is_below(existing, &self.path))
    }

    /// Makes the directories of a copy, and checks that nobody else can change what is in them.
    fn make_place(&self, to: &Path, target: &Layout) -> Result<()> {
        if self.holds(to) {
            let why = "the certificates themselves are kept there";
            return Err(Error::file("copy to", to, why));
        }
        let versions = target.versions();
        let above = versions.parent();
        for dir in [to].into_iter().chain(above).chain([versions.as_path()]) {
            make_open_dir(dir).map_err(|error| Error::file("make", dir, error))?;
        }
        trust_below(to, &versions).map_err(|error| Error::file("use", &versions, error))
    }
}

/// Puts a copy of a version in place of the one before.
fn put(target: &Layout, version: &Path, contents: &Contents, ownership: Ownership) -> Result<()> {
    check_link(target)?;
    let versions = target.versions();
    let _lock = files::open_dir(&versions)
        .and_then(Lock::wait)
        .map_err(|error| Error::file("write below", &versions, error))?;
    install(target, version, contents, ownership).map_err(|error| Error::Install {
        path: target.link(),
        why: error.to_string(),
    })
}

/// Checks that nobody else has made the link, and that nothing else has its place.
fn check_link(target: &Layout) -> Result<()> {
    let link = target.link();
    match fs::symlink_metadata(&link) {
        Ok(found) if !found.is_symlink() => Err(Error::Occupied(link)),
        Ok(_) => trust_link(&link).map_err(|error| Error::file("use", &link, error)),
        Err(_) => Ok(()),
    }
}

/// Whether what the link of `target` leads to is a copy of what that of `source` leads to.
fn is_copy(source: &Layout, target: &Layout, ownership: Ownership) -> io::Result<bool> {
    let (version, copy) = (fs::read_link(source.link())?, fs::read_link(target.link())?);
    let Some(name) = copy.file_name() else {
        return Ok(false);
    };
    // A copy has a name of its own, behind the serial.
    if serial(&version) != serial(&copy) || copy != target.target(name) {
        return Ok(false);
    }
    let dir = fs::metadata(target.link())?;
    if !dir.is_dir() || dir.mode() & MODE != OPEN_DIR {
        return Ok(false);
    }
    for file in layout::served(&source.link()) {
        let original = fs::metadata(source.link().join(file))?;
        let found = fs::symlink_metadata(target.link().join(file))?;
        if !found.is_file() || found.len() != original.len() || !has(&found, file, ownership) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a file has the owner, the group and the mode that it is to have.
fn has(found: &Metadata, file: &str, ownership: Ownership) -> bool {
    ownership.owner.is_none_or(|owner| owner == found.uid())
        && ownership.group.is_none_or(|group| group == found.gid())
        && found.mode() & MODE == mode(file, ownership)
}

/// The mode of a file of a copy.
fn mode(file: &str, ownership: Ownership) -> u32 {
    if layout::is_secret(file) {
        ownership.key_mode
    } else {
        OPEN_FILE
    }
}

/// The serial that the name of a version begins with.
fn serial(version: &Path) -> String {
    let name = version.file_name().unwrap_or_default().to_string_lossy();
    let serial = name.split('-').next().unwrap_or_default();
    serial.to_owned()
}

/// The files of a version: names and what is in them.
type Contents = Vec<(&'static str, Vec<u8>)>;

fn contents(version: &Path) -> Result<Contents> {
    let read = |file: &'static str| {
        let path = version.join(file);
        let content = read_bounded(&path, LARGEST_FILE);
        let content = content.map_err(|error| Error::file("read", &path, error))?;
        Ok((file, content))
    };
    layout::served(version).into_iter().map(read).collect()
}

/// Whether a directory is this one, or in it, wherever links lead.
fn is_below(path: &Path, directory: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(directory)) {
        (Ok(path), Ok(directory)) => path.starts_with(directory),
        _ => path.starts_with(directory),
    }
}

/// Makes a directory that all may look into, whatever the umask is. One that exists stays as it is.
fn make_open_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(OPEN_DIR).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(OPEN_DIR)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes a copy of a version and has the link lead to it.
fn install(
    target: &Layout,
    version: &Path,
    contents: &Contents,
    ownership: Ownership,
) -> io::Result<()> {
    let previous = version::previous(target);
    let copy = version::directory(&target.versions(), &serial(version))?;
    write(&copy, contents, ownership)?;
    version::put_in_place(target, copy, previous.as_deref(), KEPT_VERSIONS)
}

/// Writes the files, each with its owner and its mode.
fn write(copy: &TempDir, contents: &Contents, ownership: Ownership) -> io::Result<()> {
    for (name, content) in contents {
        let file = create(&copy.path().join(name), content, CLOSED_FILE)?;
        give(&file, ownership)?;
        file.set_permissions(Permissions::from_mode(mode(name, ownership)))?;
        file.sync_all()?;
    }
    fs::set_permissions(copy.path(), Permissions::from_mode(OPEN_DIR))?;
    sync_dir(copy.path())
}

/// Gives a file to its owner and its group.
fn give(file: &File, Ownership { owner, group, .. }: Ownership) -> io::Result<()> {
    let why = |error: &io::Error| match error.kind() {
        ErrorKind::PermissionDenied => Some("only root may give them to anyone"),
        ErrorKind::InvalidInput => Some("this user namespace has no such number"),
        _ => None,
    };
    fchown(file, owner, group).map_err(|error| match why(&error) {
        Some(why) => {
            let part = |what: &str, number: Option<u32>| {
                number.map(|number| format!("{what} number {number}"))
            };
            let whom: Vec<String> = part("user", owner)
                .into_iter()
                .chain(part("group", group))
                .collect();
            io::Error::other(format!(
                "this user may not give files to {}: {why}",
                whom.join(" and ")
            ))
        }
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_directory_is_in_the_store_wherever_links_lead() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (store, inside) = (
            dir.path().join("store"),
            dir.path().join("store/certificates"),
        );
        fs::create_dir_all(&inside).expect("made");
        let link = dir.path().join("link");
        symlink(&inside, &link).expect("linked");
        fs::create_dir(dir.path().join("store-2")).expect("made");
        for (path, expected) in [
            (&store, true),
            (&inside, true),
            (&link, true),
            (&dir.path().join("store-2"), false),
            (&dir.path().to_owned(), false),
        ] {
            assert_eq!(is_below(path, &store), expected, "{}", path.display());
        }
    }
}
