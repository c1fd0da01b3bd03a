//! `acme-revoke`: revoke a certificate, and move it aside.
//!
//! Whatever is named has to be there before the CA is asked for anything. The account that ordered a certificate asks for
//! its revocation, or the certificate's own key does. That it is revoked is kept, and what still uses it is said.

mod question;
mod reason;
mod records;
mod remaining;
mod revoker;
mod subject;

use acme_cli::JOBS;
use acme_revoke::{PROGRAM, SETTINGS};
use command::{Args, Usage, give_up_rights, state_directory};
use configuration::Configuration;
use parallel::Workers;
use revoker::Revoker;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, revoke)
}

fn revoke(mut args: Args) -> Result<ExitCode, Usage> {
    let given = Configuration::from_args(&mut args, SETTINGS)?;
    let directory = state_directory(&args)?;
    let configuration = match given {
        None => Configuration::of_root(&directory),
        Some(given) => {
            given.check_cas(acme::directory_url)?;
            Some(given).filter(|given| !given.is_of_another(&directory))
        }
    };
    let subjects = subject::find(&args)?;
    let mut reason = reason::of(&args)?;
    let (client, cancellation) = acme_cli::client(&args)?;
    acme_cli::end_on_signal(&args, &cancellation)?;
    give_up_rights(&args)?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    if !question::agree(&args, &subjects, &mut reason)? {
        return Ok(ExitCode::FAILURE);
    }
    let revoker = Revoker::new(&args, client, reason, configuration)?;
    let workers = Workers::new(args.count(&JOBS)?.unwrap_or(1));
    let results = parallel::map(workers, &subjects, |subject| revoker.revoke(subject));
    let status = match results.into_iter().all(|is_revoked| is_revoked) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    Ok(acme_cli::status_of_signal().unwrap_or(status))
}
