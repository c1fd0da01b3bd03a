//! Files that are not there under their names yet. A process that is killed while it writes one leaves it behind; the
//! next one that writes there removes it.

use crate::directory::open_dir;
use crate::lock::Lock;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// How the name of an unfinished file begins.
const PREFIX: &str = "new-";
/// How many random letters and digits follow: 71 bits, so that no two are ever the same.
const NAME_LENGTH: usize = 12;

/// A file that is being written. While it lives, [`remove_unfinished`] leaves the directory alone.
pub(crate) struct Unfinished {
    pub(crate) file: NamedTempFile,
    _lock: Lock,
}

impl Unfinished {
    /// An empty file of mode 0600 in this directory.
    pub(crate) fn new_in(dir: &Path) -> io::Result<Unfinished> {
        let lock = Lock::wait_shared(open_dir(dir)?)?;
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(NAME_LENGTH)
            .tempfile_in(dir)
            .map_err(without_path)?;
        Ok(Unfinished { file, _lock: lock })
    }

    /// The random part of its name.
    pub(crate) fn unique_name(&self) -> String {
        let name = self.file.path().file_name().unwrap_or_default();
        name.to_string_lossy()[PREFIX.len()..].to_owned()
    }
}

/// The same error without the path that tempfile puts behind it: nobody knows the file by this name.
fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((what, _)) => io::Error::new(error.kind(), what.to_owned()),
        None => error,
    }
}

/// Whether an unfinished file can have this name.
pub fn is_unfinished(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|random| {
        random.len() == NAME_LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Removes the unfinished files that processes left here which were killed while they wrote. Each that writes holds a
/// shared lock of the directory, so none of them lives where this gets it alone; else another time will do.
///
/// # Errors
/// The system reports an error; `NotFound` where there is no such directory.
pub fn remove_unfinished(dir: &Path) -> io::Result<()> {
    let Some(_lock) = Lock::try_file(open_dir(dir)?)? else {
        return Ok(());
    };
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_unfinished) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_file_goes_when_nobody_writes_any_more_and_no_other_file_does() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let killed = dir.path().join("new-0123456789ab");
        let others = [
            "new-",
            "new-0123456789ab.jsonl",
            "new-0123456789a.",
            "a.jsonl",
        ];
        for path in others
            .map(|name| dir.path().join(name))
            .iter()
            .chain([&killed])
        {
            fs::write(path, "half").expect("written");
        }
        let (one, two) = (
            Unfinished::new_in(dir.path()),
            Unfinished::new_in(dir.path()),
        );
        let (one, two) = (one.expect("made"), two.expect("two write at once"));
        for writer in [one, two] {
            remove_unfinished(dir.path()).expect("no error");
            assert!(killed.exists() && writer.file.path().exists());
        }
        remove_unfinished(dir.path()).expect("removed");
        assert!(!killed.exists());
        assert_eq!(
            fs::read_dir(dir.path()).expect("there").count(),
            others.len()
        );
    }
    #[test]
    fn an_error_does_not_name_the_file_that_nobody_knows() {
        let nowhere = Unfinished::new_in(Path::new("/proc"));
        let error = nowhere.err().expect("nobody writes there").to_string();
        assert!(!error.contains("new-"), "{error}");
    }
}
