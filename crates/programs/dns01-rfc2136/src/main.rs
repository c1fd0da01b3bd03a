//! `dns01-rfc2136`: adds and removes the records of dns-01 challenges with dynamic updates, signed with a TSIG key, as a
//! program that `dns01-exec`, lego and others call.

mod key_file;
mod settings;
mod updates;
mod words;

use dns_program::{main as run, serve};
use dns01_rfc2136::PROGRAM;
use std::process::ExitCode;
use updates::Updates;

fn main() -> ExitCode {
    run(&PROGRAM, |args| serve(&args, Updates::from_args))
}
