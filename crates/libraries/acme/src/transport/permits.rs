//! How many requests are under way at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A bounded number of permits.
#[derive(Debug)]
pub(crate) struct Permits {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A permit; once it is dropped, it is free for the next caller.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Permits);

impl Permits {
    /// This many permits, but at least one.
    pub(crate) fn new(count: usize) -> Permits {
        Permits {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }
    }

    /// Waits for one.
    pub(crate) fn take(&self) -> Permit<'_> {
        let waited = self.freed.wait_while(self.free(), |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Permit(self)
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

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
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        out.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    });
                }
            });
            assert_eq!(most.into_inner(), count.max(1));
        }
    }
}
