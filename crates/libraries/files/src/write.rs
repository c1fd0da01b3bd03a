//! Writes so that nobody ever sees a file half-written, nor a secret that is open to others for a moment.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use tempfile::NamedTempFile;

/// Makes `path` and what is missing above it, for the owner only (0700). What exists stays as it is.
///
/// # Errors
/// The system reports an error, or a link on the way leads nowhere.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| match dangling_link(path) {
        Some(link) => {
            let link = link.display();
            io::Error::other(format!("{link} is a link that leads nowhere"))
        }
        None => error,
    })
}

/// The link on the way to a path that leads to nothing: the system says of it that it exists.
fn dangling_link(path: &Path) -> Option<&Path> {
    path.ancestors().find(|path| {
        let target = fs::metadata(path).map_err(|error| error.kind());
        path.is_symlink() && target.is_err_and(|kind| kind == io::ErrorKind::NotFound)
    })
}

/// Writes a file of mode 0600 that is there whole or not at all, in the place of what was there.
///
/// # Errors
/// The system reports an error.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    temporary(path, bytes)?.persist(path)?;
    sync_dir(parent(path))
}

/// Like [`write_file`], but never in place of another: returns whether it was written; false where there was a file
/// already.
///
/// # Errors
/// The system reports an error.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match temporary(path, bytes)?.persist_noclobber(path) {
        Ok(_) => sync_dir(parent(path)).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Writes a file of this mode in a directory that nobody looks into yet, and brings it to disk. Returns the file, which
/// is still open.
///
/// # Errors
/// The system reports an error, or there is such a file already.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
}

/// Brings a directory's entries to disk.
///
/// # Errors
/// The system reports an error.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// `bytes` on disk, in a file without its final name; such files are made with mode 0600.
fn temporary(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(parent(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bounded;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn of_a_link_that_leads_nowhere_it_is_said_that_it_does() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let link = dir.path().join("link");
        symlink("missing", &link).expect("linked");
        let says = format!("{} is a link that leads nowhere", link.display());
        for path in [link.clone(), link.join("accounts"), link.join("a/b")] {
            let error = create_private_dir(&path).expect_err("nothing is there");
            assert_eq!(error.to_string(), says);
        }
        fs::create_dir(dir.path().join("missing")).expect("made");
        create_private_dir(&link.join("a/b")).expect("it leads there");
        // What is no link is said by the system.
        fs::write(dir.path().join("file"), "").expect("written");
        let error = create_private_dir(&dir.path().join("file")).expect_err("a file");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn the_first_writer_wins_and_the_file_is_private() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("key");
        assert!(write_new(&path, b"first").expect("written"));
        assert!(!write_new(&path, b"second").expect("left alone"));
        assert_eq!(read_bounded(&path, 100).expect("there"), b"first");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        write_file(&path, b"third").expect("replaced");
        assert_eq!(read_bounded(&path, 100).expect("there"), b"third");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    }
}
