//! `acme-import`: the folders of other ACME clients in, a document for each of their certificates out.
//!
//! It asks no CA, changes nothing in a folder, and runs nothing that stands there. What it takes is kept as if these programs
//! had ordered it, so that the next renewal is theirs, with the same account.

mod accounts;
mod configuration;
mod contents;
mod document;
mod folders;
mod import;
mod lock;
mod options;
mod places;
mod servers;
mod taken;
mod text;

use crate::folders::Folders;
use crate::import::Import;
use crate::options::Options;
use acme_import::PROGRAM;
use command::{Args, Usage, give_up_rights, message};
use pipeline::Run;
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main_of_first(&PROGRAM, run)
}

fn run(mut args: Args) -> Result<ExitCode, Usage> {
    let options = Options::from_args(&mut args)?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    let folders = Folders::find(&args)?;
    let words = folders.words();
    let _lock = match options.writes {
        true => {
            give_up_rights(&args)?;
            Some(lock::take(&options.path)?)
        }
        false => None,
    };
    let mut run = Run::start()?.given(Vec::new());
    if options.is_text {
        run = run.shown_as(text::of);
    }
    let mut import = Import::new(&options, &run);
    for folder in folders.found {
        import.folder(&folder.read());
    }
    if let Err(why) = configuration::keep(&options, &import.taken) {
        message::error(&why);
        run.fail();
    }
    folders::say_next(&options, &words, &import.taken);
    Ok(run.finish())
}
