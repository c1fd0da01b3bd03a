//! Waits until every authoritative name server serves each challenge's value.

mod ca_cache;
mod options;
mod progress;
mod wait;

use std::process::ExitCode;

use pipeline::{Args, Run, Usage};

use crate::options::CommandLine;
use crate::wait::Wait;

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let command_line = CommandLine::read(&args)?;
    let mut run = Run::start()?;
    if let Some((name, value)) = &command_line.operands {
        run = run.given(vec![dns_cli::challenge(name, Some(value))]);
    }
    run.each_challenge(Wait::prepared(command_line))?;
    Ok(run.finish())
}
