//! `dns01-exec`: runs the user's program once per challenge, as lego's `exec` provider does, to add the record
//! (`present`) and to remove it (`cleanup`).

mod again;
mod cleanup;
mod gone;
mod journal;
mod leftovers;
mod options;
mod present;
mod protocol;
mod schedule;
mod service;

use command::{Args, Usage, message};
use dns01_exec::{CLEANUP, LEFTOVERS, LIST, MODE, PRESENT, PROGRAM, PROPAGATION, RUN};
use journal::{Arrived, PipelineEnd, join_run};
use options::Config;
use pipeline::{Challenge, Document, Run, Threads};
use protocol::{NEEDED_IN_RAW_MODE, from_operands};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many documents are worked on at once; most of them wait until a call may be made for their zone.
const DOCUMENTS: usize = 64;
/// The same where one call is for all that wait.
const DOCUMENTS_IN_BATCHES: usize = 512;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, |args| match args.command() {
        PRESENT => present(&args),
        CLEANUP if args.flag(&LEFTOVERS)? => leftovers(&args),
        CLEANUP => cleanup(&args),
        PROPAGATION => timeout(&args),
        LIST => list(&args),
        other => unreachable!("`{other}` is not in the table"),
    })
}

fn present(args: &Args) -> Result<ExitCode, Usage> {
    join_run(args.text(&RUN)?);
    let config = Arc::new(Config::read(args)?);
    let mut run = Run::start()?;
    if let Some(challenge) = named(args, config.program.raw)? {
        run = run.given(vec![challenge.into()]);
    }
    let (shared, stop) = (config.clone(), run.stop().clone());
    let unstoppable = stop.unheeding()?;
    let lost = run.each(&threads(&config, config.again), move |document| {
        present::document(document, &shared, &stop)
    })?;
    let has_records = |document: &&Document| document.challenges().any(|one| one.is_presented());
    if lost.iter().any(|document| has_records(&document)) {
        message::error("nobody takes the documents any more: removing what was presented for them");
    }
    // Nobody takes them, so nobody will clean up what was presented for them.
    cleanup::all(&lost, &config, &unstoppable);
    Ok(finish(&run, &config))
}

fn cleanup(args: &Args) -> Result<ExitCode, Usage> {
    join_run(args.text(&RUN)?);
    let config = Arc::new(Config::read_to_clean_up(args)?);
    let mut run = Run::unstoppable()?;
    // This comes early, while the pipes are those with which the pipeline began.
    let end = PipelineEnd::of_this_process();
    // A record that a person names has a name and a value, however the program that removes it is called.
    let is_raw = config.program.raw && (args.is_given(&MODE) || args.operands.len() != 2);
    let named = named(args, is_raw)?;
    let reads_documents = named.is_none();
    if let Some(challenge) = named {
        check_named(&challenge, &config)?;
        run = run.given(vec![challenge.into()]);
    }
    let arrived = Arc::new(Arrived::default());
    let (shared, seen, stop) = (config.clone(), arrived.clone(), run.stop().clone());
    run.each(&threads(&config, true), move |document| {
        cleanup::document(document, &shared, &seen, &stop)
    })?;
    if reads_documents {
        leftovers::remove_lost(&run, &end, &arrived, &config);
    }
    Ok(finish(&run, &config))
}

/// The exit status, also where the journal still has what was removed.
fn finish(run: &Run, config: &Config) -> ExitCode {
    if config.journal.is_out_of_date.load(Ordering::Relaxed) {
        run.fail();
    }
    run.finish()
}

fn leftovers(args: &Args) -> Result<ExitCode, Usage> {
    args.no_operands("--leftovers names no record: it removes all that are left")?;
    let run = Run::unstoppable()?;
    leftovers::remove_all(&run, &Config::read_for_journal(args)?)?;
    Ok(run.finish())
}

fn list(args: &Args) -> Result<ExitCode, Usage> {
    args.no_operands("`list` takes options only")?;
    let run = Run::start()?;
    leftovers::list(&run, &options::journal(args)?)?;
    Ok(run.finish())
}

fn timeout(args: &Args) -> Result<ExitCode, Usage> {
    args.no_operands("`timeout` takes options only")?;
    let config = Config::read(args)?;
    let run = Run::start()?;
    if let Some(problem) = config.asked.problem() {
        message::error(&problem.to_string());
        run.fail();
        return Ok(run.finish());
    }
    let _ = run.emit(&Document::from(config.asked.to_object()));
    Ok(run.finish())
}

/// The challenge that the command line names, if it does.
fn named(args: &Args, is_raw: bool) -> Result<Option<Challenge>, Usage> {
    if args.operands.is_empty() {
        return Ok(None);
    }
    from_operands(is_raw, &args.operands).map(Some)
}

/// Refuses a challenge that the command line names and that the program, where one is named, cannot be called with.
///
/// # Errors
/// The challenge lacks what the program needs, and the journal does not have it either.
fn check_named(challenge: &Challenge, config: &Config) -> Result<(), Usage> {
    // All of it is looked at, so that what cannot be read is said.
    let known = config.journal.entries();
    let known = known.and_then(|_| config.journal.find(&challenge.key()));
    let known = known.unwrap_or_else(|error| {
        // Without it the record can be removed all the same.
        message::error(&error.to_string());
        Vec::new()
    });
    if !config.is_program_named() {
        return Ok(());
    }
    let known = known.first().map_or(challenge, |entry| &entry.challenge);
    match config.program.arguments(known) {
        Ok(_) => Ok(()),
        Err(_) if config.program.raw => Err(Usage::new(NEEDED_IN_RAW_MODE)),
        Err(problem) => Err(Usage::new(problem.detail)),
    }
}

/// How documents are worked on. However the run is stopped, calls run to their end, and a document comes back when its
/// last call has ended.
fn threads(config: &Config, failed_too: bool) -> Threads {
    Threads {
        at_once: match config.program.batch {
            true => DOCUMENTS_IN_BATCHES,
            false => DOCUMENTS,
        },
        patience: config.program.time_to_end(),
        failed_too,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_table_is_one_that_this_program_knows() {
        let commands = PROGRAM.commands.iter().map(|command| command.name);
        let known = [PRESENT, CLEANUP, PROPAGATION, LIST];
        assert_eq!(commands.collect::<Vec<_>>(), known);
    }
}
