//! Whom files are open to that tests make.

use std::sync::Once;

use rustix::fs::Mode;
use rustix::process::umask;

/// What this process makes from now on, and what it starts, cannot be written by others: our programs refuse to use it
/// otherwise.
pub(crate) fn close_to_others() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        umask(Mode::WGRP | Mode::WOTH);
    });
}
