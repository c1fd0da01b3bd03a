//! The names of all certificates.

use super::layout;
use super::root::Store;
use crate::error::{Error, Result};
use std::fs::{self, DirEntry};
use std::io;

impl Store {
    /// The names of all certificates, sorted. What else lies beside them, such as the files of lego, is none.
    ///
    /// # Errors
    /// [`Error::File`] where the directory cannot be read; one that is not there has none.
    pub fn names(&self) -> Result<Vec<String>> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file("read", &self.root, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Error::file("read", &self.root, error))?;
            let name = entry.file_name().into_string().ok();
            let name = name.filter(|name| layout::is_file_name(name));
            names.extend(name.filter(|_| is_certificate(&entry)));
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Whether it is a certificate: a link to a version, even where that is not there, or what looks like the copy of one,
/// in whose place none can be put.
fn is_certificate(entry: &DirEntry) -> bool {
    let path = entry.path();
    let target = fs::read_link(&path);
    target.is_ok_and(|target| target.starts_with(layout::VERSIONS))
        || path.join(layout::FULL_CHAIN).exists()
}
