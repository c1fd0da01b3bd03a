//! Does the same for many things, several at once, on threads that end with the call. Where the system gives fewer
//! threads than were asked for, the work is done all the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The stack of a thread, in bytes: enough for a TLS handshake with a long chain. Only what is touched costs memory.
pub const STACK: usize = 512 * 1024;

/// How long the first threads may be at work before the others are started.
const LONG: Duration = Duration::from_millis(100);

/// How many threads are at work at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// How many at first, the calling one among them; one at least.
    pub first: usize,
    /// How many in all, if not all work is handed out after a tenth of a second.
    pub most: usize,
    /// The stack of each in bytes.
    pub stack: usize,
}

impl Workers {
    /// This many from the start, with the usual [`STACK`].
    pub fn new(count: usize) -> Workers {
        Workers {
            first: count,
            most: count,
            stack: STACK,
        }
    }
}

/// Calls `work` for each item, several at once. The results have the order of the items.
pub fn map<T, R>(workers: Workers, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    for_each(workers, items.len(), |index| {
        let result = work(&items[index]);
        lock(&results).push((index, result));
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Calls `work` with each number below `count`, several at once.
pub fn for_each(workers: Workers, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let (all_taken, taken) = (Mutex::new(false), Condvar::new());
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            work(number);
        }
        *lock(&all_taken) = true;
        taken.notify_one();
    };
    let most = workers.most.clamp(1, count.max(1));
    let first = workers.first.clamp(1, most);
    thread::scope(|scope| {
        let spawn = |threads: usize| {
            for _ in 0..threads {
                let thread = thread::Builder::new().stack_size(workers.stack);
                let _ = thread.spawn_scoped(scope, worker);
            }
        };
        if first < most {
            // This thread waits meanwhile, so that it can start the others.
            spawn(first);
            drop(taken.wait_timeout_while(lock(&all_taken), LONG, |all_taken| !*all_taken));
            if next.load(Ordering::Relaxed) < count {
                spawn(most - first - 1);
            }
        } else {
            spawn(most - 1);
        }
        worker();
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn results_have_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        let doubled: Vec<usize> = items.iter().map(|n| n * 2).collect();
        for (first, most) in [(0, 0), (1, 1), (1, 8), (3, 8), (8, 8), (200, 200)] {
            let workers = Workers {
                first,
                most,
                stack: STACK,
            };
            assert_eq!(map(workers, &items, |n| n * 2), doubled);
            assert!(map(workers, &[], |n: &usize| *n).is_empty());
            assert_eq!(map(workers, &[1], |n: &usize| *n), [1]);
        }
    }

    #[test]
    fn all_are_started_where_the_work_takes_long() {
        for first in [1, 8] {
            let together = Barrier::new(8);
            let workers = Workers {
                first,
                ..Workers::new(8)
            };
            // With fewer than eight this would never end.
            for_each(workers, 8, |_| {
                together.wait();
            });
        }
    }
}
