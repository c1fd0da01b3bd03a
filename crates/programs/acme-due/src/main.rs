//! `acme-due`: certificates of the store in, requests for those that are due out.
//!
//! It looks at each certificate's files, asks its CA when that wants it to be renewed, decides, and keeps what the next run
//! has to know. A request is an order document that acme-order takes as it takes a line of names.

mod asking;
mod candidates;
mod due;
mod failing;
mod inspected;
mod need;
mod options;
mod outages;
mod request;
mod state;

use crate::asking::Cas;
use crate::due::Due;
use crate::options::Options;
use acme_due::{NOT_TRIED, PROGRAM, SETTINGS};
use certificates::Store;
use command::{Args, Usage, message};
use configuration::Configuration;
use pipeline::Run;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main_of_first(&PROGRAM, run)
}

fn run(mut args: Args) -> Result<ExitCode, Usage> {
    if args.flag(&NOT_TRIED)? && args.operands.is_empty() {
        return Err(Usage::new(format!(
            "--{} is about the certificates that are named, and there is no name",
            NOT_TRIED.long
        )));
    }
    let configuration = Configuration::from_args(&mut args, SETTINGS)?;
    if let Some(configuration) = &configuration {
        configuration.check_challenges(acme::ChallengeType::parse_list)?;
    }
    let options = Options::from_args(&args)?;
    let is_missing = command::note_missing_directory(&args)?;
    if is_missing && configuration.is_none() && args.operands.is_empty() {
        // It stays missing, so that the next run says it again.
        return Ok(due::nothing(&options));
    }
    let store = Store::new(&command::state_directory(&args)?);
    if args.flag(&NOT_TRIED)? {
        command::give_up_rights(&args)?;
        return Ok(take_back(&store, &args.operands));
    }
    let chosen = candidates::certificates(&store, configuration.as_ref(), &args.operands)?;
    let (client, cancellation) = acme_cli::client(&args)?;
    command::give_up_rights(&args)?;

    let run = Run::start()?.given(Vec::new());
    run.stop().on_stop(move |_| cancellation.cancel());
    let cas = Cas::new(client, options.jobs);
    let mut due = Due::new(options, store, cas, run, chosen.left_alone);
    due.each(&chosen.certificates);
    Ok(due.finish())
}

/// Takes back the last try for each certificate that is kept under one of these names. One that is gone has none.
fn take_back(store: &Store, names: &[OsString]) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for name in names {
        let name = name.to_string_lossy();
        if let Err(error) = state::take_back_try(store, &name) {
            message::error(&format!("{name}: {error}"));
            status = ExitCode::FAILURE;
        }
    }
    status
}
