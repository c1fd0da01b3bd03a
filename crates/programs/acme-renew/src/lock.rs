//! One run at a time for a store. The kernel's lock goes with its process, however that ends.

use command::{LONGEST_JITTER, Usage, message};
use files::{Lock, make_trusted_dir, open_trusted};
use humantime::format_rfc3339_seconds;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The lock's file in the directory of `--path`.
const FILE: &str = "renew.lock";
/// The longest text in it that is shown, in bytes.
const LONGEST: u64 = 200;

/// Takes the lock of the store. `None` where another run has it, which is said; `waits` for that one's end instead. A run that
/// `may_pause` lets others know until when.
///
/// # Errors
/// The directory cannot be made, or others can change it; or the lock cannot be taken.
pub(crate) fn take(directory: &Path, waits: bool, may_pause: bool) -> Result<Option<Lock>, Usage> {
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
                message::note(&format!(
                    "another run is under way: {holder}; --wait waits for its end"
                ));
                return Ok(None);
            }
            message::note(&format!("waiting for another run: {holder}"));
            Lock::wait(open().map_err(cannot)?).map_err(cannot)?
        }
    };
    write_holder(&lock, may_pause.then_some(LONGEST_JITTER));
    Ok(Some(lock))
}

/// Lets others know that the run does not pause any more.
pub(crate) fn end_pause(lock: &Lock) {
    write_holder(lock, None);
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

/// Writes who has the lock. That is only for people: a full disk is no reason not to run.
fn write_holder(lock: &Lock, pause: Option<Duration>) {
    let line = holder_line(std::process::id(), SystemTime::now(), pause);
    let file = lock.file();
    let _ = file.set_len(0);
    let _ = file.write_all_at(line.as_bytes(), 0);
}

fn holder_line(pid: u32, now: SystemTime, pause: Option<Duration>) -> String {
    let (since, until) = (
        format_rfc3339_seconds(now),
        pause.map(|pause| format_rfc3339_seconds(now + pause)),
    );
    let until = until.map(|until| {
        format!(", which waits a random time where something is due, until {until} at the latest")
    });
    format!("process {pid} since {since}{}\n", until.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_second_run_does_not_get_the_lock_and_knows_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("store");
        let first = take(&dir, false, true).unwrap();
        assert!(first.is_some());
        assert!(take(&dir, false, true).unwrap().is_none());
        let holder = holder(&File::open(dir.join(FILE)).unwrap());
        assert!(
            holder.starts_with(&format!("process {} since 2", std::process::id())),
            "{holder}"
        );
        let text = || fs::read_to_string(dir.join(FILE)).unwrap();
        assert!(text().contains(", which waits a random time"), "{}", text());
        end_pause(first.as_ref().unwrap());
        assert!(!text().contains(", which waits"), "{}", text());
        assert!(text().starts_with("process "), "{}", text());
        drop(first);
        assert!(take(&dir, true, false).unwrap().is_some());
    }
}
