//! The certificate store: where certificates are kept.
//!
//! ```text
//! certificates/
//!   example.com -> .versions/example.com/04a1…-x7Fq2P     what servers read
//!   .versions/example.com/04a1…-x7Fq2P/                    privkey.pem cert.pem chain.pem fullchain.pem order.json …
//!   .versions/example.com/03be…-Kd81mm/                    the one before
//!   .archive/example.com/2026…-p3Xw9a/                     what was moved aside: link, versions, state, moved.json
//!   .state/example.com/renewal.json deploy.json …         what later programs keep of it
//!   .pending/<hash of an order's URL>.pem                  the key of an order that is not done
//! ```
//!
//! A version is complete and on disk before one rename puts the link to it in place of the old one: whoever opens
//! the directory sees a key and a chain that belong together. The version before stays, for those who opened it just
//! then.

mod archive;
mod copy;
mod entry;
mod fingerprint;
mod layout;
mod lego;
mod lock;
mod look;
mod names;
mod outputs;
mod pending;
mod record;
mod replacement;
mod restore;
mod root;
mod served;
mod version;
mod versions;

pub use archive::Archived;
pub use copy::Ownership;
pub use entry::{Entry, Installed};
pub use look::{Health, Look};
pub use names::Names;
pub use outputs::Outputs;
pub use record::{AccountRecord, Options, OrderRecord};
pub use root::Store;
pub use served::Files;
pub use version::Note;
pub use versions::Version;

#[cfg(test)]
mod tests;
