//! `acme-finalize`: from an order to a certificate on disk.
//!
//! Has the CA validate what is not valid yet, makes key and CSR, downloads the chain, and puts both where a server
//! finds them. The key is on disk before the CA hears of it, so a run that was cut off anywhere is carried on by the
//! next with the same document. Starts no process.

mod finalize;
mod options;

use crate::finalize::Finalizer;
use crate::options::{Config, PROGRAM};
use pipeline::{Args, Run, Usage};
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let run = Run::start()?;
    acme_cli::each(&run, |cancellation| {
        let finalizer = Finalizer::new(config, cancellation);
        move |document| finalizer.finalize(document)
    });
    Ok(run.finish())
}
