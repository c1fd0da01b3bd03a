//! The exec protocol: how the user's program is called for a challenge, as lego calls it, what its environment says
//! beside that, what it answers, and what its failures mean.

pub(crate) mod batch;
mod call;
pub(crate) mod challenge;
mod environment;
mod explain;
mod find;
pub(crate) mod mark;
mod program;
mod propagation;

pub(crate) use challenge::Challenge;
pub(crate) use find::find;
pub(crate) use program::{Action, KEPT_OUTPUT, UserProgram};
pub(crate) use propagation::Propagation;
