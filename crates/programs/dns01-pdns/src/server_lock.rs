//! The lock of a server: between reading records and writing them nobody else who asks for the lock writes, to other zones
//! neither, since SQLite, which may be behind the server, takes one writer at a time. `dns01-exec` has locks of its own, of
//! zones, which it holds while it calls this program; lego has none.

use command::message;
use files::Lock;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another process holds is tried.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How much of a URL a lock is called after, in bytes.
const LONGEST_NAME: usize = 100;
/// How long it is waited for: longer than others hold it whose server answers.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Takes the lock of the server that this URL is of, a file in `locks` below this directory. Whoever cannot have it goes on without: what was changed
/// is looked at afterwards.
pub(crate) fn lock(state_directory: &Path, server: &str) -> Option<Lock> {
    match wait(state_directory, server, LONGEST_WAIT) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => {
            message::warning(&format!(
                "another run has held the lock of {server} for {} s: going on without it",
                LONGEST_WAIT.as_secs()
            ));
            None
        }
        Err(error) => {
            message::warning(&format!(
                "cannot lock {server} in {}: {error}; going on without",
                state_directory.join("locks").display()
            ));
            None
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
        let wait = |server: &str| wait(&directory, server, Duration::ZERO).unwrap();
        let held = wait("http://a.test/servers/localhost").unwrap();
        assert!(wait("http://a.test/servers/localhost").is_none());
        assert!(wait("http://b.test/servers/localhost").is_some());
        assert!(wait(&"x".repeat(2000)).is_some());
        drop(held);
        assert!(wait("http://a.test/servers/localhost").is_some());
    }
}
