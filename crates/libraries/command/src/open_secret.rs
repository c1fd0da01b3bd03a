//! Secrets that all users of the machine can read.

use crate::text::shell_word;
use crate::warned::warn_of_settings;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Warns of a file with a secret that all users of the machine can read. `what` says what it has: `a private key`.
pub fn warn_of_open_secret(path: &Path, what: &str) {
    let Ok(found) = path.metadata() else {
        return;
    };
    let mode = found.permissions().mode() & 0o7777;
    if is_open(mode) {
        let shown = path.display();
        warn_of_settings(&format!(
            "{shown} has {what}, and all users can read it (mode {mode:04o}): `chmod o= {}` ends that",
            shell_word(&path.to_string_lossy())
        ));
    }
}

/// A group may be meant to read it.
fn is_open(mode: u32) -> bool {
    mode & 0o004 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_open_where_others_than_owner_and_group_read_it() {
        for (mode, expected) in [(0o600, false), (0o640, false), (0o604, true), (0o644, true)] {
            assert_eq!(is_open(mode), expected, "{mode:o}");
        }
    }
}
