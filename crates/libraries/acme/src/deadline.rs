//! Until when a CA has to be done with what it was asked.

use std::time::{Duration, Instant};

/// The end of a wait, and how long the wait is in all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    within: Duration,
}

impl Deadline {
    /// The end of a wait that begins now.
    pub(crate) fn after(within: Duration) -> Deadline {
        // A wait that a clock cannot express never ends.
        let far = Duration::from_secs(365 * 86_400);
        Deadline {
            at: Instant::now() + within.min(far),
            within,
        }
    }

    /// The sooner end of this wait and one that begins now.
    pub(crate) fn at_most(self, within: Duration) -> Deadline {
        let other = Deadline::after(within);
        if other.at < self.at { other } else { self }
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// How long the wait is in all.
    pub(crate) fn within(&self) -> Duration {
        self.within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_an_end_that_comes_no_later_than_any_other() {
        let long = Deadline::after(Duration::MAX);
        assert!(!long.is_over() && long.left() > Duration::from_secs(86_400));
        assert_eq!(long.within(), Duration::MAX);
        let minute = Duration::from_secs(60);
        let short = long.at_most(minute);
        assert!(short.left() <= minute && !short.is_over());
        assert_eq!(short.at_most(Duration::MAX).within(), minute);
        let over = short.at_most(Duration::ZERO);
        assert!(over.is_over() && over.left().is_zero());
    }
}
