//! The lock of a server: between reading records and writing them nobody else who asks for the lock writes, to other zones
//! neither, since SQLite, which may be behind the server, takes one writer at a time. `dns01-exec` has locks of its own, of
//! zones, which it holds while it calls this program; lego has none.

use command::message;
use dns_program::Failure;
use files::Lock;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another process holds is tried.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How much of a URL a lock is called after, in bytes.
const LONGEST_NAME: usize = 100;
/// How long it is waited for: longer than others hold it, unless their server is slower than it may be by default.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Takes the lock of the server that this URL is of, a file in `locks` below this directory. Whoever cannot have one at all, since
/// there is no place for it, goes on without: what was changed is looked at afterwards.
///
/// # Errors
/// Another has held it for too long. Whoever wrote meanwhile would undo its changes, or have theirs undone.
pub(crate) fn lock(state_directory: &Path, server: &str) -> Result<Option<Lock>, Failure> {
    lock_within(LONGEST_WAIT, state_directory, server)
}

fn lock_within(
    longest: Duration,
    state_directory: &Path,
    server: &str,
) -> Result<Option<Lock>, Failure> {
    match wait(state_directory, server, longest) {
        Ok(Some(lock)) => Ok(Some(lock)),
        Ok(None) => Err(Failure::new(format!(
            "another run has held the lock of {server} for {} s, so nothing was changed",
            longest.as_secs()
        ))
        .hint("Try again when it has ended.")),
        Err(error) => {
            message::warning(&format!(
                "cannot lock {server} in {}: {error}; going on without",
                state_directory.join("locks").display()
            ));
            Ok(None)
        }
    }
}

fn wait(state_directory: &Path, server: &str, longest: Duration) -> io::Result<Option<Lock>> {
    let directory = state_directory.join("locks");
    files::make_trusted_dir(state_directory, &directory)?;
    let path = directory.join(file_name(server));
    let start = Instant::now();
    loop {
        if let Some(lock) = Lock::try_path(&path)? {
            return Ok(Some(lock));
        }
        if start.elapsed() >= longest {
            return Ok(None);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Made of the end of the URL, where servers differ. That two have the same lock does no harm.
fn file_name(server: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = server.chars().map(plain).collect();
    let start = name.len().saturating_sub(LONGEST_NAME);
    format!("pdns:{}", &name[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_the_lock_of_a_server() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("state");
        let lock = |server: &str| lock_within(Duration::ZERO, &directory, server);
        let held = lock("http://a.test/servers/localhost").unwrap();
        assert!(held.is_some());
        // Who went on without would lose a value of the other, or its own.
        assert!(lock("http://a.test/servers/localhost").is_err());
        assert!(lock("http://b.test/servers/localhost").unwrap().is_some());
        assert!(lock(&"x".repeat(2000)).unwrap().is_some());
        drop(held);
        assert!(lock("http://a.test/servers/localhost").unwrap().is_some());
    }

    #[test]
    fn where_there_is_no_place_for_a_lock_it_goes_without() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lock = lock_within(Duration::ZERO, file.path(), "http://a.test").unwrap();
        assert!(lock.is_none());
    }
}
