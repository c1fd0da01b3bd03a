//! How long to wait after failures that come again and again: CAs limit how many validations of a name an account may have
//! fail in an hour, and pause an account whose validations fail for months.
//!
//! [`pause`] is how long. [`Failures`] keeps, for each name of an account, how often its validation has failed in a row, so
//! that a program which a broken cron job starts every minute knows of the runs before.

mod failures;
mod pause;
mod record;
mod time;

pub use failures::Failures;
pub use pause::pause;
pub use record::{Failed, Held};
