//! `acme-finalize`: from an order to a certificate on disk.
//!
//! Has the CA validate what is not valid yet, makes key and CSR, downloads the chain, and puts both where a server
//! finds them. The key is on disk before the CA hears of it, so a run that was cut off anywhere is carried on by the
//! next with the same document. Starts no process.

mod chain;
mod der;
mod finalize;
mod key;
mod options;
mod shelf;

use crate::finalize::Finalizer;
use crate::options::{Config, PROGRAM};
use pipeline::{Args, Run, Threads, Usage};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let run = Run::start()?;
    let threads = Threads {
        at_once: config.settings.jobs,
        patience: Duration::from_secs(2),
        failed_too: false,
    };
    let stop = acme::Stop::default();
    let switch = stop.clone();
    run.stop().on_stop(move |_| switch.stop());
    let finalizer = Finalizer::new(config, stop);
    run.each(&threads, move |document| finalizer.finalize(document));
    Ok(run.finish())
}
