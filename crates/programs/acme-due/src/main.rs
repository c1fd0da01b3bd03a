//! `acme-due`: say which certificates are due for renewal, and write a request for each.

use acme_due::PROGRAM;
use command::Usage;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, |_| Err(Usage::new("not there yet")))
}
