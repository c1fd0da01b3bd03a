//! What a person can do about a call that failed: what tools for dynamic updates mean by what they print.

use std::ffi::OsString;

/// What the words of nsupdate and knsupdate mean (RFC 2136 §2.2, RFC 8945 §5.2).
const UPDATE_ERRORS: [(&str, &str); 8] = [
    (
        "could not read key",
        "The file with the TSIG key does not exist or cannot be read.",
    ),
    (
        "BADSIG",
        "The server knows the TSIG key's name, but not this secret.",
    ),
    (
        "BADKEY",
        "The server does not know the TSIG key by this name and algorithm.",
    ),
    (
        "BADTIME",
        "The clocks of this machine and of the server are more than 300 s apart.",
    ),
    (
        "NOTZONE",
        "The name is not in the zone that the update was for.",
    ),
    (
        "NOTAUTH",
        "The server that was asked is not authoritative for the zone.",
    ),
    (
        "NOTIMP",
        "The server does not implement dynamic updates; NSD for instance does not.",
    ),
    (
        "REFUSED",
        "The server's configuration does not allow this update.",
    ),
];

/// Whether a hint is on the zone that a record goes to.
pub(super) fn is_about_zone(hint: &str) -> bool {
    let mut known = UPDATE_ERRORS.iter();
    known.any(|(word, known)| {
        matches!(*word, "NOTZONE" | "NOTAUTH" | "NOTIMP" | "REFUSED") && hint == *known
    })
}

/// What commands say of a word that they have taken for an option, or that is one too few then, in lower case.
const OF_OPTIONS: [&str; 8] = [
    "option",
    "usage:",
    "flag provided",
    "unknown flag",
    "unrecognized",
    "unrecognised",
    "unexpected argument",
    "invalid argument",
];

/// What a person can do, by what the program printed, or by a value that it has taken for an option.
pub(super) fn hint(arguments: &[OsString], last_lines: &[String]) -> Option<&'static str> {
    let is_said = |word: &str| last_lines.iter().any(|line| line.contains(word));
    let known = UPDATE_ERRORS.iter().find(|(word, _)| is_said(word));
    if let Some((_, hint)) = known {
        return Some(hint);
    }
    // One value in 64 begins so, whatever went wrong.
    let value = arguments.last()?.to_str()?;
    let looks_like_it = |line: &String| {
        let line = line.to_lowercase();
        OF_OPTIONS.iter().any(|word| line.contains(word))
    };
    (value.starts_with('-') && last_lines.iter().any(looks_like_it)).then_some(
        "The value begins with a hyphen: a script has to quote it and to pass it on after `--`, so that no command \
         takes it for an option.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_come_from_what_was_said_before_they_come_from_the_value() {
        for (value, line, expected) in [
            (
                "v",
                "update failed: REFUSED",
                Some("The server's configuration"),
            ),
            (
                "-v",
                "update failed: NOTAUTH(BADSIG)",
                Some("The server knows"),
            ),
            ("-v", "unknown option", Some("The value begins")),
            ("v-", "unknown option", None),
            (
                "-v",
                "grep: invalid option -- 'v'",
                Some("The value begins"),
            ),
            ("-v", "Usage: tool NAME VALUE", Some("The value begins")),
            (
                "-v",
                "flag provided but not defined: -v",
                Some("The value begins"),
            ),
            ("-v", "connection timed out", None),
            ("-v", "HTTP 403: invalid token", None),
            (
                "-v",
                "cannot open /dev/tty: No such device or address",
                None,
            ),
        ] {
            let arguments = ["present", "a.", value].map(OsString::from);
            let hint = hint(&arguments, &[line.to_owned()]);
            let begins = |expected| hint.is_some_and(|hint| hint.starts_with(expected));
            assert_eq!(hint.is_some(), expected.is_some(), "{value} {line}");
            assert!(expected.is_none_or(begins), "{value} {line}: {hint:?}");
        }
    }
}
