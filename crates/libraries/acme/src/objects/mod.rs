//! The JSON objects of RFC 8555, those that a CA sends and those that are sent to it, as far as they are used here.

mod account;
mod authorization;
mod challenge;
mod challenge_type;
mod directory;
mod identifier;
mod json;
mod jws;
mod key_change;
mod limit;
mod order;
mod problem;
mod renewal_info;
mod revocation;
mod status;
mod time;

pub(crate) use account::NewAccount;
pub use authorization::Authorization;
pub(crate) use authorization::{Deactivation, NoChallenge, Offer};
pub use challenge::{Challenge, dns01_value};
pub(crate) use challenge::{ChallengeResponse, key_authorization};
pub use challenge_type::ChallengeType;
pub use directory::{Directory, Meta, Profile};
pub use identifier::Identifier;
pub(crate) use json::FromJson;
pub use jws::Jws;
pub use key_change::KeyChange;
pub use limit::Limit;
pub(crate) use order::Finalize;
pub use order::{NewOrder, Order};
pub use problem::{Problem, Subproblem};
pub use renewal_info::RenewalInfo;
pub use revocation::Revocation;
pub use status::Status;
pub use time::rfc3339;
