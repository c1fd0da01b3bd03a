//! What the programs of a pipeline share: the contract between them, the stream of documents, and the run of a program
//! over it.
//!
//! A program is a table ([`command::Program`]) and a body that [`main`] calls with the parsed arguments. The body starts a
//! [`Run`], which reads documents from stdin, hands them to the program's work, writes each one as soon as it is done, and
//! knows the exit status at the end.

mod contract;
mod run;
mod stream;

pub use contract::{
    Challenge, CleanedUp, Document, DomainName, Ends, Key, Kind, NameServer, Object, Outcome,
    Outcomes, Presented, Problem, Propagation, UNPAUSE_URL, catalogue, expired_order, manual,
    programs, types, value,
};
#[cfg(feature = "tokio")]
pub use run::Step;
pub use run::{Request, Run, STACK, Threads, main, main_of_first};
pub use serde_json::Value;
pub use stream::{Dropped, Gone, Item, Output, Piece, Reader};
