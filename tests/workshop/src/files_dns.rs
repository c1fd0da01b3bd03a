//! A DNS that is a directory: a file per record, and what the journal knows of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{Workshop, run};

/// A script that keeps each record as the file `zone/VALUE`.
pub const FILES: &str =
    "mkdir -p zone; case $1 in present) touch \"zone/$3\" ;; cleanup) rm -f \"zone/$3\" ;; esac";

impl Workshop {
    /// The values of the records that are there.
    pub fn records(&self) -> Vec<String> {
        let files = fs::read_dir(self.dir().join("zone"));
        let files = files.into_iter().flatten().flatten();
        let mut records: Vec<_> = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect();
        records.sort();
        records
    }

    /// What `dns01-exec list` writes.
    #[track_caller]
    pub fn list(&self, program: &Path) -> Vec<Value> {
        let listed = run(self.exec(program, &["list"]), "");
        listed.assert_status(0).documents()
    }
}
