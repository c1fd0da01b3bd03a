//! Programs of the user's: dns01-exec has one for records, and acme-deploy and
//! acme-renew have some for certificates. One is found, or it is
//! said what is wrong with it; called, with its output by line on standard error; and its failure becomes a problem of
//! the document, with what a person can do about it.

mod call;
mod explain;
mod find;
pub mod hook;
pub mod mark;
mod remedy;

pub use call::{Call, Failure, call, short_name, time_to_end};
pub use explain::{Hint, quote};
pub use find::find;
