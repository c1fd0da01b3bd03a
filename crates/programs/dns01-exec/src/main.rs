//! dns01-exec: runs a program of the user's once per challenge, as lego's `exec` provider does, to add the record
//! (`present`) and to remove it (`cleanup`).

mod again;
mod cleanup;
mod journal;
mod leftovers;
mod options;
mod owner;
mod present;
mod process;
mod protocol;
mod schedule;

use options::Settings;
use owner::Pipeline;
use pipeline::{Args, Document, Run, Threads, Usage, message};
use protocol::{Challenge, challenge};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How many documents are worked on at once; most of them wait until a call may be made for their zone.
const DOCUMENTS: usize = 64;

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, |mut args| {
        let command = args.take_command()?;
        match command.as_str() {
            "present" => present(&args),
            "cleanup" if args.flag("leftovers")? => leftovers(&args),
            "cleanup" => cleanup(&args),
            "timeout" => timeout(&args),
            "list" => list(&args),
            other => Err(Usage::new(format!(
                "no command `{other}`: there are present, cleanup, timeout and list"
            ))),
        }
    })
}

fn present(args: &Args) -> Result<ExitCode, Usage> {
    let settings = Arc::new(Settings::read(args)?);
    let run = documents(Run::start()?, args, &settings)?;
    let (shared, stop) = (settings.clone(), run.stop().clone());
    let lost = run.each(&threads(&settings, settings.again), move |document| {
        present::document(document, &shared, &stop)
    });
    for document in lost {
        cleanup::document(&document, &settings, &pipeline::Stop::silent()?);
    }
    Ok(run.finish())
}

fn cleanup(args: &Args) -> Result<ExitCode, Usage> {
    let pipeline = Pipeline::of_this_process();
    let settings = Arc::new(Settings::read(args)?);
    let run = presented(Run::unstoppable()?, args, &settings)?;
    let (shared, stop) = (settings.clone(), run.stop().clone());
    run.each(&threads(&settings, true), move |document| {
        cleanup::document(document, &shared, &stop)
    });
    if args.operands.is_empty() {
        leftovers::remove_lost(&run, &pipeline, &settings);
    }
    Ok(run.finish())
}

fn leftovers(args: &Args) -> Result<ExitCode, Usage> {
    let run = Run::unstoppable()?;
    leftovers::remove_all(&run, &Settings::read_for_leftovers(args)?)?;
    Ok(run.finish())
}

fn list(args: &Args) -> Result<ExitCode, Usage> {
    let run = Run::start()?;
    leftovers::list(&run, &Settings::read_for_leftovers(args)?)?;
    Ok(run.finish())
}

fn timeout(args: &Args) -> Result<ExitCode, Usage> {
    let settings = Settings::read(args)?;
    let run = Run::start()?;
    let _ = run.emit(&Document::from(settings.propagation.member()));
    Ok(run.finish())
}

/// The documents to work on: the challenge that the operands name, or what is on stdin.
fn documents(run: Run, args: &Args, settings: &Settings) -> Result<Run, Usage> {
    if args.operands.is_empty() {
        return Ok(run);
    }
    let challenge = challenge::from_operands(settings.program.raw, &args.operands)?;
    Ok(run.given(vec![challenge.into()]))
}

/// The challenge that the operands of `cleanup` name, with what the journal knows of it.
fn presented(run: Run, args: &Args, settings: &Settings) -> Result<Run, Usage> {
    if args.operands.is_empty() {
        return Ok(run);
    }
    let challenge = challenge::from_operands(settings.program.raw, &args.operands)?;
    let known = match Challenge::read(&challenge) {
        // Without it the record can be removed all the same.
        Ok(named) => settings.journal.find(&named).unwrap_or_else(|error| {
            message::complain(&error.to_string());
            None
        }),
        Err(_) => None,
    };
    let challenge = known.map_or(challenge, |entry| entry.challenge);
    Ok(run.given(vec![challenge.into()]))
}

/// A document comes back when its last call has: that is let end, and bounded by its own limit.
fn threads(settings: &Settings, failed_too: bool) -> Threads {
    Threads {
        at_once: DOCUMENTS,
        patience: settings.program.time_limit + Duration::from_secs(10),
        failed_too,
    }
}
