//! Directories: made for their owner only, and brought to disk.

use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes `path` and what is missing above it, for the owner only (0700). What exists stays as it is.
///
/// # Errors
/// The system reports an error, or a link on the way leads nowhere.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| explain(path, error))
}

/// What is wrong at this path: the error, or a link on the way that leads nowhere.
pub(crate) fn explain(path: &Path, error: io::Error) -> io::Error {
    match dangling_link(path) {
        Some(link) => {
            let link = link.display();
            io::Error::other(format!("{link} is a link that leads nowhere"))
        }
        None => error,
    }
}

/// The link on the way to a path that leads to nothing: the system says of it that it exists. Where a part of the way leads
/// somewhere, so does all above it.
fn dangling_link(path: &Path) -> Option<&Path> {
    let parts = path.ancestors();
    let mut to_nowhere = parts.map_while(|path| Some((path, fs::metadata(path).err()?.kind())));
    let found =
        to_nowhere.find(|(path, kind)| *kind == io::ErrorKind::NotFound && path.is_symlink());
    found.map(|(path, _)| path)
}

/// Opens a directory, to lock it or to bring it to disk.
///
/// # Errors
/// The system reports an error. Anything but a directory is one at once: opening a FIFO would wait for a writer.
pub fn open_dir(path: &Path) -> io::Result<File> {
    let flags = OFlags::DIRECTORY.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// Brings a directory's entries to disk.
///
/// # Errors
/// The system reports an error.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    open_dir(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_fifo_in_place_of_a_directory_is_an_error_at_once() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let fifo = dir.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.expect("coreutils").success());
        let error = open_dir(&fifo).expect_err("a FIFO");
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        open_dir(dir.path()).expect("a directory");
    }

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
}
