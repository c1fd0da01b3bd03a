//! `acme-revoke`: revoke a certificate, and move it aside.

use acme_revoke::PROGRAM;
use command::Usage;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, |_| Err(Usage::new("not there yet")))
}
