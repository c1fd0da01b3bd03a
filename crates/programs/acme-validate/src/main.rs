//! `acme-validate`: tells the CA that challenges are ready, and waits for what it finds.
//!
//! Takes orders, and challenges alone on a line. Touches the account's key and the CA, and nothing else.

mod options;
mod validation;

use crate::options::{Config, PROGRAM};
use crate::validation::Validator;
use pipeline::{Args, Run, Usage};
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let run = Run::start()?;
    acme_cli::each(&run, |cancellation| {
        let validator = Validator::new(config, cancellation);
        move |document| validator.validate(document)
    });
    Ok(run.finish())
}
