//! How long to wait between two looks at something that the CA is busy with.

use std::time::{Duration, Instant};

/// The first pause is as long as the CA's quickest reply took, so that one next door, which is done in milliseconds, is
/// not waited for; within these limits, since one far away may be done as soon. Each is twice the one before, up to
/// [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST_FIRST: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_secs(5);

/// The CA's `Retry-After` is whole seconds at least, while what it speaks of is often done in milliseconds. So until
/// pauses add up to this, looks are taken whatever it says; from then on it is honoured (RFC 8555 §7.5.1).
const EARLY: Duration = Duration::from_millis(500);

/// A CA that wants longer pauses than this is asked again nevertheless.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The pauses of one wait, and when it has lasted too long.
#[derive(Debug)]
pub(crate) struct Pace {
    next: Duration,
    began: Instant,
    patience: Duration,
    /// What is left of [`EARLY`].
    early: Duration,
}

impl Pace {
    /// For so long in all, with a CA that takes so long for a reply.
    pub(crate) fn new(reply: Duration, patience: Duration) -> Pace {
        Pace {
            next: reply.clamp(SHORTEST, LONGEST_FIRST),
            began: Instant::now(),
            patience,
            early: EARLY,
        }
    }

    /// How long to wait before the next look, or `None` when there shall be no next look.
    pub(crate) fn next(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        let left = self.patience.checked_sub(self.began.elapsed())?;
        if left.is_zero() {
            return None;
        }
        let pause = if self.is_slow() {
            let wanted = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
            self.next.max(wanted)
        } else if self.early < self.next * 2 {
            // The last of them comes when their time is over.
            self.early
        } else {
            self.next
        };
        self.early = self.early.saturating_sub(pause);
        self.next = (self.next * 2).min(LONGEST);
        Some(pause.min(left))
    }

    /// Whether the early looks are over.
    pub(crate) fn is_slow(&self) -> bool {
        self.early.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Duration = Duration::from_millis(120);
    const NEAR: Duration = Duration::from_micros(400);

    #[test]
    fn early_looks_are_quick_and_later_ones_honour_retry_after() {
        let asked = Some(Duration::from_secs(7));
        for micros in [0, 400, 7_900, 8_000, 16_000, 17_000, 30_000, 120_000] {
            let reply = Duration::from_micros(micros);
            let mut pace = Pace::new(reply, Duration::from_secs(600));
            let mut pauses = Vec::new();
            while !pace.is_slow() {
                pauses.extend(pace.next(asked));
            }
            assert_eq!(pauses[0], reply.clamp(SHORTEST, LONGEST_FIRST));
            assert_eq!(pauses.iter().sum::<Duration>(), EARLY);
            assert!(
                pauses.is_sorted() && (4..=7).contains(&pauses.len()),
                "{pauses:?}"
            );
            assert_eq!(pace.next(asked), asked);
        }
    }

    #[test]
    fn a_ca_that_names_no_time_is_asked_ever_more_rarely() {
        let mut pace = Pace::new(NEAR, Duration::from_secs(600));
        let pauses: Vec<_> = (0..20).filter_map(|_| pace.next(None)).collect();
        assert!(
            pauses.is_sorted() && pauses.windows(2).all(|two| two[1] <= two[0] * 4),
            "{pauses:?}"
        );
        assert_eq!(pauses[19], LONGEST);
    }

    #[test]
    fn no_ca_makes_us_wait_beyond_the_cap_or_the_deadline() {
        let mut pace = Pace::new(FAR, Duration::from_secs(600));
        let forever = Some(Duration::from_secs(86_400));
        let pauses: Vec<_> = (0..6).filter_map(|_| pace.next(forever)).collect();
        assert_eq!(pauses[5], LONGEST_RETRY_AFTER);

        let mut short = Pace::new(FAR, Duration::from_secs(2));
        let last = (0..6).filter_map(|_| short.next(forever)).last();
        assert!(last.expect("within two seconds") <= Duration::from_secs(2));
        assert_eq!(Pace::new(FAR, Duration::ZERO).next(None), None);
    }
}
