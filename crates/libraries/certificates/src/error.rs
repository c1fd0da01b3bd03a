//! What can go wrong with certificates.

use crate::validity::{Validity, rfc3339};
use rustix::io::Errno;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A result with this library's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// What should be a chain is no text with certificates in PEM and nothing else.
    NoChain,
    /// The chain has this many certificates, more than any chain has.
    TooLong(usize),
    /// A certificate of the chain cannot be read.
    Unreadable {
        /// Its position: 0 is the leaf.
        index: usize,
        /// Why not.
        why: String,
    },
    /// The leaf is not for this name.
    NameMissing(String),
    /// A certificate of the chain may not issue others, or not those of servers.
    NoIssuer {
        /// Its position: 0 is the leaf.
        index: usize,
        /// Why not.
        why: &'static str,
    },
    /// The chain does not lead from the leaf to its last certificate.
    BrokenPath(String),
    /// The chain is not valid by the system's clock, and a good one is installed.
    NotValid {
        /// When it is valid.
        validity: Validity,
        /// The system's clock.
        now: SystemTime,
    },
    /// No key in the store is the one that the certificate is for.
    NoKey {
        /// Where the store is.
        store: PathBuf,
    },
    /// A key cannot be made or used.
    Key(keys::Error),
    /// What should be a certificate request is none that can be used.
    SigningRequest {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The file of PKCS#12 cannot be made.
    Pfx(String),
    /// No request can be made.
    Request(String),
    /// A certificate's name cannot be that of a directory.
    Name(String),
    /// Where the link of a certificate belongs there is something else.
    Occupied(PathBuf),
    /// A file or directory cannot be read or written.
    File {
        /// What was to be done: `write`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The CA has issued the certificate, and its files cannot be written.
    Install {
        /// Where servers read it.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl Error {
    pub(crate) fn file(doing: &'static str, path: &Path, why: impl fmt::Display) -> Error {
        Error::File {
            doing,
            path: path.to_owned(),
            why: why.to_string(),
        }
    }

    /// Whether a file cannot be written since there is no room for it: the disk is full, or what this user may have of it.
    pub fn is_for_want_of_room(&self) -> bool {
        let (Error::File { why, .. } | Error::Install { why, .. }) = self else {
            return false;
        };
        [Errno::NOSPC, Errno::DQUOT]
            .into_iter()
            .any(|full| why.contains(&io::Error::from(full).to_string()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoChain => f.write_str("the CA's chain is not a chain of certificates in PEM"),
            Error::TooLong(count) => write!(f, "the CA's chain has {count} certificates"),
            Error::Unreadable { index, why } => {
                write!(f, "the CA's chain: {} cannot be read: {why}", which(*index))
            }
            Error::NameMissing(name) => {
                write!(
                    f,
                    "the CA's certificate is not for {name}, which was ordered"
                )
            }
            Error::NoIssuer { index, why } => {
                write!(f, "the CA's chain: {} {why}", which(*index))
            }
            Error::BrokenPath(why) => {
                write!(
                    f,
                    "the CA's chain does not lead from its first certificate to its last: {why}"
                )
            }
            Error::NotValid { validity, now } => write!(
                f,
                "the CA's certificate is valid from {} to {}, and the system's clock says {}; the one that is installed \
                 is valid, and stays",
                rfc3339(validity.not_before),
                rfc3339(validity.not_after),
                rfc3339(*now)
            ),
            Error::NoKey { store } => write!(
                f,
                "the CA's certificate is for a key that is not in {}",
                store.display()
            ),
            Error::Key(error) => write!(f, "the certificate's key {error}"),
            Error::Request(why) => write!(f, "no certificate request can be made: {why}"),
            Error::Pfx(why) => write!(f, "no file of PKCS#12 can be made: {why}"),
            Error::SigningRequest { path, why } => {
                write!(f, "the certificate request {} {why}", path.display())
            }
            Error::Name(name) => {
                let name = name.escape_debug();
                write!(f, "`{name}` cannot be the name of a directory")
            }
            Error::Occupied(path) => {
                write!(
                    f,
                    "in the certificate's place is something else: cannot replace {}: it is not a link to a version",
                    path.display()
                )
            }
            Error::File { doing, path, why } => {
                write!(f, "cannot {doing} {}: {why}", path.display())
            }
            Error::Install { path, why } => write!(f, "cannot write {}: {why}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

impl From<keys::Error> for Error {
    fn from(error: keys::Error) -> Error {
        Error::Key(error)
    }
}

/// What to call the certificate in this position.
fn which(index: usize) -> String {
    match index {
        0 => "its first certificate".to_owned(),
        _ => format!("its certificate number {}", index + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_reasons() {
        for (errno, expected) in [
            (Errno::NOSPC, true),
            (Errno::DQUOT, true),
            (Errno::ROFS, false),
        ] {
            let path = Path::new("/d/a");
            let why = io::Error::from(errno);
            let install = Error::Install {
                path: path.to_owned(),
                why: why.to_string(),
            };
            for error in [install, Error::file("write", path, why)] {
                assert_eq!(error.is_for_want_of_room(), expected, "{error}");
            }
        }
        assert!(!Error::NoChain.is_for_want_of_room());
    }
}
