//! How long to wait between two looks at something that the CA is busy with.

use std::time::{Duration, Instant};

/// The first pause; each is twice the one before, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_secs(5);

/// The CA's `Retry-After` is whole seconds at least, while what it speaks of is often done in milliseconds. So this
/// many looks, all within half a second, are taken whatever it says; from then on it is honoured (RFC 8555 §7.5.1).
const EARLY_LOOKS: u32 = 4;

/// A CA that wants longer pauses than this is asked again nevertheless.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The pauses of one wait, and when it has lasted too long.
#[derive(Debug)]
pub(crate) struct Pace {
    looks: u32,
    next: Duration,
    deadline: Instant,
}

impl Pace {
    pub(crate) fn new(patience: Duration) -> Pace {
        Pace {
            looks: 0,
            next: SHORTEST,
            deadline: Instant::now() + patience,
        }
    }

    /// How long to wait before the next look, or `None` when there shall be no next look.
    pub(crate) fn next(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        let left = self.deadline.checked_duration_since(Instant::now())?;
        if left.is_zero() {
            return None;
        }
        let mut pause = self.next;
        if self.looks >= EARLY_LOOKS {
            pause = pause.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER));
        }
        self.looks += 1;
        self.next = (self.next * 2).min(LONGEST);
        Some(pause.min(left))
    }

    /// Whether the early looks are over.
    pub(crate) fn is_slow(&self) -> bool {
        self.looks > EARLY_LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_looks_are_quick_and_later_ones_honour_retry_after() {
        let mut pace = Pace::new(Duration::from_secs(600));
        let asked = Some(Duration::from_secs(7));
        let early: Duration = (0..EARLY_LOOKS).filter_map(|_| pace.next(asked)).sum();
        assert!(early < Duration::from_millis(500));
        assert_eq!(pace.next(asked), asked);
    }

    #[test]
    fn no_ca_makes_us_wait_beyond_the_cap_or_the_deadline() {
        let mut pace = Pace::new(Duration::from_secs(600));
        let forever = Some(Duration::from_secs(86_400));
        let pauses: Vec<_> = (0..6).filter_map(|_| pace.next(forever)).collect();
        assert_eq!(pauses[5], LONGEST_RETRY_AFTER);

        let mut short = Pace::new(Duration::from_secs(2));
        let last = (0..6).filter_map(|_| short.next(forever)).last();
        assert!(last.expect("within two seconds") <= Duration::from_secs(2));
        assert_eq!(Pace::new(Duration::ZERO).next(None), None);
    }
}
