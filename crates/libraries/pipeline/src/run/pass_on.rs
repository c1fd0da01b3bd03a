//! A program in a pipeline that cannot start still passes documents on, so that the last program can undo what was done,
//! and tell by its status.

use super::state::Run;
use super::threads::Threads;
use crate::contract::catalogue::order::VERSION;
use crate::contract::{Document, Object, Outcomes, Problem, types};
use crate::stream::{Dropped, Item, Output, Reader};
use command::{Program, Stdin, Usage, is_pipe};
use std::ffi::OsString;
use std::io;
use std::time::Duration;

/// Passes documents on with `usage` as their error, where there is a program that waits for them.
///
/// # Errors
/// Where there is no stdout.
pub(super) fn pass_on(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
    usage: &Usage,
) -> Result<(), Usage> {
    if !is_pipe(io::stdout()) {
        return Ok(());
    }
    let problem = problem(usage);
    match program.stdin(words) {
        Stdin::Names => begin_with(usage)?,
        Stdin::Documents if is_pipe(io::stdin()) => {
            let passed_on = Run::start().and_then(|run| fail_all(&run, problem.clone()));
            // What is wrong may be that the system gives no descriptor or thread, and then it gives none here either.
            passed_on.or_else(|_| fail_all_alone(&problem))?;
        }
        _ => {}
    }
    Ok(())
}

/// Writes an order that has nothing but `usage` as its error, where there is a program that waits for one.
///
/// # Errors
/// Where there is no stdout.
pub(super) fn begin_with(usage: &Usage) -> Result<(), Usage> {
    if !is_pipe(io::stdout()) {
        return Ok(());
    }
    let mut order = Document::from(Object::new());
    order.set(&VERSION, 1);
    order.set_challenges([]);
    order.fail(&problem(usage));
    // Where nobody takes it, there is still the exit status.
    let _ = Output::stdout()?.write(&order);
    Ok(())
}

fn problem(usage: &Usage) -> Problem {
    let text = usage.to_string();
    let why = text.lines().next().unwrap_or_default();
    Problem::new(&types::USAGE, why)
}

fn fail_all(run: &Run, problem: Problem) -> Result<(), Usage> {
    let threads = Threads {
        at_once: 1,
        patience: Duration::ZERO,
        failed_too: false,
    };
    run.each(&threads, move |document| {
        document.fail(&problem);
        Outcomes::new()
    })?;
    Ok(())
}

/// Does so with one descriptor and no thread. It hears no signal, and ends when its input does.
fn fail_all_alone(problem: &Problem) -> Result<(), Usage> {
    let output = Output::stdout()?;
    let mut reader = Reader::new(io::stdin());
    let mut dropped = Dropped::default();
    while let Some(item) = reader.next_item() {
        match item {
            Item::Document(mut document, _) => {
                if !document.has_error() {
                    document.fail(problem);
                }
                if output.write(&document).is_err() {
                    return Ok(());
                }
            }
            Item::Garbage(text) => dropped.add(&text),
        }
    }
    if let Some(document) = dropped.document() {
        let _ = output.write(&document);
    }
    Ok(())
}
