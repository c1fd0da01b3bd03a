//! A state file of the store, from its text and back.

use certificates::{Error, Result, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

/// A kind of state that the store keeps for a certificate, as JSON.
pub trait State: Serialize + DeserializeOwned + Default {
    /// The name of its file.
    const FILE: &'static str;

    /// The state of the certificate `name`; the default where there is none, or none that can be read.
    fn load(store: &Store, name: &str) -> Self {
        Self::read(store, name).ok().flatten().unwrap_or_default()
    }

    /// The state of the certificate `name`; `None` where there is none.
    ///
    /// # Errors
    /// As [`Store::state`], and [`Error::File`] where it is damaged.
    fn read(store: &Store, name: &str) -> Result<Option<Self>> {
        let text = store.state(name, Self::FILE)?;
        text.map(|text| Self::parse(&text, store.state_file(name, Self::FILE)?))
            .transpose()
    }

    /// The state with this text, of the file at this path.
    ///
    /// # Errors
    /// [`Error::File`] where it is damaged.
    fn parse(text: &[u8], path: PathBuf) -> Result<Self> {
        serde_json::from_slice(text).map_err(|error| Error::File {
            doing: "read",
            path,
            why: error.to_string(),
        })
    }

    /// Keeps it, whole and on disk.
    ///
    /// # Errors
    /// As [`Store::set_state`].
    fn save(&self, store: &Store, name: &str) -> Result<()> {
        store.set_state(name, Self::FILE, self.text().as_bytes())
    }

    /// Keeps it without waiting for the disk, where it costs little to find it out again.
    ///
    /// # Errors
    /// As [`Store::set_cached_state`].
    fn save_soon(&self, store: &Store, name: &str) -> Result<()> {
        store.set_cached_state(name, Self::FILE, self.text().as_bytes())
    }

    /// The contents of its file.
    fn text(&self) -> String {
        // Structs of strings, numbers and times, which JSON can always express.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{json}\n")
    }
}
