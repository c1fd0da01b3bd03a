//! Programs of the pipeline that run side by side, each reading what the one before writes: how they are started, how
//! signals reach them, and how they ended. acme-issue runs the steps of a round so, and acme-renew acme-issue itself.

mod check;
mod ended;
mod signals;
mod stages;
mod status;
mod step;

pub use check::check;
pub use ended::Ended;
pub use signals::Signals;
pub use stages::{Ends, Source, Stages, run_alone};
pub use status::{FAILED, WRONG_USAGE, status_of};
pub use step::{FOR_USERS_PROGRAMS, Step, for_users_programs};
