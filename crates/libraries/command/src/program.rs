//! A program from its first instruction to its exit status.

use crate::args::Args;
use crate::table::{Program, QUIET, VERBOSE};
use crate::usage::Usage;
use crate::{message, pages, signals};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::OnceLock;

/// The exit status of a program whose command line or environment is wrong.
const WRONG_USAGE: u8 = 2;

static NAME: OnceLock<&'static str> = OnceLock::new();

/// The name of the running program, for messages and for the `program` member of an error.
pub fn name() -> &'static str {
    NAME.get().copied().unwrap_or("acmepipe")
}

/// Runs a program: parses the command line, answers `--help`, `--version` and `--generate`, and calls `body`. A command
/// line or an environment that is wrong exits 2, after a line on stderr.
pub fn main(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
) -> ExitCode {
    run(program, body, |_| ())
}

/// As [`main`], and calls `refuse` where the command line or the environment is wrong, once that has been said.
pub fn run(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
    refuse: impl FnOnce(&Usage),
) -> ExitCode {
    let _ = NAME.set(program.name);
    message::set_prefix(program.name);
    signals::not_ignored();
    let result = Args::parse(program, std::env::args_os()).and_then(|args| match args.page() {
        Some(page) => {
            // A reader that went away has seen enough.
            let _ =
                std::io::stdout().write_all(pages::page(program, args.named(), page)?.as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        None => {
            message::set_verbosity(
                i8::from(args.is_given(&VERBOSE)) - i8::from(args.is_given(&QUIET)),
            );
            body(args.with_command()?)
        }
    });
    result.unwrap_or_else(|usage| {
        message::error(&usage.to_string());
        refuse(&usage);
        ExitCode::from(WRONG_USAGE)
    })
}
