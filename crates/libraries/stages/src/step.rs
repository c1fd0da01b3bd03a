//! A program with its words.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// A program of the pipeline, and how it is called.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub program: &'static str,
    /// Its words.
    pub words: Vec<OsString>,
    /// Variables that it has besides those that it inherits, or in their place.
    pub variables: Vec<(String, String)>,
}

impl Step {
    /// What starts it. The programs beside this one come first.
    pub(crate) fn command(&self) -> Command {
        let path = command::beside(self.program).unwrap_or_else(|| PathBuf::from(self.program));
        let mut command = Command::new(path);
        command.args(&self.words);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}
