//! `acme-list`: list certificates, until when they are valid, and how their last run went.
//!
//! It asks nobody, and changes nothing, but with `--restore`. What cannot be read is shown as such, and hides no other.

mod accounts;
mod archives;
mod certificate;
mod certificates_list;
mod json;
mod leftovers;
mod options;
mod output;
mod prometheus;
mod restore;
mod table;
mod words;

use crate::options::{Options, What};
use acme_list::PROGRAM;
use certificates::Store;
use command::{Args, Usage, message, state_directory};
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, list)
}

fn list(args: Args) -> Result<ExitCode, Usage> {
    let options = Options::from_args(&args)?;
    let path = state_directory(&args)?;
    let store = Store::new(&path);
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    let is_all_well = match &options.what {
        What::Certificates => certificates_list::list(&store, &path, &options),
        What::Accounts => accounts::list(&path, &options),
        What::Archives => archives::list(&store, &options),
        What::Restore(version) => restore::restore(&store, version, &options.names),
    };
    Ok(match is_all_well {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            message::error(&why);
            ExitCode::FAILURE
        }
    })
}
