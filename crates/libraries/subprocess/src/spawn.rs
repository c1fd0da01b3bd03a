//! Starts processes one at a time.

use crate::command::Command;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while a process is made: until it runs its program it holds copies of all pipes of this one, and would look as
/// if it belonged to a program that hangs.
static SPAWNING: Mutex<()> = Mutex::new(());

/// While this is held, no process is being made.
pub(crate) fn lock() -> MutexGuard<'static, ()> {
    SPAWNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program, with pipes for its output and, where it has input, for that.
///
/// # Errors
/// The system reports an error.
pub(crate) fn spawn(command: &Command) -> io::Result<Child> {
    let mut process = std::process::Command::new(&command.program);
    process.args(&command.arguments);
    for name in &command.removed_variables {
        process.env_remove(name);
    }
    process
        .envs(command.variables.iter().map(|(name, value)| (name, value)))
        .env(&command.mark.variable, &command.mark.value)
        .stdin(if command.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // It has a group of its own: an interrupt from the terminal is not for it, and ending it means ending the group.
        .process_group(0);
    let _alone = lock();
    process.spawn()
}
