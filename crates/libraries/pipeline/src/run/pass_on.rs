//! A program in a pipeline that cannot start still passes documents on, so that the last program can undo what was done,
//! and tell by its status.

use super::state::Run;
use super::threads::Threads;
use crate::contract::catalogue::order::VERSION;
use crate::contract::{Document, Object, Outcomes, Problem, types};
use command::{Program, Stdin, Usage, is_pipe};
use std::ffi::OsString;
use std::io;
use std::time::Duration;

/// Passes documents on with `usage` as their error, where there is a program that waits for them.
///
/// # Errors
/// As [`Run::start`].
pub(super) fn pass_on(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
    usage: &Usage,
) -> Result<(), Usage> {
    if !is_pipe(io::stdout()) {
        return Ok(());
    }
    let text = usage.to_string();
    let why = text.lines().next().unwrap_or_default();
    let problem = Problem::new(&types::USAGE, why);
    match program.stdin(words) {
        Stdin::Names => {
            let mut order = Document::from(Object::new());
            order.set(&VERSION, 1);
            order.set_challenges([]);
            order.fail(&problem);
            // Where nobody takes it, there is still the exit status.
            let _ = Run::start()?.emit(&order);
        }
        Stdin::Documents if is_pipe(io::stdin()) => {
            let threads = Threads {
                at_once: 1,
                patience: Duration::ZERO,
                failed_too: false,
            };
            Run::start()?.each(&threads, move |document| {
                document.fail(&problem);
                Outcomes::new()
            });
        }
        _ => {}
    }
    Ok(())
}
