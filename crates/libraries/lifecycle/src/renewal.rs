//! When a certificate is due for renewal, and why.

mod decision;
mod facts;
mod state;

pub use decision::{Decision, Reason, decide};
pub use facts::{Desired, Facts, Health, RenewalAnswer, Window};
pub use state::{Attempts, KnownWindow, RenewalState};
