//! `dns-wait-txt`: waits until every authoritative name server serves each challenge's value.

mod beside;
mod ca_cache;
mod options;
mod progress;
mod table;
mod wait;

use std::process::ExitCode;

use command::{Args, Usage};
use dns_wait_txt::PROGRAM;
use pipeline::Run;

use crate::options::Config;
use crate::wait::Wait;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::read(&args)?;
    command::give_up_rights(&args)?;
    let mut run = Run::start()?;
    match config.named.clone() {
        Some(challenge) => run = run.given(vec![challenge.into()]),
        None => dns_cli::say_reads_terminal("FQDN and VALUE belong"),
    }
    run.each_challenge(Wait::prepared(config))?;
    Ok(run.finish())
}
