//! Accounts: who asks a CA (RFC 8555 §7.3), how one is registered, and where its key is kept.

mod archive;
mod changes;
mod contact;
mod file_name;
mod handle;
mod kept;
mod key_change;
mod keys;
mod lookup;
mod names;
mod refusal;
mod register;
mod registration;
mod store;
mod zero_ssl;

pub use handle::Account;
pub use kept::KeptAccount;
pub use key_change::{KeyChanged, new_key, new_key_path};
pub(crate) use key_change::{cancel as cancel_key_change, change as change_key};
pub use keys::AccountKeys;
pub(crate) use lookup::existing;
pub use registration::Registration;
pub use store::{AccountStore, Registered};
