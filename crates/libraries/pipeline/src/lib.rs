//! What every program of the pipeline shares and none of them is about: the documents and their stream,
//! errors that travel with a document, the command line, signals, and what a person reads on stderr.
//!
//! A program is a table of options ([`Program`]) and a body that [`main`] calls with the parsed [`Args`].
//! The body starts a [`Run`], which reads documents from stdin, hands them to the program's work, writes
//! each one as soon as it is done, and knows the exit status at the end.

/// One heap for all threads: most of them wait, and glibc would keep one for each.
#[global_allocator]
static HEAP: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

mod document;
mod failure;
mod gate;
mod limits;
mod output;
mod pass_on;
mod reader;
mod run;
#[cfg(feature = "tokio")]
mod run_async;
mod stop;

pub mod message;
pub mod options;
pub mod value;

pub use document::{Document, Kind, Object, Outcome, Outcomes, has_error, is_deferred, is_open};
pub use failure::Failure;
pub use limits::OF_A_RECORD;
pub use options::{Args, Opt, Program, Stdin, Usage, Variable, main};
pub use output::{Gone, Output, is_pipe};
pub use reader::{Item, Reader};
pub use run::{Run, STACK, Threads};
#[cfg(feature = "tokio")]
pub use run_async::Step;
pub use serde_json::Value;
pub use stop::{Stop, StopReason};
