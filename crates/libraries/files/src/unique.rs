//! Files that get a name of their own, so that many writers never collide.

use crate::directory::sync_dir;
use crate::unfinished::Unfinished;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file of mode 0600 into `dir` under a name that no other file has: 12 random letters and digits, then
/// `suffix`. The file is there whole and on disk when this returns, or not at all. Returns the name without the suffix.
///
/// A process that is killed meanwhile leaves a file behind, which [`crate::remove_unfinished`] removes.
///
/// # Errors
/// The system reports an error, or `write` does.
pub fn write_unique(
    dir: &Path,
    suffix: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<String> {
    let mut unfinished = Unfinished::new_in(dir)?;
    let mut buffer = BufWriter::new(unfinished.file.as_file_mut());
    write(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    unfinished.file.as_file().sync_all()?;
    let name = unfinished.unique_name();
    let path = dir.join(format!("{name}{suffix}"));
    unfinished.file.persist_noclobber(path)?;
    sync_dir(dir)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn each_file_has_a_name_of_its_own_and_one_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let write = |text: &'static str| {
            write_unique(dir.path(), ".txt", |file| file.write_all(text.as_bytes()))
        };
        let (one, two) = (
            write("one").expect("written"),
            write("two").expect("written"),
        );
        assert_ne!(one, two);
        assert!(one.len() == 12 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let path = dir.path().join(format!("{one}.txt"));
        assert_eq!(fs::read(&path).expect("there"), b"one");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        let failed = write_unique(dir.path(), ".txt", |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(failed.expect_err("it failed").to_string(), "no more");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 2);
    }
}
