//! Writes so that nobody ever sees a file half-written, nor a secret that is open to others for a moment.

use crate::directory::sync_dir;
use crate::unfinished::{Unfinished, remove_unfinished};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Writes a file of mode 0600 that is there whole or not at all, in the place of what was there.
///
/// # Errors
/// The system reports an error.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    temporary(path, bytes)?.file.persist(path)?;
    sync_dir(parent(path))
}

/// Like [`write_file`], without waiting for the disk: after a loss of power the file may be empty, or the one before.
///
/// # Errors
/// The system reports an error.
pub fn write_cache(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path, bytes)?;
    unfinished.file.persist(path)?;
    Ok(())
}

/// Like [`write_file`], of mode 0644, and without waiting for the disk: for what all may read, and what is soon written anew.
///
/// # Errors
/// The system reports an error.
pub fn write_for_all(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path, bytes)?;
    let file = unfinished.file.as_file();
    file.set_permissions(Permissions::from_mode(0o644))?;
    unfinished.file.persist(path)?;
    Ok(())
}

/// Like [`write_file`], but never in place of another: returns whether it was written; false where there was a file
/// already.
///
/// # Errors
/// The system reports an error.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match temporary(path, bytes)?.file.persist_noclobber(path) {
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

/// `bytes` on disk, in a file without its final name.
fn temporary(path: &Path, bytes: &[u8]) -> io::Result<Unfinished> {
    let unfinished = unfinished(path, bytes)?;
    unfinished.file.as_file().sync_all()?;
    Ok(unfinished)
}

/// `bytes` in a file without its final name; such files are made with mode 0600. What others left unfinished there goes.
fn unfinished(path: &Path, bytes: &[u8]) -> io::Result<Unfinished> {
    // What cannot be removed is only litter.
    let _ = remove_unfinished(parent(path));
    let mut unfinished = Unfinished::new_in(parent(path))?;
    unfinished.file.write_all(bytes)?;
    Ok(unfinished)
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
    use std::fs;

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
        write_cache(&path, b"fourth").expect("replaced");
        assert_eq!(read_bounded(&path, 100).expect("there"), b"fourth");
        write_for_all(&path, b"fifth").expect("replaced");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o7777, 0o644);
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    }

    #[test]
    fn what_a_writer_that_was_killed_left_goes_with_the_next_that_writes() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let left = dir.path().join("new-0123456789ab");
        for write in [write_file, |path: &Path, bytes: &[u8]| {
            write_new(path, bytes).map(drop)
        }] {
            fs::write(&left, b"half a key").expect("written");
            write(&dir.path().join("key"), b"key").expect("written");
            assert!(!left.exists());
        }
    }
}
