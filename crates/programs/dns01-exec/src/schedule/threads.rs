//! Threads that share work.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls `work` with each number below `count`, on at most `threads` threads, this one among them; on fewer where the
/// system gives no more. Returns when all of it is done.
pub(crate) fn side_by_side(threads: usize, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            let thread = std::thread::Builder::new().stack_size(pipeline::STACK);
            let _ = thread.spawn_scoped(scope, worker);
        }
        worker();
    });
}
