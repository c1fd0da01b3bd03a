//! By what it is known, without reading them, that the files of a certificate are those that were read before.

use super::layout::{self, Layout};
use super::root::Store;
use crate::error::Result;
use ring::digest::{Context, SHA256};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

impl Store {
    /// A text that changes when a file of the certificate under this name changes, is replaced, or comes or goes: made
    /// from what the system tells of them. `None` where there is no certificate of this name.
    ///
    /// # Errors
    /// [`crate::Error::Name`].
    pub fn fingerprint(&self, name: &str) -> Result<Option<String>> {
        let layout = Layout::new(&self.root, name)?;
        let Some(target) = layout.leads_to_version() else {
            return Ok(None);
        };
        let version = self.root.join(&target);
        let mut context = Context::new(&SHA256);
        context.update(target.as_os_str().as_encoded_bytes());
        let kept = [
            layout::REQUEST,
            layout::COMBINED,
            layout::PFX,
            layout::RECORD,
        ];
        for file in layout::PEM_FILES.iter().chain(&kept) {
            // None of these numbers has a length of its own, so no two files can be taken for each other.
            for number in numbers(&version.join(file)) {
                context.update(&number.to_be_bytes());
            }
        }
        let hash = context.finish();
        let half = hash.as_ref().iter().take(16);
        Ok(Some(half.map(|byte| format!("{byte:02x}")).collect()))
    }
}

/// What the system tells of a file. The time of its last change counts as well: nobody can set that.
fn numbers(path: &Path) -> [i64; 6] {
    fs::metadata(path).map_or([-1; 6], |found| {
        [
            found.ino().cast_signed(),
            found.size().cast_signed(),
            found.mtime(),
            found.mtime_nsec(),
            found.ctime(),
            found.ctime_nsec(),
        ]
    })
}
