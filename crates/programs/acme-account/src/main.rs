//! `acme-account`: register, show, change, import and end accounts at a CA.
//!
//! An account is a directory below `--path`, which the other programs find by the CA and the address. What the CA knows of
//! it comes out as a document; a key never does.

mod caa;
mod caa_records;
mod deactivate;
mod failure;
mod import;
mod list;
mod output;
mod place;
mod register;
mod rollover;
mod show;
mod update;

use crate::failure::Failure;
use crate::place::Place;
use acme_account::PROGRAM;
use command::{Args, Usage, give_up_rights};
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let done = match args.command() {
        "list" => list::list(&args),
        command => at_the_ca(command, &args),
    };
    if let Some(status) = acme_cli::status_of_signal() {
        return Ok(status);
    }
    match done {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Failure::Usage(usage)) => Err(usage),
        Err(failure) => {
            failure.say();
            Ok(ExitCode::FAILURE)
        }
    }
}

/// A command that has the CA say something. All of the command line is read before anything is done.
fn at_the_ca(command: &str, args: &Args) -> Result<(), Failure> {
    let place = Place::from_args(args)?;
    let work: Box<dyn FnOnce() -> Result<(), Failure>> = match command {
        "register" => register::prepare(args, place)?,
        "update" => update::prepare(args, place)?,
        "rollover" => rollover::prepare(args, place)?,
        "deactivate" => deactivate::prepare(args, place)?,
        "import" => import::prepare(args, place)?,
        "caa" => caa::prepare(args, place)?,
        _ => show::prepare(args, place)?,
    };
    give_up_rights(args)?;
    if command::is_only_checked() {
        return Ok(());
    }
    work()
}
