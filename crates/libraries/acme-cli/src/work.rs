//! Works on documents until they are done or a signal comes.

use crate::options::client_config;
use crate::sign::SIGN_COMMAND;
use acme::{Cancellation, Client};
use command::{Args, Program, Usage, give_up_rights};
use pipeline::{Document, Outcomes, Run, Threads};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// Requests are cut off by a signal, so what waits for them comes back at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// The exit status by the signal that has come; 0 where none has.
static SIGNAL_STATUS: AtomicU8 = AtomicU8::new(0);

/// How many documents are worked on at once. Most of their time they wait for the CA, and one that waits for a CA that
/// does not answer holds up no other: it is requests that [`acme::ClientConfig`] bounds.
const DOCUMENTS: usize = 64;

/// A program that reads documents and speaks to the CA of each, from its first instruction to its exit status. From the
/// command line `prepare` makes the function that works on a document, and `failed_too` says whether that gets those too that
/// failed earlier.
pub fn main<W>(
    program: &'static Program,
    failed_too: impl FnOnce(&Args) -> Result<bool, Usage>,
    prepare: impl FnOnce(&Args, Client) -> Result<W, Usage>,
) -> ExitCode
where
    W: Fn(&mut Document) -> Outcomes + Send + Sync + 'static,
{
    pipeline::main(program, |args| {
        args.no_operands("documents come on stdin")?;
        let (client, cancellation) = client(&args)?;
        let work = prepare(&args, client)?;
        let failed_too = failed_too(&args)?;
        give_up_rights(&args)?;
        let run = Run::start()?;
        each(&run, &cancellation, failed_too, work)?;
        Ok(run.finish())
    })
}

/// A client that speaks to CAs as the command line says, and the handle that cancels its requests.
///
/// # Errors
/// Those of the command line and the environment.
pub fn client(args: &Args) -> Result<(Client, Cancellation), Usage> {
    let cancellation = Cancellation::default();
    let client = Client::new(client_config(args, &cancellation)?, cancellation.clone());
    Ok((client, cancellation))
}

/// Has a signal end requests and what signs, where a program has no run that listens for signals, and where something signs:
/// that would be left behind. What is on disk is whole at any moment.
///
/// # Errors
/// The system gives no signal handler.
pub fn end_on_signal(args: &Args, cancellation: &Cancellation) -> Result<(), Usage> {
    if !args.takes(&SIGN_COMMAND) || args.path(&SIGN_COMMAND)?.is_none() {
        return Ok(());
    }
    let cancellation = cancellation.clone();
    let end = move |number| {
        let status = command::StopReason::Signal(number).exit_status();
        // Before the work that this cuts off can fail.
        SIGNAL_STATUS.store(status, Ordering::SeqCst);
        cancellation.cancel();
        std::process::exit(status.into());
    };
    command::on_each_signal(end).map_err(|error| Usage::new(error.to_string()))
}

/// The exit status that says which signal came, once [`end_on_signal`] has heard one: what else failed was cut off by it.
pub fn status_of_signal() -> Option<ExitCode> {
    match SIGNAL_STATUS.load(Ordering::SeqCst) {
        0 => None,
        status => Some(status.into()),
    }
}

/// Hands each of the run's documents to `work`, those that failed earlier only where it is for them too; requests are cut off when the program is to stop.
///
/// # Errors
/// As [`Run::each`].
pub fn each(
    run: &Run,
    cancellation: &Cancellation,
    failed_too: bool,
    work: impl Fn(&mut Document) -> Outcomes + Send + Sync + 'static,
) -> Result<(), Usage> {
    let of_requests = cancellation.clone();
    run.stop().on_stop(move |_| of_requests.cancel());
    let threads = Threads {
        at_once: DOCUMENTS,
        patience: PATIENCE,
        failed_too,
    };
    run.each(&threads, work)?;
    Ok(())
}
