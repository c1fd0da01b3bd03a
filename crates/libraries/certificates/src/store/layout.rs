//! The paths of the store.

use crate::error::{Error, Result};
pub(super) use files::is_file_name;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) const KEY: &str = "privkey.pem";
/// In the key's place: the certificate request, where the key is elsewhere.
pub(super) const REQUEST: &str = "request.pem";
pub(super) const FULL_CHAIN: &str = "fullchain.pem";
pub(super) const PEM_FILES: [&str; 4] = [KEY, "cert.pem", "chain.pem", FULL_CHAIN];
/// Key and chain in one file, where somebody wants that.
pub(super) const COMBINED: &str = "combined.pem";
pub(super) const PFX: &str = "certificate.pfx";
/// How the certificate was ordered.
pub(super) const RECORD: &str = "order.json";

/// Where all versions are, by their certificate's name.
pub(super) const VERSIONS: &str = ".versions";

/// What later programs keep of each certificate, by its name.
pub(super) const STATE: &str = ".state";

/// Where certificates are that were moved aside, by their names.
pub(super) const ARCHIVE: &str = ".archive";

/// The files of a version that servers read, those that a certificate need not have as far as they are there.
pub(super) fn served(version: &Path) -> Vec<&'static str> {
    let is_there = |file: &&str| version.join(file).exists();
    let has_key = !is_there(&REQUEST);
    let always = PEM_FILES.into_iter().filter(|file| has_key || *file != KEY);
    let sometimes = [COMBINED, PFX].into_iter().filter(is_there);
    always.chain(sometimes).collect()
}

/// Whether a file has the key in it.
pub(super) fn is_secret(file: &str) -> bool {
    [KEY, COMBINED, PFX].contains(&file)
}

/// The paths of one certificate.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
    name: String,
}

impl Layout {
    pub(super) fn new(root: &Path, name: &str) -> Result<Layout> {
        if !is_file_name(name) {
            return Err(Error::Name(name.to_owned()));
        }
        Ok(Layout {
            root: root.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The name of the certificate.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The store's own directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The link to the version that servers read.
    pub(super) fn link(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    /// The directory of this certificate's versions.
    pub(super) fn versions(&self) -> PathBuf {
        self.root.join(VERSIONS).join(&self.name)
    }

    /// The directory of what later programs keep of this certificate.
    pub(super) fn state(&self) -> PathBuf {
        self.root.join(STATE).join(&self.name)
    }

    /// The directory of what was moved aside of this name.
    pub(super) fn archive(&self) -> PathBuf {
        self.root.join(ARCHIVE).join(&self.name)
    }

    /// What the link holds, where it is one that leads to a version, even to one that is not there.
    pub(super) fn leads_to_version(&self) -> Option<PathBuf> {
        let target = fs::read_link(self.link()).ok()?;
        let is_of_version = self
            .root
            .join(&target)
            .starts_with(self.root.join(VERSIONS));
        is_of_version.then_some(target)
    }

    /// Refuses what is in the link's place and is no link to a version. Where nothing is there, there is nothing to refuse.
    pub(super) fn refuse_what_is_no_version(&self) -> Result<()> {
        match fs::symlink_metadata(self.link()) {
            Ok(_) if self.leads_to_version().is_none() => Err(Error::Occupied(self.link())),
            _ => Ok(()),
        }
    }

    /// What the link holds that leads to a version.
    pub(super) fn target(&self, version: &std::ffi::OsStr) -> PathBuf {
        Path::new(VERSIONS).join(&self.name).join(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_directory() {
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc",
            ".versions",
            "a\0b",
            "a\nb",
            "a\\b",
            &"a".repeat(256),
        ] {
            let refused = Layout::new(Path::new("/"), bad);
            assert!(
                matches!(refused, Err(Error::Name(name)) if name == bad),
                "{bad:?}"
            );
        }
        for good in [
            "example.com",
            "_.example.com",
            "xn--4ca0b.example",
            &"a".repeat(255),
        ] {
            assert!(Layout::new(Path::new("/"), good).is_ok(), "{good:?}");
        }
    }
}
