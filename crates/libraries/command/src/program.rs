//! A program from its first instruction to its exit status.

use crate::args::{Args, Page};
use crate::print::show;
use crate::table::{Program, QUIET, VERBOSE};
use crate::usage::Usage;
use crate::{message, pages, parent, signals};
use std::ffi::OsString;
use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a program whose command line or environment is wrong.
const WRONG_USAGE: u8 = 2;

/// The word after `--generate` by which a caller asks whether the rest of the command line is right.
pub const CHECK: &str = "check";

static NAME: OnceLock<&'static str> = OnceLock::new();
static IS_ONLY_CHECKED: AtomicBool = AtomicBool::new(false);

/// The name of the running program, for messages and for the `program` member of an error.
pub fn name() -> &'static str {
    NAME.get().copied().unwrap_or("acmepipe")
}

/// Whether the command line is only checked: with `--generate check` a program ends once it knows that it could start.
pub fn is_only_checked() -> bool {
    IS_ONLY_CHECKED.load(Ordering::Relaxed)
}

/// The program of this name in the directory of the running one, if there is one.
pub fn beside(name: &str) -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name(name);
    path.exists().then_some(path)
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
    run_words(program, std::env::args_os(), body, refuse)
}

/// As [`run`], with these words as its command line, the program's own name before them.
pub fn run_words(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
    refuse: impl FnOnce(&Usage),
) -> ExitCode {
    end_on_panic();
    let _ = NAME.set(program.name);
    message::set_prefix(program.name);
    signals::not_ignored();
    parent::end_with_it();
    let result = Args::parse(program, words).and_then(|args| match args.page() {
        Some(Page::Named(name)) if name != CHECK => {
            Ok(show(&pages::page(program, args.named(), name)?))
        }
        Some(Page::List(text)) => Ok(show(&text())),
        page => {
            IS_ONLY_CHECKED.store(page.is_some(), Ordering::Relaxed);
            let times = i8::try_from(args.times(&VERBOSE)).unwrap_or(i8::MAX);
            message::set_verbosity(times - i8::from(args.is_given(&QUIET)));
            body(args.with_command()?)
        }
    });
    result.unwrap_or_else(|usage| {
        message::error(&usage.to_string());
        refuse(&usage);
        ExitCode::from(WRONG_USAGE)
    })
}

/// Has a thread that panics end the program, however it was built: it holds a document that nobody would wait for, and no
/// process is better than one that hangs.
fn end_on_panic() {
    let say = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        say(panic);
        std::process::abort();
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    /// Has this test run once more, in a program that panics.
    const PANICS: &str = "ACMEPIPE_TEST_PANICS";

    #[test]
    fn a_thread_that_panics_ends_the_program() {
        if std::env::var_os(PANICS).is_some() {
            end_on_panic();
            let _ = std::thread::spawn(|| panic!("a thread that panics")).join();
            std::process::exit(0);
        }
        let this = std::env::current_exe().expect("this program");
        let output = Command::new(this)
            .args(["a_thread_that_panics_ends_the_program", "--nocapture"])
            .env(PANICS, "yes")
            .output()
            .expect("started");
        let aborted = 6;
        assert_eq!(output.status.signal(), Some(aborted), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("a thread that panics"), "{said}");
    }
}
