//! The command line, on which lego puts a value that may look like an option.

use crate::table::{CLEANUP, PRESENT};
use std::ffi::OsString;

/// The words of this process's command line, its own name before them.
pub fn words() -> Vec<OsString> {
    separated(std::env::args_os().collect())
}

/// The words with `--` where nobody has put it: lego calls `present FQDN VALUE` without, and one value in 64 begins with a
/// hyphen. Three such words are never options.
fn separated(mut words: Vec<OsString>) -> Vec<OsString> {
    if let [_, action, fqdn, _] = &words[..]
        && (action == PRESENT || action == CLEANUP)
        && !fqdn.as_encoded_bytes().starts_with(b"-")
    {
        words.insert(2, "--".into());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_no_option_where_nothing_but_a_record_is_named() {
        for (line, expected) in [
            ("present a.test. -v", "present -- a.test. -v"),
            ("cleanup a.test. --zone", "cleanup -- a.test. --zone"),
            ("present a.test. v", "present -- a.test. v"),
            ("present -- a.test. -v", "present -- a.test. -v"),
            ("present --zone test", "present --zone test"),
            ("present --zone=test -- a. v", "present --zone=test -- a. v"),
            ("timeout a.test. -v", "timeout a.test. -v"),
            ("present --help", "present --help"),
            ("", ""),
        ] {
            let words = |line: &str| {
                let words = line.split_whitespace().map(OsString::from);
                [OsString::from("x")].into_iter().chain(words).collect()
            };
            let expected: Vec<OsString> = words(expected);
            assert_eq!(separated(words(line)), expected, "{line}");
        }
    }
}
