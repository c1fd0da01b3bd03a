//! Ends what is under way, from another thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shared by all who work: once it is cancelled, waits end, requests under way are cut off, and no new one begins.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<Shared>);

/// The work was cancelled before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    cancelled: Condvar,
}

#[derive(Default)]
struct State {
    is_cancelled: bool,
    hooks: Vec<Box<dyn FnOnce() + Send>>,
}

impl Cancellation {
    /// Cancels the work of all who share it.
    pub fn cancel(&self) {
        let hooks = {
            let mut state = self.state();
            state.is_cancelled = true;
            std::mem::take(&mut state.hooks)
        };
        self.0.cancelled.notify_all();
        hooks.into_iter().for_each(|hook| hook());
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    /// Has to be called before each step.
    ///
    /// # Errors
    /// [`Interrupted`] once the work was cancelled.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_cancelled() {
            return Err(Interrupted);
        }
        Ok(())
    }

    /// Waits for this long.
    ///
    /// # Errors
    /// [`Interrupted`] as soon as the work is cancelled.
    pub fn sleep(&self, duration: Duration) -> Result<(), Interrupted> {
        let waited = self
            .0
            .cancelled
            .wait_timeout_while(self.state(), duration, |state| !state.is_cancelled);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_cancelled {
            return Err(Interrupted);
        }
        Ok(())
    }

    /// Has `hook` called when the work is cancelled; now, where it was already.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        if state.is_cancelled {
            drop(state);
            hook();
        } else {
            state.hooks.push(Box::new(hook));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    #[test]
    fn a_sleeper_wakes_when_its_work_is_cancelled() {
        let cancellation = Cancellation::default();
        let other = cancellation.clone();
        let began = Instant::now();
        let sleeper = std::thread::spawn(move || other.sleep(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(20));
        cancellation.cancel();
        assert_eq!(sleeper.join().expect("no panic"), Err(Interrupted));
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(cancellation.check(), Err(Interrupted));
    }

    #[test]
    fn hooks_are_called_once_be_they_early_or_late() {
        let cancellation = Cancellation::default();
        let calls = Arc::new(AtomicUsize::new(0));
        let hook = |calls: &Arc<AtomicUsize>| {
            let calls = calls.clone();
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
            }
        };
        cancellation.on_cancel(hook(&calls));
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        assert_eq!(cancellation.sleep(Duration::ZERO), Ok(()));
        cancellation.cancel();
        cancellation.cancel();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        cancellation.on_cancel(hook(&calls));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
