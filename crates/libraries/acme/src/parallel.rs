//! Doing the same for many things, several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Enough for a TLS handshake with a long chain; only what is touched costs memory.
const STACK: usize = 512 * 1024;

/// How long few workers may be at it until all are called.
const LONG: Duration = Duration::from_millis(100);

/// How many may be at work at once: so many at first, and all if it takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Width {
    pub(crate) first: usize,
    pub(crate) most: usize,
}

/// `work` for each of `items`, several at once; the results in the order of the items.
pub(crate) fn side_by_side<T, R, F>(width: Width, items: &[T], work: F) -> Vec<R>
where
    T: Sync,
    R: Send,
    F: Fn(&T) -> R + Sync,
{
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let (taken, all_taken) = (Mutex::new(false), Condvar::new());
    let worker = || {
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            let result = work(item);
            lock(&done).push((index, result));
        }
        *lock(&taken) = true;
        all_taken.notify_one();
    };
    let most = width.most.clamp(1, items.len().max(1));
    let first = width.first.clamp(1, most);
    thread::scope(|scope| {
        // Without a thread the work is done all the same, by those who are there already.
        let hire = |count: usize| {
            for _ in 0..count {
                let thread = thread::Builder::new().stack_size(STACK);
                let _ = thread.spawn_scoped(scope, worker);
            }
        };
        if first < most {
            hire(first);
            let waited = all_taken.wait_timeout_while(lock(&taken), LONG, |taken| !*taken);
            drop(waited);
            if next.load(Ordering::Relaxed) < items.len() {
                hire(most - first - 1);
            }
        } else {
            hire(most - 1);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        let doubled: Vec<usize> = items.iter().map(|n| n * 2).collect();
        for (first, most) in [(1, 1), (1, 8), (3, 8), (8, 8), (200, 200)] {
            let width = Width { first, most };
            assert_eq!(side_by_side(width, &items, |n| n * 2), doubled);
            assert!(side_by_side(width, &[], |n: &usize| *n).is_empty());
            assert_eq!(side_by_side(width, &[1], |n: &usize| *n), [1]);
        }
    }

    #[test]
    fn all_that_may_come_when_it_takes_long() {
        let together = Barrier::new(8);
        let width = Width { first: 1, most: 8 };
        // Would never end with fewer than eight.
        side_by_side(width, &[(); 8], |()| together.wait().is_leader());
    }
}
