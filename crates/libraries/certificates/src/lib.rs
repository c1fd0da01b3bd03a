//! Certificates: requests for them (RFC 2986), what stands in them (RFC 5280), chains of them, and the certificate store
//! on disk.
//!
//! A [`Chain`] is what a CA hands out; it is checked against the key and the names that it was ordered for, and for a
//! valid path. The [`Store`] keeps it where servers read it.

mod certificate;
mod chain;
mod error;
mod holder;
mod path;
mod pfx;
mod request;
mod signing_request;
mod store;
mod validity;

#[cfg(test)]
mod testing;

pub use certificate::Certificate;
pub use chain::Chain;
pub use error::{Error, Result};
pub use holder::Holder;
pub use path::PathCheck;
pub use pfx::{Pfx, PfxFormat};
pub use request::{Wishes, request};
pub use signing_request::SigningRequest;
pub use store::{
    AccountRecord, Archived, Entry, Files, Health, Installed, Look, Names, Note, Options,
    OrderRecord, Outputs, Ownership, Store, Version,
};
pub use validity::{Moment, Validity, rfc3339};
