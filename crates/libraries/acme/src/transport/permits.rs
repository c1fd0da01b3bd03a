//! A bounded number of permits: for requests that are under way, and for large replies that are held.

use crate::deadline::Deadline;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A bounded number of permits; clones hand out the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Permits(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A permit; once it is dropped, it is free for the next caller.
#[derive(Debug)]
pub(crate) struct Permit(Permits);

impl Permits {
    /// This many permits, but at least one.
    pub(crate) fn new(count: usize) -> Permits {
        Permits(Arc::new(Shared {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }))
    }

    /// Waits for one, however long others hold them.
    pub(crate) fn take(&self) -> Permit {
        let waited = self.0.freed.wait_while(self.free(), |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Permit(self.clone())
    }

    /// Waits for one; `None` where none is free in time.
    pub(crate) fn take_by(&self, deadline: &Deadline) -> Option<Permit> {
        let free = self.free();
        let waited = self
            .0
            .freed
            .wait_timeout_while(free, deadline.left(), |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Permit(self.clone()))
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn who_has_no_time_left_gets_one_only_if_it_is_free() {
        let permits = Permits::new(1);
        let now = &Deadline::after(Duration::ZERO);
        let first = permits.take_by(now);
        assert!(first.is_some() && permits.take_by(now).is_none());
        drop(first);
        assert!(permits.take_by(now).is_some());
    }

    #[test]
    fn no_more_are_out_than_there_are() {
        for count in [0, 1, 3] {
            let permits = Permits::new(count);
            let (out, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let permit = permits.take();
                        most.fetch_max(1 + out.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(5));
                        out.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    });
                }
            });
            assert_eq!(most.into_inner(), count.max(1));
        }
    }
}
