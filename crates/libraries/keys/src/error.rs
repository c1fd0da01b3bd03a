//! What can be wrong with a key.

use std::fmt;

/// Why there is no key, or no signature. Its text is worded to follow the name of the key: "the account's key /a/b holds
/// no private key in PEM".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The file cannot be read, for this reason.
    Read(String),
    /// There is no private key in the text.
    NoKey,
    /// The key is encrypted with a passphrase.
    Encrypted,
    /// The catalogue has no key of this algorithm or curve.
    Unsupported(String),
    /// An EC key is stored without its public key, or with a compressed one; neither can be computed here.
    NoPublicKey,
    /// The key is damaged, too small, or its parts do not belong together.
    Refused(String),
    /// The system gives no randomness.
    NoRandomness,
    /// There is only the public key, and nothing that signs with the private one.
    Elsewhere,
    /// What signs elsewhere gave no signature, for this reason.
    Remote(String),
    /// What signs elsewhere gave something of so many bytes that is no signature of this key.
    OtherSignature(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read(why) => write!(f, "cannot be read: {why}"),
            Error::NoKey => f.write_str("holds no private key in PEM"),
            Error::Encrypted => f.write_str("holds a key that is encrypted with a passphrase"),
            Error::Unsupported(kind) => {
                write!(f, "holds a key of a kind that is not supported: {kind}")
            }
            Error::NoPublicKey => {
                f.write_str("holds an EC key without its public key in uncompressed form")
            }
            Error::Refused(why) => write!(f, "holds a key that is refused: {why}"),
            Error::NoRandomness => f.write_str("needs randomness, and the system gives none"),
            Error::Elsewhere => {
                f.write_str("holds a public key only, and nothing is named that signs for it")
            }
            Error::Remote(why) => write!(f, "failed: {why}"),
            Error::OtherSignature(0) => f.write_str("failed: the program gave no signature"),
            Error::OtherSignature(length) => write!(
                f,
                "failed: the program gave {length} bytes that are no signature of this message with the account's key"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<pkcs8::der::Error> for Error {
    fn from(error: pkcs8::der::Error) -> Error {
        Error::Refused(error.to_string())
    }
}

impl From<ring::error::KeyRejected> for Error {
    fn from(error: ring::error::KeyRejected) -> Error {
        Error::Refused(error.to_string())
    }
}

/// ring fails without saying why; when it makes a key or signs, there is one reason only.
impl From<ring::error::Unspecified> for Error {
    fn from(_: ring::error::Unspecified) -> Error {
        Error::NoRandomness
    }
}
