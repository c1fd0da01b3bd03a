//! The command line: each program declares its options once, in a table, and parsing, `--help`, the man page's
//! OPTIONS and ENVIRONMENT and the shell completions come from it.

mod args;
mod completions;
mod help;
// `make man` asks debug builds for it; what is installed has no use for it.
#[cfg(debug_assertions)]
mod mdoc;

pub(crate) use args::operands;
pub use args::{Args, Usage};

use crate::pass_on::pass_on;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::OnceLock;

/// One option of a program.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// The long name, without dashes.
    pub long: &'static str,
    /// The letter.
    pub short: Option<char>,
    /// What its value is called in the help; an option without one is a flag.
    pub value: Option<&'static str>,
    /// The environment variable that stands in where the option is not given.
    pub variable: Option<&'static str>,
    /// What holds where neither is given, for the help alone.
    pub default: Option<&'static str>,
    /// Whether it can be given more than once, and its value can be a list with commas.
    pub list: bool,
    /// One line for `--help`.
    pub help: &'static str,
    /// The text of the man page after that line; mdoc macros on lines of their own are allowed.
    pub long_help: &'static str,
}

impl Opt {
    /// A flag or option with nothing but a name and a line of help, to be spelled out with `..`.
    pub const fn new(long: &'static str, help: &'static str) -> Opt {
        Opt {
            long,
            short: None,
            value: None,
            variable: None,
            default: None,
            list: false,
            help,
            long_help: "",
        }
    }
}

/// An environment variable that no option stands for.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// One line for the man page; `--help` has room for the name alone.
    pub help: &'static str,
}

/// What a program reads where its command line names nothing to work on.
#[derive(Debug, Clone, Copy)]
pub enum Stdin {
    /// Documents, always.
    Documents,
    /// Documents, unless operands name something.
    DocumentsOrOperands,
    /// Documents, unless operands name something or the command is another.
    DocumentsOfCommands {
        /// The commands that read documents.
        readers: &'static [&'static str],
        /// Those that do not.
        others: &'static [&'static str],
        /// An option with which none does.
        without: &'static str,
    },
    /// Names, each line for an order.
    Names,
}

/// A program as a person sees it.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Ways to call it, without the program's name.
    pub usage: &'static [&'static str],
    /// What it reads.
    pub stdin: Stdin,
    /// Its own options; `-q`, `-v`, `--help` and `--version` come by themselves.
    pub options: &'static [Opt],
    /// The variables that no option stands for.
    pub variables: &'static [Variable],
}

/// The options that every program has.
const COMMON: &[Opt] = &[
    Opt {
        short: Some('q'),
        long_help: "Warnings and progress are left out; errors are not.",
        ..Opt::new("quiet", "say nothing but errors")
    },
    Opt {
        short: Some('v'),
        ..Opt::new("verbose", "say what is being done")
    },
    Opt {
        short: Some('h'),
        ..Opt::new("help", "show this help and exit")
    },
    Opt {
        short: Some('V'),
        ..Opt::new("version", "show the version and exit")
    },
];

/// What distributors and `make` ask for with `--generate`.
const GENERATE: &str = "generate";

static NAME: OnceLock<&'static str> = OnceLock::new();

/// The name of the running program, for messages and for the `program` member of an error.
pub fn program_name() -> &'static str {
    NAME.get().copied().unwrap_or("acmepipe")
}

impl Program {
    /// Its own options, then those that every program has.
    fn all(&self) -> impl Iterator<Item = &'static Opt> + use<> {
        self.options.iter().chain(COMMON)
    }

    fn find(&self, long: &str) -> Option<&'static Opt> {
        self.all().find(|option| option.long == long)
    }
}

/// Runs a program: parses the command line, answers `--help`, `--version` and `--generate`, and calls `body`.
/// A command line or an environment that is wrong exits 2, after a line on stderr; documents go on with that for their
/// error.
pub fn main(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
) -> ExitCode {
    let _ = NAME.set(program.name);
    let result = Args::parse(program, std::env::args_os()).and_then(|args| match args.page() {
        Some(page) => print(program, &page).map(|()| ExitCode::SUCCESS),
        None => {
            let level = i8::from(args.is_given("verbose")) - i8::from(args.is_given("quiet"));
            crate::message::set_verbosity(level);
            body(args)
        }
    });
    result.unwrap_or_else(|usage| {
        crate::message::complain(&usage.to_string());
        if let Err(error) = pass_on(program, std::env::args_os(), &usage) {
            crate::message::complain(&error.to_string());
        }
        ExitCode::from(2)
    })
}

/// The text with a capital letter at its start.
fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn print(program: &Program, page: &str) -> Result<(), Usage> {
    let text = match page {
        "help" => help::page(program),
        "version" => format!("{} {}\n", program.name, env!("CARGO_PKG_VERSION")),
        #[cfg(debug_assertions)]
        "mdoc" => mdoc::sections(program),
        "bash" => completions::bash(program),
        "zsh" => completions::zsh(program),
        "fish" => completions::fish(program),
        other => {
            return Err(Usage::new(format!(
                "--generate takes bash, zsh or fish, not `{other}`"
            )));
        }
    };
    // A reader that went away has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}
