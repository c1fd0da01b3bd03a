//! `dns01-service`: is called by the code of a DNS service, and becomes the program that serves it.

mod answer;
mod collection;
mod environment;
mod service;

use command::{Args, QUIET, Usage, VERBOSE};
use dns_program::TIMEOUT;
use dns01_service::{LIST, PROGRAM};
use services::{Prepared, Through};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    dns_program::main(&PROGRAM, |args| {
        if args.command() == LIST {
            return service::list(&args);
        }
        let done = run(&args);
        if let (TIMEOUT, Err(usage)) = (args.command(), &done) {
            answer::refuse(usage);
        }
        done
    })
}

fn run(args: &Args) -> Result<ExitCode, Usage> {
    let service = service::of(args)?;
    let prepared = environment::prepare(service, args)?;
    let program = collection::program(prepared.through, prepared.provider).map_err(Usage::new)?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    if args.command() == TIMEOUT && prepared.through != Through::Own {
        return answer::print(service, &prepared, args);
    }
    Err(becoming(&program, &prepared, args))
}

/// Becomes the program that serves the service. Returns only where that failed.
fn becoming(program: &Path, prepared: &Prepared, args: &Args) -> Usage {
    let mut words = vec![args.command().into()];
    if prepared.through == Through::Own {
        words.extend(args.hand_on(&[&QUIET, &VERBOSE]));
    }
    if !args.operands.is_empty() {
        // A value may begin with a hyphen.
        words.push("--".into());
        words.extend(args.operands.iter().cloned());
    }
    let mut command = Command::new(program);
    command.args(words).envs(collection::variables(prepared));
    let error = command.exec();
    Usage::new(format!("cannot run {}: {error}", program.display()))
}
