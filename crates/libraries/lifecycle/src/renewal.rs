//! When a certificate is due for renewal, and why.

mod asking;
mod attempts;
mod changes;
mod decision;
mod desired;
mod facts;
mod inspection;
mod metadata;
mod reason;
mod schedule;
mod state;
mod window;

pub use asking::is_to_be_asked;
pub use decision::{Decision, decide, decide_unasked};
pub use desired::Desired;
pub use facts::{Facts, RenewalAnswer};
pub use inspection::{Configured, Inspection, RecordFault, revocation_fault};
pub use metadata::Metadata;
pub use reason::{Change, Reason, Schedule, tries_in_words};
pub use state::{Attempts, RenewalState, SuggestedWindow};
pub use window::Window;
