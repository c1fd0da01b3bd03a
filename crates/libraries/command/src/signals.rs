//! SIGINT, SIGTERM and SIGHUP: what people, services and terminals end a program with.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How many signals were handled.
static HANDLED: Mutex<u64> = Mutex::new(0);
static HANDLED_ONE: Condvar = Condvar::new();

/// Calls `handle` with the number of each of these signals that comes, except for those that were ignored when the program
/// started (as nohup does): they stay ignored.
///
/// # Errors
/// Where the system gives no signal handler or thread.
pub fn on_each_signal(mut handle: impl FnMut(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new(not_ignored())?;
    thread("signals", move || {
        for number in signals.forever() {
            handle(number);
            *HANDLED.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            HANDLED_ONE.notify_all();
        }
    })
}

/// How many signals have come so far and were handled.
pub fn handled_signals() -> u64 {
    *HANDLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until one more signal was handled than these, where one is known to come; at most for this long.
pub fn wait_for_signal(handled: u64, at_most: Duration) {
    let count = HANDLED.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = HANDLED_ONE.wait_timeout_while(count, at_most, |count| *count <= handled);
}

/// Has the handler itself set this mark when one of these signals comes, before any thread can know of it.
///
/// # Errors
/// Where the system gives no signal handler.
pub(crate) fn mark_on_signal(mark: &Arc<AtomicBool>) -> io::Result<()> {
    not_ignored()
        .iter()
        .try_for_each(|number| flag::register(*number, mark.clone()).map(drop))
}

/// Whether one of these signals has come and no thread has taken it yet. One that the caller has had blocked never is taken.
pub(crate) fn is_pending() -> bool {
    let pending = own_signals("ShdPnd:") & !own_signals("SigBlk:");
    not_ignored()
        .iter()
        .any(|number| contains(pending, *number))
}

/// A signal's name, `SIGTERM`, or its number where it has none.
pub fn signal_name(number: i32) -> String {
    match signal_hook::low_level::signal_name(number) {
        Some(name) => name.to_owned(),
        None => format!("signal {number}"),
    }
}

/// Starts a thread that does little more than wait.
pub(crate) fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(64 << 10)
        .spawn(body)
        .map(drop)
}

/// Those that the caller did not have ignored (proc_pid_status(5)). It asks once, while `/proc` can still be read.
pub(crate) fn not_ignored() -> &'static [i32] {
    static SIGNALS: OnceLock<Vec<i32>> = OnceLock::new();
    SIGNALS.get_or_init(find_not_ignored)
}

fn find_not_ignored() -> Vec<i32> {
    let ignored = own_signals("SigIgn:");
    [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|number| !contains(ignored, *number))
        .collect()
}

/// A set of signals in this process's status (proc_pid_status(5)); an empty one where it cannot be read.
fn own_signals(set: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix(set));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0)
}

fn contains(set: u64, number: i32) -> bool {
    set & (1 << (number - 1)) != 0
}
