//! Runs another program: finds it, starts it, limits its time, hands on its output by line, and ends all that it
//! started. It lends a program the terminal that asks on it. And reads what the system says of processes (proc(5)).
//!
//! [`find()`] looks a program up, a [`Command`] says how to call it, and [`run()`] runs it within [`Limits`].
//! [`Process`] is a running process, and [`wait_for_end`] waits until one has ended.

mod command;
mod environments;
mod error;
mod exit;
mod find;
mod format;
mod kill;
mod lines;
mod pipes;
mod process;
mod run;
mod spawn;
mod system;
mod terminal;

pub use command::{Command, Limits, Mark, Questions, Stdout};
pub use environments::with_variable_prefix;
pub use error::{Cause, Error};
pub use exit::wait_for_end;
pub use find::{FindError, can_be_run, find};
pub use format::Unrunnable;
pub use lines::Event;
pub use process::{Process, pipe_identity, process_group};
pub use run::{GRACE, Success, run};
pub use system::{boot_id, pid_namespace};
pub use terminal::TERMINAL;
