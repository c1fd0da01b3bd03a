//! Reads regular files only, and no more of them than a limit.

use rustix::fs::OFlags;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a regular file for reading. A FIFO is not waited for.
///
/// # Errors
/// The system reports an error, or it is no regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// The system reports an error, or the file is larger, or no regular file.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_at_most(&open_regular(path)?, limit)
}

/// The rest of an open file, of at most `limit` bytes.
///
/// # Errors
/// The system reports an error, or there is more.
pub fn read_at_most(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    // With room for all of it, and for seeing its end, it is read at once.
    let size = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).map_or(0, |size| size + 1));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn directories_devices_and_large_files_are_not_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let fifo = dir.path().join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a FIFO");
        for no_file in [dir.path(), Path::new("/dev/zero"), &fifo] {
            let error = read_bounded(no_file, 10).expect_err("no regular file");
            assert_eq!(error.to_string(), "not a regular file");
        }
        let path = dir.path().join("large");
        fs::write(&path, [0; 11]).expect("written");
        let error = read_bounded(&path, 10).expect_err("too large");
        assert_eq!(error.to_string(), "larger than 10 bytes");
        assert_eq!(read_bounded(&path, 11).expect("just small enough"), [0; 11]);
    }
}
