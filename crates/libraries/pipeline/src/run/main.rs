//! A program that reads documents, from its first instruction to its exit status.

use super::pass_on::{begin_with, pass_on};
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

/// As [`command::main`], for a program that reads no documents and writes the first of a pipeline. Where the command line or
/// the environment is wrong, it writes a document with that error, so that the status of the last program tells.
pub fn main_of_first(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
) -> ExitCode {
    command::run(program, body, |usage| {
        if let Err(error) = begin_with(usage) {
            message::error(&error.to_string());
        }
    })
}
