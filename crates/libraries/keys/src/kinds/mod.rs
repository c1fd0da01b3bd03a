//! The kinds of key, a file each; `ecdsa` is what the curves have in common.

pub(crate) mod ec256;
pub(crate) mod ec384;
pub(crate) mod ecdsa;
pub(crate) mod ed25519;
pub(crate) mod rsa;
