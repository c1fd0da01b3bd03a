//! `acme-deploy`: hand new certificates to the services that use them.

use acme_deploy::PROGRAM;
use command::Usage;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, |_| Err(Usage::new("not there yet")))
}
