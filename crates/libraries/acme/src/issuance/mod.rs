//! From an order to its certificate (RFC 8555 §7.4, §7.5). What decides is apart from what asks the CA: `order_state`,
//! `outcome` and `poll` are pure functions.

mod certificate;
mod deactivation;
mod finalize;
mod order_state;
mod orders;
mod outcome;
mod poll;
mod replacement;
mod resource;
mod revocation;
mod validation;
mod wait;

pub use certificate::Download;
pub use outcome::ChallengeOutcome;
pub use resource::Resource;
pub use revocation::Revoked;
pub use validation::{ReadyChallenge, Validated};
