//! `acme-list`: list certificates, until when they are valid, and how their last run went.
//!
//! It asks nobody, and changes nothing, but with `--restore`. What cannot be read is shown as such, and hides no other.

mod accounts;
mod archives;
mod certificate;
mod certificate_names;
mod certificates_list;
mod certificates_table;
mod failure;
mod json;
mod leftovers;
mod options;
mod output;
mod prometheus;
mod restore;
mod words;

use crate::certificate::Asked;
use crate::failure::Failure;
use crate::options::{Options, What};
use acme_list::{PROGRAM, SETTINGS};
use certificates::Store;
use command::{Args, Usage, message, state_directory};
use configuration::Configuration;
use restore::Restoring;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, list)
}

fn list(mut args: Args) -> Result<ExitCode, Usage> {
    let configuration = Configuration::from_args(&mut args, SETTINGS)?;
    let options = Options::from_args(&args)?;
    let path = state_directory(&args)?;
    let store = Store::new(&path);
    let asked = configuration.as_ref().map(asked).transpose()?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    command::note_missing_directory(&args)?;
    let asked = asked.unwrap_or_default();
    let is_all_well = match &options.what {
        What::Certificates => certificates_list::list(&store, &path, &options, &asked),
        What::Accounts => accounts::list(&path, &options).map_err(Failure::Failed),
        What::Archives => archives::list(&store, &options),
        What::Restore(version) => {
            let to = Restoring {
                store: &store,
                path: &path,
                configuration: configuration.as_ref(),
                asked: &asked,
            };
            restore::restore(&to, version, &options)
        }
    };
    Ok(match is_all_well {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Failure::Usage(usage)) => return Err(usage),
        Err(Failure::Failed(why)) => {
            message::error(&why);
            ExitCode::FAILURE
        }
    })
}

/// What the configuration asks for.
fn asked(configuration: &Configuration) -> Result<Vec<Asked<'_>>, Usage> {
    let asked = configuration.certificates.iter().map(|entry| {
        Ok(Asked {
            entry,
            configured: configuration.asks_for(entry, acme::directory_url)?,
        })
    });
    asked.collect()
}
