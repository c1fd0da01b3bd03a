//! What servers say, for whoever has to find out why a test failed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The end of a file, under its name.
pub(super) fn tail(path: &Path) -> String {
    const BYTES: i64 = 3000;
    let read = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
        file.seek(SeekFrom::End(-length.min(BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    format!(
        "--- {}\n{}\n",
        path.display(),
        read().unwrap_or_default().trim_end()
    )
}
