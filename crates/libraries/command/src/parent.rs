//! Ends with the program that started this one, where that wants it: one that is killed cannot end what it has started.

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// The variable by which a program says that what it starts is to end with it: its process number.
pub const PARENT: &str = "ACMEPIPE_PARENT";

/// Has the kernel send SIGTERM when the parent ends, where that is the process which the variable names. What this one starts
/// inherits the variable, and is not meant.
pub(crate) fn end_with_it() {
    let named = std::env::var(PARENT).ok();
    let named = named.and_then(|number| Pid::from_raw(number.parse().ok()?));
    if named.is_some() && named == getppid() {
        // Where the system refuses, it goes on to its own end.
        let _ = set_parent_process_death_signal(Some(Signal::TERM));
    }
}
