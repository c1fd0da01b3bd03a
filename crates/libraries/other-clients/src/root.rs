//! Files of a folder, none of which is outside of it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The largest file of notes that is read, in bytes.
const LARGEST: u64 = 256 * 1024;
/// How many entries of a directory are looked at: more certificates than a CA gives one account in a year.
const MOST_ENTRIES: usize = 100_000;

/// A folder.
#[derive(Debug)]
pub struct Root(PathBuf);

impl Root {
    /// The folder at this path, with all links on the way to it resolved.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn new(path: &Path) -> io::Result<Root> {
        fs::canonicalize(path).map(Root)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a path really leads, which is absolute, or counts from the folder.
    ///
    /// # Errors
    /// Nothing is there, or it is outside of the folder.
    pub fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let place = fs::canonicalize(self.0.join(path))?;
        if place.starts_with(&self.0) {
            return Ok(place);
        }
        Err(io::Error::other(format!(
            "leads out of the folder, to {}",
            place.display()
        )))
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// In words: it is not there, is outside of the folder, no regular file, or too large.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let read = self.place(path);
        let read = read.and_then(|place| files::read_bounded(&place, LARGEST));
        read.map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{} is not there", self.0.join(path).display()),
            _ => format!("{}: {error}", self.0.join(path).display()),
        })
    }

    /// The text of a file, with whatever is no UTF-8 replaced; nothing where it cannot be read.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> String {
        let bytes = self.read(path.as_ref()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether there is a regular file.
    pub(crate) fn has(&self, path: impl AsRef<Path>) -> bool {
        self.place(path.as_ref()).is_ok_and(|place| place.is_file())
    }

    /// Whether anything is there, be it a link that leads elsewhere or nowhere: what reads it says so.
    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.0.join(path).symlink_metadata().is_ok()
    }

    /// Whether there is a directory.
    pub(crate) fn has_directory(&self, path: impl AsRef<Path>) -> bool {
        self.place(path.as_ref()).is_ok_and(|place| place.is_dir())
    }

    /// Whether somebody else than root and this user may change a file, or put another in its place.
    pub(crate) fn is_open(&self, path: impl AsRef<Path>) -> bool {
        let trusted = self.place(path.as_ref()).and_then(|place| {
            files::trust_mode_of_dir(place.parent().unwrap_or(&self.0))?;
            files::open_trusted(&place, File::options().read(true))
        });
        trusted.is_err()
    }

    /// The folder, or a directory in it, that this user may not read, and why.
    pub(crate) fn unreadable(&self) -> Option<(PathBuf, io::Error)> {
        let below = self.entries("").into_iter();
        let below = below.filter_map(|name| self.place(Path::new(&name)).ok());
        let mut places = std::iter::once(self.0.clone()).chain(below);
        places.find_map(|place| {
            let error = fs::read_dir(&place).err()?;
            (error.kind() == ErrorKind::PermissionDenied).then_some((place, error))
        })
    }

    /// The names in a directory, sorted; none where it cannot be read. A name that is not UTF-8 is left out, since no document
    /// can have it.
    pub(crate) fn entries(&self, path: impl AsRef<Path>) -> Vec<String> {
        let entries = self.place(path.as_ref()).and_then(fs::read_dir);
        let entries = entries.into_iter().flatten().take(MOST_ENTRIES).flatten();
        let names = entries.map(|entry| entry.file_name().into_string());
        let mut names: Vec<String> = names.flatten().collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_outside_of_the_folder_is_not_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let folder = dir.path().join("folder");
        fs::create_dir_all(folder.join("live")).expect("made");
        fs::create_dir(folder.join("archive")).expect("made");
        fs::write(dir.path().join("secret"), "secret").expect("written");
        fs::write(folder.join("archive/1.pem"), "one").expect("written");
        symlink("../archive/1.pem", folder.join("live/in.pem")).expect("linked");
        symlink("../../secret", folder.join("live/out.pem")).expect("linked");
        symlink(dir.path(), folder.join("out")).expect("linked");
        symlink("folder", dir.path().join("link")).expect("linked");
        let root = Root::new(&dir.path().join("link")).expect("there");
        assert_eq!(root.read(Path::new("live/in.pem")), Ok(b"one".to_vec()));
        for path in ["live/out.pem", "../secret", "out/secret"] {
            let error = root.read(Path::new(path)).expect_err(path);
            assert!(error.contains("leads out of the folder, to "), "{error}");
        }
        assert_eq!(root.entries("out"), Vec::<String>::new());
        assert_eq!(root.entries("live"), ["in.pem", "out.pem"]);
        assert!(!root.has("live/out.pem") && root.has("live/in.pem"));
        let error = root.read(Path::new("none")).expect_err("nothing");
        assert!(error.ends_with("/folder/none is not there"), "{error}");
    }
}
