//! The program's side of the exec protocol: what the programs share that change records at a DNS service. `dns01-exec`,
//! lego, terraform and whatever else runs such a program call it with the same words; dns01-exec(1) has them.
//!
//! A program is a table of options, whose commands are [`commands`], and a [`Service`] made of what they say. This crate
//! reads the words and batches, finds out to which zones the records go, hands the service the records of one zone after
//! the other, and says what failed and what can be done. No secret is printed: [`command::hide`] keeps those out that
//! [`command::Args::secret`] has not read itself.

mod answer;
mod batch;
mod change;
mod failure;
mod record;
mod serve;
mod service;
mod table;
mod words;
mod zones;

pub use answer::Answer;
pub use failure::Failure;
pub use record::{Raw, Record};
pub use serve::{main, serve};
pub use service::{Action, Change, Service};
pub use table::{
    CLEANUP, CLEANUP_BATCH, DRY_RUN, PRESENT, PRESENT_BATCH, TIMEOUT, ZONE, commands,
    polling_interval, propagation_timeout, ttl,
};
pub use words::words;
