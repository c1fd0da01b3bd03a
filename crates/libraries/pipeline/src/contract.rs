//! The contract between the programs and with their users, as acmepipe(7) has it: what a document is made of, a challenge
//! and its members, the one error that travels, and how large all of that may be. What reads and writes a member, trims a
//! document, keeps a record in the journal or describes the contract takes it from here.

mod challenge;
mod document;
mod expiry;
mod fit;
mod key;
mod label;
mod limits;
mod members;
mod name;
mod object;
mod problem;
mod size;
mod text;
mod time;
mod trim;
mod worth;

pub mod catalogue;
pub mod manual;
pub mod programs;
pub mod types;
pub mod value;

pub use challenge::Challenge;
pub use document::{Document, Kind, Outcome, Outcomes};
pub use expiry::{Ends, expired_order};
pub(crate) use fit::fit;
pub use key::Key;
pub(crate) use limits::{DEEPEST, LARGEST, MOST_VALUES};
pub use members::{CleanedUp, NameServer, Presented, Propagation};
pub use name::DomainName;
pub use object::Object;
pub use problem::{Problem, UNPAUSE_URL};
