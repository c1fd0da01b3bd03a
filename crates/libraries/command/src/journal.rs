//! Whether stderr is the journal of systemd, which takes a line's priority from its beginning (sd-daemon(3)).

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// How urgent a line is, by the numbers of syslog(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Something failed.
    Error = 3,
    /// Something goes on, and a person should look into it.
    Warning = 4,
    /// What a person wants to know.
    Info = 6,
    /// How it is done.
    Debug = 7,
}

impl Priority {
    /// What a line of this priority begins with: nothing where stderr is not the journal.
    pub(crate) fn mark(self) -> String {
        if is_journal() {
            format!("<{}>", self as u8)
        } else {
            String::new()
        }
    }
}

/// It is found out once: stderr stays what it is.
fn is_journal() -> bool {
    static IS_JOURNAL: OnceLock<bool> = OnceLock::new();
    *IS_JOURNAL.get_or_init(|| {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        let stderr = std::io::stderr().as_fd().try_clone_to_owned();
        let found = stderr.and_then(|stderr| File::from(stderr).metadata());
        found.is_ok_and(|found| is_stream(&stream, found.dev(), found.ino()))
    })
}

/// Whether `JOURNAL_STREAM`, a device and an inode with a colon between, names this file.
fn is_stream(stream: &str, device: u64, inode: u64) -> bool {
    let parts = stream.split_once(':');
    let parts = parts.and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
    parts == Some((device, inode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_known_by_device_and_inode() {
        for (stream, expected) in [
            ("8:42", true),
            ("8:43", false),
            ("9:42", false),
            ("8", false),
            ("8:42:1", false),
            ("", false),
            ("x:y", false),
        ] {
            assert_eq!(is_stream(stream, 8, 42), expected, "{stream}");
        }
    }
}
