//! `acme-validate`: tells the CA that challenges are ready, and waits for what it finds.
//!
//! Takes orders, and challenges alone on a line. Touches the account's key and the CA, and nothing else.

mod options;
mod validation;

use crate::options::{Config, PROGRAM};
use crate::validation::Validator;
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
    let validator = Validator::new(config, stop);
    run.each(&threads, move |document| validator.validate(document));
    Ok(run.finish())
}
