//! Waits until every server of a zone serves a value: each of their addresses is asked directly, until it is clear that
//! all do, or that waiting does not help, and why.

mod decision;
mod elsewhere;
mod error;
mod explain;
mod gone;
mod looks;
mod mistake;
mod observation;
mod observed;
mod pace;
mod queues;
mod reason;
mod recursive;
mod run_values;
mod sought;
mod target;
mod wait;
mod watcher;

pub use elsewhere::Elsewhere;
pub use error::{Cause, Error, Removal};
pub use mistake::Mistake;
pub(crate) use mistake::misspelling;
pub use observation::{History, Observation};
pub use observed::{Observed, ServerState, quoted};
pub use reason::Reason;
pub use recursive::{ResolverObservation, ResolversHaveIt, ResolversLackIt};
pub use run_values::{Others, RunValue, RunValues, Written};
pub use target::{MistakenValue, Polling, Target};
pub use wait::{Propagated, Propagation};
