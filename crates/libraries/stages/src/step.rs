//! A program with its words.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The variable by which a program says which of the others are for the user's programs alone: their names, with commas
/// between.
pub const FOR_USERS_PROGRAMS: &str = "ACMEPIPE_FOR_USERS_PROGRAMS";

/// The variables of this process that are for the user's programs alone, as whatever started it says.
pub fn for_users_programs() -> Vec<String> {
    let names = std::env::var(FOR_USERS_PROGRAMS).unwrap_or_default();
    let names = names.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// A program of the pipeline, and how it is called.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub program: &'static str,
    /// Its words.
    pub words: Vec<OsString>,
    /// Variables that it has besides those that it inherits, or in their place.
    pub variables: Vec<(String, String)>,
    /// Variables that it does not inherit.
    pub removed_variables: Vec<String>,
}

impl Step {
    /// What starts it. The programs beside this one come first.
    pub(crate) fn command(&self) -> Command {
        let path = command::beside(self.program).unwrap_or_else(|| PathBuf::from(self.program));
        let mut command = Command::new(path);
        command.args(&self.words);
        for name in &self.removed_variables {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}
