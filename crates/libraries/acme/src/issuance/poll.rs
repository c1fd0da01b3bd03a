//! When to poll again what a CA is still processing.

use std::time::Duration;

/// The first pause is as long as the CA's quickest reply took, within these limits: a CA nearby is done in milliseconds,
/// and one far away may be too. Each pause is twice the one before, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST_FIRST: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_secs(5);

/// The `Retry-After` of a CA next door is whole seconds at least, while what it speaks of is often done in milliseconds. So
/// until pauses add up to this, such a one is asked without regard to it. All others have others to serve: theirs is honoured
/// from the first pause on (RFC 8555 §7.5.1).
const EARLY: Duration = Duration::from_millis(500);

/// There is time for another look while as much is left as so many of the CA's quickest replies took, within these limits.
const REPLIES: u32 = 8;
const LAST: Duration = Duration::from_millis(50);
const LONGEST_LAST: Duration = Duration::from_secs(2);

/// A CA that wants longer pauses than this is asked again nevertheless.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The pauses of one wait. It has no clock: the caller says how much time is left.
#[derive(Debug)]
pub(crate) struct PollSchedule {
    next: Duration,
    /// When less is left, there is no time for another look.
    least: Duration,
    /// What is left of [`EARLY`].
    early: Duration,
    /// Whether the CA is next door.
    is_next_door: bool,
}

impl PollSchedule {
    /// The pauses of a wait for a CA that takes `reply` for a reply, and is next door or not.
    pub(crate) fn new(reply: Duration, is_next_door: bool) -> PollSchedule {
        PollSchedule {
            next: reply.clamp(SHORTEST, LONGEST_FIRST),
            least: reply.saturating_mul(REPLIES).clamp(LAST, LONGEST_LAST),
            early: EARLY,
            is_next_door,
        }
    }

    /// How long to wait before the CA is asked again, when it said `retry_after` and so much time is `left`; `None` when
    /// it shall not be asked again.
    pub(crate) fn pause(
        &mut self,
        left: Duration,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        if left < self.least {
            return None;
        }
        let wanted = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        let pause = if self.is_slow() || (!self.is_next_door && !wanted.is_zero()) {
            self.next.max(wanted)
        } else if self.early.checked_sub(self.next * 2).is_some() {
            self.next
        } else {
            // The last early pause takes what is left of their time.
            self.early
        };
        self.early = self.early.saturating_sub(pause);
        self.next = (self.next * 2).min(LONGEST);
        // The last looks need time of their own.
        Some(pause.min(left / 2))
    }

    /// Whether the early pauses are over.
    pub(crate) fn is_slow(&self) -> bool {
        self.early.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Duration = Duration::from_millis(120);
    const NEAR: Duration = Duration::from_micros(400);
    const MUCH: Duration = Duration::from_secs(600);

    fn millis(millis: &[u64]) -> Vec<Duration> {
        millis.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn early_looks_are_quick_and_later_ones_honour_retry_after() {
        let asked = Some(Duration::from_secs(7));
        for (micros, expected) in [
            (0, millis(&[5, 10, 20, 40, 80, 160, 185, 7000])),
            (400, millis(&[5, 10, 20, 40, 80, 160, 185, 7000])),
            (8_000, millis(&[8, 16, 32, 64, 128, 252, 7000])),
            (20_000, millis(&[20, 40, 80, 160, 200, 7000])),
            (30_000, millis(&[30, 60, 120, 290, 7000])),
            (120_000, millis(&[30, 60, 120, 290, 7000])),
        ] {
            let reply = Duration::from_micros(micros);
            let mut schedule = PollSchedule::new(reply, true);
            let pauses: Vec<_> = (0..expected.len())
                .filter_map(|_| schedule.pause(MUCH, asked))
                .collect();
            assert_eq!(pauses, expected, "{micros}");
            let early = &pauses[..pauses.len() - 1];
            assert_eq!(early.iter().sum::<Duration>(), EARLY);
        }
    }

    #[test]
    fn a_ca_that_is_not_next_door_is_obeyed_from_the_first_pause_on() {
        for (asked, expected) in [
            (Some(3000), millis(&[3000, 3000, 3000])),
            (Some(1000), millis(&[1000, 1000, 1000])),
            (Some(u64::MAX), millis(&[60_000, 60_000, 60_000])),
            // One that is over by now, or that says nothing, is asked as any other.
            (Some(0), millis(&[30, 60, 120, 290, 480])),
            (None, millis(&[30, 60, 120, 290, 480])),
        ] {
            let mut schedule = PollSchedule::new(FAR, false);
            let asked = asked.map(Duration::from_millis);
            let pauses: Vec<_> = (0..expected.len())
                .filter_map(|_| schedule.pause(MUCH, asked))
                .collect();
            assert_eq!(pauses, expected, "{asked:?}");
        }
    }

    #[test]
    fn a_ca_that_names_no_time_is_asked_ever_more_rarely() {
        let mut schedule = PollSchedule::new(NEAR, true);
        let pauses: Vec<_> = (0..20).filter_map(|_| schedule.pause(MUCH, None)).collect();
        assert!(
            pauses.is_sorted() && pauses.windows(2).all(|two| two[1] <= two[0] * 4),
            "{pauses:?}"
        );
        assert_eq!(pauses[19], LONGEST);
    }

    #[test]
    fn no_ca_makes_us_wait_beyond_the_cap() {
        let mut schedule = PollSchedule::new(FAR, false);
        let forever = Some(Duration::from_secs(86_400));
        let pauses: Vec<_> = (0..6)
            .filter_map(|_| schedule.pause(MUCH, forever))
            .collect();
        assert_eq!(pauses[5], LONGEST_RETRY_AFTER);
    }

    #[test]
    fn the_last_pauses_leave_time_for_a_look() {
        let mut slow = PollSchedule::new(FAR, false);
        let hour = Some(Duration::from_secs(3600));
        while !slow.is_slow() {
            slow.pause(MUCH, None);
        }
        let second = Duration::from_secs(1);
        assert_eq!(slow.pause(second, hour), Some(second / 2));
        assert_eq!(slow.pause(second * 24 / 25, hour), Some(second * 12 / 25));
        assert_eq!(slow.pause(second * 23 / 25, hour), None);
        for (left, pause) in [(10_000, Some(5)), (50, Some(5)), (49, None), (0, None)] {
            let mut schedule = PollSchedule::new(NEAR, true);
            let found = schedule.pause(Duration::from_millis(left), None);
            assert_eq!(found, pause.map(Duration::from_millis), "{left}");
        }
    }
}
