//! Writes so that nobody ever sees a file half-written, nor a secret that is open to others for a moment.

use crate::directory::sync_dir;
use crate::read::read_bounded;
use crate::rights::Rights;
use crate::trust::trust_link;
use crate::unfinished::{Unfinished, remove_unfinished};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many links are followed, as the kernel does it.
const MOST_LINKS: usize = 40;

/// Writes a file of mode 0600 that is there whole or not at all, in the place of what was there.
///
/// # Errors
/// The system reports an error.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Staged::new(path, bytes)?.put()
}

/// A file that is whole and on disk, and has not got its name yet. Where it is dropped, nothing is left of it.
pub struct Staged {
    unfinished: Unfinished,
    path: PathBuf,
}

impl Staged {
    /// A file of mode 0600 that is to be at `path`.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn new(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
        let unfinished = temporary(path, bytes)?;
        let path = path.to_owned();
        Ok(Staged { unfinished, path })
    }

    /// Where it is to be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it there, in the place of what was there.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn put(self) -> io::Result<()> {
        self.unfinished.file.persist(&self.path)?;
        sync_dir(parent(&self.path))
    }
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

/// Like [`write_file`], of mode 0644, and without waiting for the disk: for what all may read, and what is soon written anew. A
/// person names the path, so a link stays, and the file that it leads to is written.
///
/// # Errors
/// The system reports an error; what is there is no regular file; or a link is somebody else's.
pub fn write_for_all(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &place_of_file(path)?;
    let unfinished = unfinished(path, bytes)?;
    let file = unfinished.file.as_file();
    file.set_permissions(Permissions::from_mode(0o644))?;
    unfinished.file.persist(path)?;
    Ok(())
}

/// Where the file is, or is to be, that this path leads to.
fn place_of_file(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(io::Error::other("not a regular file")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&place) else {
            return Ok(place);
        };
        trust_link(&place)?;
        place = parent(&place).join(target);
    }
    Err(io::Error::other("too many links"))
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

/// Writes a file in the place of one that has these bytes, with the owner, group, mode and access control list of that.
///
/// # Errors
/// The system reports an error; this process may not give the file away; or what is there is another by now.
pub fn rewrite_file(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    let unfinished = temporary(path, new)?;
    let file = unfinished.file.as_file();
    if !Rights::of(path)?.give(file)?.is_nothing() {
        let why = "this user cannot keep its owner, group or access control list";
        return Err(io::Error::other(why));
    }
    file.sync_all()?;
    if read_bounded(path, old.len() as u64).is_ok_and(|there| there == old) {
        unfinished.file.persist(path)?;
        return sync_dir(parent(path));
    }
    Err(io::Error::other("it was changed meanwhile"))
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
    // What is written to the file itself fails without its passing name in the message.
    unfinished.file.as_file_mut().write_all(bytes)?;
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
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

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
        drop(Staged::new(&path, b"none").expect("written"));
        let staged = Staged::new(&path, b"staged").expect("written");
        assert_eq!(staged.path(), path);
        assert_eq!(read_bounded(&path, 100).expect("there"), b"third");
        staged.put().expect("replaced");
        assert_eq!(read_bounded(&path, 100).expect("there"), b"staged");
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

    #[test]
    fn a_file_that_is_written_again_keeps_its_mode_and_what_somebody_else_wrote_meanwhile() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("file");
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("ours");
        rewrite_file(&path, b"old", b"old and new").expect("written");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        for old in [&b"old"[..], b"old and new, and more"] {
            let error = rewrite_file(&path, old, b"lost").expect_err("another");
            assert_eq!(error.to_string(), "it was changed meanwhile");
        }
        assert_eq!(fs::read(&path).expect("there"), b"old and new");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    }

    #[test]
    fn a_link_that_a_person_made_stays_and_what_is_no_file_is_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let below = |name: &str| dir.path().join(name);
        fs::create_dir(below("far")).expect("made");
        symlink("other", below("link")).expect("made");
        symlink("far/file", below("other")).expect("made");
        for text in [b"first", b"again"] {
            write_for_all(&below("link"), text).expect("written");
            assert_eq!(fs::read(below("far/file")).expect("there"), text);
            assert!(below("link").is_symlink() && below("other").is_symlink());
        }
        let _socket = UnixListener::bind(below("socket")).expect("bound");
        symlink("socket", below("to-socket")).expect("made");
        symlink("/dev/null", below("to-null")).expect("made");
        symlink("circle", below("circle")).expect("made");
        for name in ["socket", "to-socket", "to-null", "far", "circle"] {
            let before = fs::symlink_metadata(below(name)).expect("there");
            write_for_all(&below(name), b"text").expect_err(name);
            let after = fs::symlink_metadata(below(name)).expect("there");
            assert_eq!(before.file_type(), after.file_type(), "{name}");
        }
    }
}
