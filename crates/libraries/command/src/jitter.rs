//! A random pause before a run that nobody watches: what thousands of machines do at the same minute reaches a CA spread out.

use crate::args::Args;
use crate::table::Opt;
use crate::usage::Usage;
use rustix::rand::{GetRandomFlags, getrandom};
use std::io::{IsTerminal, stderr, stdin};
use std::time::Duration;

/// The longest pause: as long as other clients wait.
pub const LONGEST_JITTER: Duration = Duration::from_secs(8 * 60);

/// `--no-sleep`.
pub static NO_SLEEP: Opt = Opt {
    aliases: &["no-random-sleep"],
    long_help: "Where neither standard input nor standard error is a terminal, it waits up to 8 minutes before it does \
                anything, so that not all machines ask a CA at the same minute.",
    ..Opt::flag("no-sleep", "do not wait a random time first")
};

/// How long to wait before anything is done; `None` where a person watches, or wants no pause.
///
/// # Errors
/// As [`Args::flag`].
pub fn jitter(args: &Args) -> Result<Option<Duration>, Usage> {
    let is_watched = stdin().is_terminal() || stderr().is_terminal();
    let is_wanted = !args.flag(&NO_SLEEP)? && !is_watched;
    Ok(is_wanted.then(|| LONGEST_JITTER.mul_f64(chance())))
}

/// A number from 0 to 1, uniformly distributed, of the system's randomness.
pub fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Four bytes come whole, or the system has no randomness at all: then the middle is as good as any.
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(4) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_spread_from_0_to_1() {
        let chances: Vec<f64> = (0..1000).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!(chances.iter().any(|chance| *chance < 0.1));
        assert!(chances.iter().any(|chance| *chance > 0.9));
    }
}
