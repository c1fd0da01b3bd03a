//! The store itself: its directory, and what is kept of each certificate beside its versions.

use super::layout::{self, Layout};
use super::record::OrderRecord;
use super::served::Files;
use crate::error::{Error, Result};
use files::{make_trusted_dir, read_bounded, read_trusted};
use std::io;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes: no file of a version is larger.
pub(super) const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// How many old versions are kept where nobody says.
pub(super) const KEPT_VERSIONS: usize = 1;

/// All certificates below a directory.
#[derive(Debug, Clone)]
pub struct Store {
    /// The directory that the store is in.
    pub(super) path: PathBuf,
    pub(super) root: PathBuf,
}

impl Store {
    /// The store in `certificates` below this directory.
    pub fn new(path: &Path) -> Store {
        Store {
            path: path.to_owned(),
            root: path.join("certificates"),
        }
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.root
    }

    /// The version that servers read under this name: the name of its directory, which no other version has.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn version(&self, name: &str) -> Result<Option<String>> {
        let target = Layout::new(&self.root, name)?.leads_to_version();
        let version = target.and_then(|target| {
            let version = target.file_name()?.to_str()?;
            Some(version.to_owned())
        });
        Ok(version)
    }

    /// A file of state that is kept for this certificate; `None` where there is none. It says which CA is asked and what is
    /// deployed, so nobody else may change it.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where it cannot be read, or somebody else can change it.
    pub fn state(&self, name: &str, file: &str) -> Result<Option<Vec<u8>>> {
        let path = self.state_file(name, file)?;
        match read_trusted(&path, LARGEST_FILE) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &path, error)),
        }
    }

    /// Where a file of state is that is kept for this certificate.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn state_file(&self, name: &str, file: &str) -> Result<PathBuf> {
        Ok(Layout::new(&self.root, name)?.state().join(file))
    }

    /// Keeps a file of state for this certificate, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where it cannot be written, or somebody else can change what is kept here.
    pub fn set_state(&self, name: &str, file: &str, content: &[u8]) -> Result<()> {
        self.write_state(name, file, content, files::write_file)
    }

    /// Like [`Store::set_state`], for what costs little to find out again: where the machine loses its power soon after,
    /// the file may be empty, or as it was before. Nothing waits for the disk, which counts where there are thousands.
    ///
    /// # Errors
    /// As [`Store::set_state`].
    pub fn set_cached_state(&self, name: &str, file: &str, content: &[u8]) -> Result<()> {
        self.write_state(name, file, content, files::write_cache)
    }

    /// What servers read of the certificate under this name.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn files(&self, name: &str) -> Result<Files> {
        Ok(Files::of(&Layout::new(&self.root, name)?))
    }

    fn write_state(
        &self,
        name: &str,
        file: &str,
        content: &[u8],
        write: fn(&Path, &[u8]) -> io::Result<()>,
    ) -> Result<()> {
        let dir = Layout::new(&self.root, name)?.state();
        make_trusted_dir(&self.path, &dir).map_err(|error| Error::file("make", &dir, error))?;
        let path = dir.join(file);
        write(&path, content).map_err(|error| Error::file("write", &path, error))
    }

    /// How the certificate under this name was ordered. Those that were installed by an earlier release do not say.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::File`] where the record cannot be read.
    pub fn order_record(&self, name: &str) -> Result<Option<OrderRecord>> {
        let path = Layout::new(&self.root, name)?.link().join(layout::RECORD);
        match read_bounded(&path, LARGEST_FILE) {
            Ok(text) => OrderRecord::from_json(&text)
                .map(Some)
                .map_err(|error| Error::file("read", &path, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &path, error)),
        }
    }
}
