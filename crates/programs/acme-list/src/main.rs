//! `acme-list`: list certificates, until when they are valid, and how their last run went.

use acme_list::PROGRAM;
use command::Usage;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, |_| Err(Usage::new("not there yet")))
}
