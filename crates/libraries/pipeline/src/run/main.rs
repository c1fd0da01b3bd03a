//! A program that reads documents, from its first instruction to its exit status.

use super::pass_on::pass_on;
use command::{Args, Program, Usage, message};
use std::process::ExitCode;

/// As [`command::main`]. Where the command line or the environment is wrong, it passes documents on with that error.
pub fn main(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
) -> ExitCode {
    command::run(program, body, |usage| {
        if let Err(error) = pass_on(program, std::env::args_os(), usage) {
            message::error(&error.to_string());
        }
    })
}
