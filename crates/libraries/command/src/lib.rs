//! What the person who runs a program sees of it: a table of commands and options, from which the command line is
//! parsed and `--help`, the man page and the completions are made; messages and progress on stderr; signals; and where
//! files are kept. It knows nothing of documents: a program that reads none needs no more than this.

mod args;
mod environment;
mod jitter;
mod journal;
mod mask;
mod nearest;
mod open_secret;
mod parent;
mod path;
mod print;
mod program;
mod rights;
mod secret;
mod signals;
mod state_directory;
mod stop;
mod table;
mod usage;
mod variable;
mod warned;
mod wrong_line;

pub mod columns;
pub mod duration;
pub mod message;
pub mod pages;
pub mod progress;
pub mod question;
pub mod text;

pub use args::Args;
pub use jitter::{LONGEST_JITTER, NO_SLEEP, chance, jitter};
pub use mask::{hide, masked};
pub use nearest::{nearest, with_parts_of, within};
pub use open_secret::warn_of_open_secret;
pub use parent::PARENT;
pub use print::{print, show};
pub use program::{CHECK, beside, is_only_checked, main, name, run, run_words};
pub use rights::{give_up_rights, given_up_place};
pub use secret::{credential, credential_names};
pub use signals::{handled_signals, on_each_signal, signal_name, wait_for_signal};
pub use state_directory::{
    PATH, note_missing_directory, path_words, state_directories, state_directory,
};
pub use stop::{Stop, StopReason, is_pipe};
pub use table::{
    Command, Completion, HandedOn, Kind, List, Opt, Program, QUIET, Stdin, Touch, VERBOSE, Variable,
};
pub use usage::Usage;
pub use warned::{WARNED, warn_of_settings};
