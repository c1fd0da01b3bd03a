//! Accounts: who asks a CA (RFC 8555 §7.3), how one is registered, and where its key is kept.

mod contact;
mod file_name;
mod handle;
mod register;
mod registration;
mod store;

pub use handle::Account;
pub use registration::Registration;
pub use store::{AccountStore, Registered};
