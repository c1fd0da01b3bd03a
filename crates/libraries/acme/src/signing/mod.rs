//! JSON Web Signatures (RFC 7515) as ACME has them (RFC 8555 §6.2): one builder for requests of accounts, and for what
//! else is signed.

mod external_account;
mod jws;
mod key_change;

pub use external_account::{BindingKeyError, ExternalAccount};
pub(crate) use jws::{Header, KeyId, sign};
