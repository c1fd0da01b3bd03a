//! The JSON objects of RFC 8555, those that a CA sends and those that are sent to it, as far as they are used here.

mod account;
mod authorization;
mod challenge;
mod directory;
mod identifier;
mod json;
mod jws;
mod key_change;
mod order;
mod problem;
mod renewal_info;
mod revocation;
mod status;
mod zero_ssl;

pub use account::AccountObject;
pub(crate) use account::{AccountChange, NewAccount};
pub use authorization::Authorization;
pub(crate) use authorization::{NoChallenge, Offer};
pub use challenge::{Challenge, dns01_value};
pub(crate) use challenge::{ChallengeResponse, key_authorization};
pub use directory::{Directory, Meta};
pub use identifier::Identifier;
pub(crate) use json::FromJson;
pub use jws::Jws;
pub use key_change::KeyChange;
pub(crate) use order::Finalize;
pub use order::{NewOrder, Order};
pub use problem::{Problem, Subproblem};
pub use renewal_info::RenewalInfo;
pub use revocation::Revocation;
pub use status::Status;
pub(crate) use zero_ssl::ZeroSslReply;
