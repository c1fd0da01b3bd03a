//! Until when a CA has to be done with what it was asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A wait that a clock cannot express ends after a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// The end of a wait, and how long the wait is in all. Clones are the same: what is not the CA's time is added for all of
/// them.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    state: Arc<Mutex<State>>,
    within: Duration,
}

#[derive(Debug)]
struct State {
    at: Instant,
    /// Up to when time has been added.
    added_until: Instant,
}

impl Deadline {
    /// The end of a wait that begins now.
    pub(crate) fn after(within: Duration) -> Deadline {
        let now = Instant::now();
        Deadline::of(now + within.min(LONGEST), now, within)
    }

    fn of(at: Instant, added_until: Instant, within: Duration) -> Deadline {
        Deadline {
            state: Arc::new(Mutex::new(State { at, added_until })),
            within,
        }
    }

    /// The sooner end of this wait and one that begins now.
    pub(crate) fn at_most(&self, within: Duration) -> Deadline {
        let at = self.state().at;
        let other = Deadline::after(within);
        if other.state().at < at {
            return other;
        }
        Deadline::of(at, Instant::now(), self.within)
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.state().at.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// How long the wait is in all.
    pub(crate) fn within(&self) -> Duration {
        self.within
    }

    /// Waits for something that is not the CA's to do, and adds that time; what several wait for at once counts once.
    pub(crate) fn pause_for<T>(&self, wait: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = wait();
        let ended = Instant::now();
        let mut state = self.state();
        let from = began.max(state.added_until);
        state.at += ended.saturating_duration_since(from);
        state.added_until = ended.max(state.added_until);
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

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

    #[test]
    fn what_is_not_the_ca_s_time_is_added_once() {
        let deadline = Deadline::after(Duration::from_secs(60));
        let end = deadline.state().at;
        let began = Instant::now();
        let pause = Duration::from_millis(40);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| deadline.clone().pause_for(|| sleep(pause)));
            }
        });
        let added = deadline.state().at - end;
        assert!(added >= pause && added <= began.elapsed(), "{added:?}");
    }
}
