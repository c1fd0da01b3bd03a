//! When a certificate is due for renewal, and why.

mod asking;
mod attempts;
mod changes;
mod decision;
mod facts;
mod known;
mod reason;
mod schedule;
mod state;
mod window;

pub use asking::is_to_be_asked;
pub use decision::{Decision, decide};
pub use facts::{Desired, Facts, RenewalAnswer};
pub use known::Known;
pub use reason::{Change, Reason, Schedule, tries_in_words};
pub use state::{Attempts, KnownWindow, RenewalState};
pub use window::Window;
