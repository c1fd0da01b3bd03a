//! How programs ended.

use command::signal_name;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How programs that ran side by side ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The status of the last one.
    pub last: u8,
    /// Whether one of them ended with a status other than 0.
    pub has_failed: bool,
    /// Whether one of them did not come to its own end, so that documents may be missing.
    pub is_cut_short: bool,
    /// Whether a signal ended the last one, which may not have been ready for it yet.
    pub is_last_killed: bool,
}

/// The status as a shell has it: 128 plus its number if a signal ended the program.
pub(crate) fn exit_status(status: ExitStatus) -> u8 {
    let signal = status.signal().map(|number| 128 + number);
    let status = status.code().or(signal).unwrap_or(1);
    u8::try_from(status).unwrap_or(u8::MAX)
}

/// Why a program did not come to its own end, if it did not.
pub(crate) fn how_it_was_cut_short(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0..=2), _) => None,
        (Some(141), _) => Some("the program after it did not read what it wrote".to_owned()),
        (_, Some(number)) => Some(format!("{} ended it", signal_name(number))),
        (Some(129..=143), _) => Some("a signal stopped it".to_owned()),
        _ => Some(format!("it ended with {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_a_signal_ended_or_that_is_another_is_said() {
        for (raw, status, expected) in [
            (0, 0, None),
            (1 << 8, 1, None),
            (2 << 8, 2, None),
            (
                141 << 8,
                141,
                Some("the program after it did not read what it wrote"),
            ),
            (9, 137, Some("SIGKILL ended it")),
            (143 << 8, 143, Some("a signal stopped it")),
            (3 << 8, 3, Some("it ended with exit status: 3")),
            (127 << 8, 127, Some("it ended with exit status: 127")),
        ] {
            let ended = ExitStatus::from_raw(raw);
            assert_eq!(exit_status(ended), status);
            assert_eq!(how_it_was_cut_short(ended).as_deref(), expected);
        }
    }
}
