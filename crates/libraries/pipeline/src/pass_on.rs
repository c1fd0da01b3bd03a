//! A program that cannot start, in the middle of a pipeline, hands on what comes all the same: whatever stands last can
//! undo what was done, and its status tells.

use crate::options::{Program, Stdin, operands};
use crate::{Document, Failure, Object, Outcomes, Run, Threads, Usage, is_pipe};
use std::ffi::OsString;
use std::io;
use std::time::Duration;

/// Passes documents on with `usage` as their error, where there is a program that waits for them.
///
/// # Errors
/// As [`Run::start`].
pub(crate) fn pass_on(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
    usage: &Usage,
) -> Result<(), Usage> {
    if !is_pipe(io::stdout()) {
        return Ok(());
    }
    let text = usage.to_string();
    let why = text.lines().next().unwrap_or_default();
    let failure = Failure::new("acmepipe:usage", why);
    match program.stdin {
        Stdin::Names => {
            let mut order = Document::from(Object::from_iter([("version".into(), 1.into())]));
            order.set_challenges([]);
            order.fail(&failure);
            // Where nobody takes it, the exit status is all that is left to say.
            let _ = Run::start()?.emit(&order);
        }
        stdin => {
            if !(reads(stdin, program, words) && is_pipe(io::stdin())) {
                return Ok(());
            }
            let threads = Threads {
                at_once: 1,
                patience: Duration::ZERO,
                failed_too: false,
            };
            Run::start()?.each(&threads, move |document| {
                document.fail(&failure);
                Outcomes::new()
            });
        }
    }
    Ok(())
}

/// Whether the program would have read documents, as far as its command line can be understood.
fn reads(
    stdin: Stdin,
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
) -> bool {
    let words: Vec<OsString> = words.into_iter().collect();
    let operands = operands(program, words.clone());
    let is_one_of = |word: &OsString, list: &[&str]| list.iter().any(|known| word == known);
    match stdin {
        Stdin::Names => false,
        Stdin::Documents => true,
        Stdin::DocumentsOrOperands => operands.is_empty(),
        Stdin::DocumentsOfCommands {
            readers,
            others,
            without,
        } => {
            let is_without = words.iter().any(|word| *word == *format!("--{without}"));
            let names_something = match operands.as_slice() {
                [command, rest @ ..] if is_one_of(command, readers) => !rest.is_empty(),
                [command, ..] => is_one_of(command, others),
                [] => false,
            };
            !is_without && !names_something
        }
    }
}
