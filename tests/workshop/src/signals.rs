//! Lets programs get signals that whoever started the tests ignores.

use std::fs;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// What this process starts from now on has the default action for signals that this process ignores, as it does under
/// `nohup` or in the background of a script. A shell could else not even set a trap for them.
///
/// This process goes on not to be ended by them: it takes them, and does nothing.
pub fn unignore_signals() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if ignores(&status, signal) {
                // A program that is started begins with the default action for what was handled, and not for what
                // was ignored. Where that fails, a test of signals will say so.
                let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
            }
        }
    });
}

/// Whether a process ignores a signal, by its file `status` in /proc.
fn ignores(status: &str, signal: i32) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_tells_which_signals_are_ignored() {
        let status = "Name:\tsh\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000003\nSigCgt:\tffffffffffffffff\n";
        let ignored: Vec<i32> = (1..=64).filter(|signal| ignores(status, *signal)).collect();
        assert_eq!(ignored, [SIGHUP, SIGINT]);
        assert!(!ignores("", SIGINT));
    }
}
