//! One run at a time for a store. The kernel's lock goes with its process, however that ends.

use command::{Usage, message};
use files::{Lock, make_trusted_dir, open_trusted};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::SystemTime;

/// The lock's file in the directory of `--path`.
const FILE: &str = "renew.lock";
/// The longest text in it that is shown, in bytes.
const LONGEST: u64 = 200;

/// Takes the lock of the store. `None` where another run has it, which is said; `waits` for that one's end instead.
///
/// # Errors
/// The directory cannot be made, or others can change it; or the lock cannot be taken.
pub(crate) fn take(directory: &Path, waits: bool) -> Result<Option<Lock>, Usage> {
    let path = directory.join(FILE);
    let cannot = |error: io::Error| Usage::new(format!("cannot lock {}: {error}", path.display()));
    make_trusted_dir(directory, directory).map_err(cannot)?;
    let open = || {
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        open_trusted(&path, &mut options)
    };
    let lock = Lock::try_file(open().map_err(cannot)?).map_err(cannot)?;
    let lock = match lock {
        Some(lock) => lock,
        None => {
            let holder = holder(&open().map_err(cannot)?);
            if !waits {
                message::note(&format!("another run is under way: {holder}"));
                return Ok(None);
            }
            message::note(&format!("waiting for another run: {holder}"));
            Lock::wait(open().map_err(cannot)?).map_err(cannot)?
        }
    };
    // Who has the lock is only for people: a full disk is no reason not to run.
    let _ = write_holder(lock.file());
    Ok(Some(lock))
}

/// Who has the lock, as that one has written it.
fn holder(file: &File) -> String {
    let mut text = String::new();
    let _ = file.take(LONGEST).read_to_string(&mut text);
    match text.trim() {
        "" => "a process that has only just begun".to_owned(),
        text => text.to_owned(),
    }
}

fn write_holder(mut file: &File) -> io::Result<()> {
    let (pid, now) = (std::process::id(), SystemTime::now());
    let since = humantime::format_rfc3339_seconds(now);
    file.set_len(0)?;
    file.write_all(format!("process {pid} since {since}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_does_not_get_the_lock_and_knows_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("store");
        let first = take(&dir, false).unwrap();
        assert!(first.is_some());
        assert!(take(&dir, false).unwrap().is_none());
        let holder = holder(&File::open(dir.join(FILE)).unwrap());
        assert!(
            holder.starts_with(&format!("process {} since 2", std::process::id())),
            "{holder}"
        );
        drop(first);
        assert!(take(&dir, true).unwrap().is_some());
    }
}
