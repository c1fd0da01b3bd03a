//! The files of a certificate that servers read.

use super::layout::{self, Layout};
use std::path::{Path, PathBuf};

/// What servers read of a certificate, by paths that stay the same when it is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The key; none where it is elsewhere.
    pub key: Option<PathBuf>,
    /// The certificate alone.
    pub cert: PathBuf,
    /// Those above it.
    pub chain: PathBuf,
    /// All of them.
    pub full_chain: PathBuf,
    /// Key and all of them, in PEM, where that is written.
    pub combined: Option<PathBuf>,
    /// The same in PKCS#12.
    pub pfx: Option<PathBuf>,
    /// The directory that they are in.
    pub directory: PathBuf,
}

impl Files {
    /// Those that there are, by the names that documents give them.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [
            ("key", self.key.as_ref()),
            ("cert", Some(&self.cert)),
            ("chain", Some(&self.chain)),
            ("fullchain", Some(&self.full_chain)),
            ("combined", self.combined.as_ref()),
            ("pfx", self.pfx.as_ref()),
        ];
        let there = files.map(|(name, path)| Some((name, path?.as_path())));
        there.into_iter().flatten()
    }

    pub(super) fn of(layout: &Layout) -> Files {
        let directory = layout.link();
        let [key, cert, chain, full_chain] = layout::PEM_FILES.map(|file| directory.join(file));
        let if_there = |file: &str| Some(directory.join(file)).filter(|path| path.exists());
        Files {
            key: Some(key).filter(|_| !directory.join(layout::REQUEST).exists()),
            cert,
            chain,
            full_chain,
            combined: if_there(layout::COMBINED),
            pfx: if_there(layout::PFX),
            directory,
        }
    }
}
