//! The names of all certificates.

use super::layout::{self, Layout};
use super::root::Store;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

/// What file systems keep in their highest directory, which the store may be.
const OF_FILE_SYSTEM: &str = "lost+found";

/// What the store's directory has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The names of all certificates, sorted; also those in whose place is something else.
    pub certificates: Vec<String>,
    /// What lies there as a certificate does, under a name that none can have.
    pub unusable: Vec<OsString>,
}

impl Store {
    /// The names of all certificates, sorted; also those in whose place is something else, which [`Store::look`] refuses. Files
    /// that lie beside them, such as those of lego, are none.
    ///
    /// # Errors
    /// [`Error::File`] where the directory cannot be read; one that is not there has none.
    pub fn names(&self) -> Result<Vec<String>> {
        self.all_names().map(|names| names.certificates)
    }

    /// Like [`Store::names`], and what has a name that no certificate can have.
    ///
    /// # Errors
    /// As [`Store::names`].
    pub fn all_names(&self) -> Result<Names> {
        let mut names = Names::default();
        for entry in entries(&self.root)? {
            let name = entry.file_name();
            match name.to_str().filter(|name| layout::is_file_name(name)) {
                Some(name) if self.is_certificate(&entry, name)? => {
                    names.certificates.push(name.to_owned());
                }
                Some(_) => {}
                None if is_hidden(&name) || entry.path().is_file() => {}
                None => names.unusable.push(name),
            }
        }
        names.certificates.sort_unstable();
        names.unusable.sort_unstable();
        Ok(names)
    }

    /// The names under which something is kept, and there is no certificate: none was ever installed. Sorted.
    ///
    /// # Errors
    /// As [`Store::names`].
    pub fn names_without_certificate(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for name in file_names(&self.root.join(layout::STATE))? {
            let layout = Layout::new(&self.root, &name)?;
            // One whose link somebody removed has its versions still.
            let has_versions = !file_names(&layout.versions())?.is_empty();
            if !has_versions && fs::symlink_metadata(layout.link()).is_err() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The names of all certificates, and of those whose link was removed while their versions stayed. Sorted.
    ///
    /// # Errors
    /// As [`Store::names`].
    pub fn names_with_versions(&self) -> Result<Vec<String>> {
        let mut names: BTreeSet<String> = self.names()?.into_iter().collect();
        names.extend(file_names(&self.root.join(layout::VERSIONS))?);
        Ok(names.into_iter().collect())
    }

    /// Whether it is in a certificate's place: a link to a version, even where that is not there, or what no version can
    /// replace. A file is only where there is something of its name, and a link to a file is as the file.
    fn is_certificate(&self, entry: &DirEntry, name: &str) -> Result<bool> {
        let layout = Layout::new(&self.root, name)?;
        let kind = entry
            .file_type()
            .map_err(|error| Error::file("read", &entry.path(), error))?;
        let is_file = match kind.is_symlink() {
            true => layout.leads_to_version().is_none() && entry.path().is_file(),
            false => !kind.is_dir(),
        };
        let is_known = || layout.versions().is_dir() || layout.state().is_dir();
        Ok(match is_file {
            true => is_known(),
            false => name != OF_FILE_SYSTEM || is_known(),
        })
    }
}

impl Names {
    /// What a person has to know of names that no certificate can have, where there are any.
    pub fn note(&self) -> Option<String> {
        let names = self.unusable.iter().map(|name| name.to_string_lossy());
        let names: Vec<String> = names
            .map(|name| format!("`{}`", name.escape_debug()))
            .collect();
        (!names.is_empty()).then(|| {
            let names = names.join(", ");
            format!("left alone, since no certificate can have such a name: {names}")
        })
    }
}

/// Whether it begins with a dot, as what is ours does.
fn is_hidden(name: &OsString) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// What is in this directory; nothing where there is none.
fn entries(dir: &Path) -> Result<Vec<DirEntry>> {
    let failed = |error| Error::file("read", dir, error);
    match fs::read_dir(dir) {
        Ok(entries) => entries.collect::<io::Result<_>>().map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

/// The names in this directory that are those of certificates or versions.
fn file_names(dir: &Path) -> Result<Vec<String>> {
    let names = entries(dir)?
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| layout::is_file_name(name)).collect())
}
