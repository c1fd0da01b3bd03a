//! What is run, and within which limits.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A program, and what it is called with. It runs in this process's directory.
#[derive(Debug, Clone)]
pub struct Command {
    /// The file to run. It is run directly, never through a shell.
    pub program: PathBuf,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Variables of this process that the program does not inherit.
    pub removed_variables: Vec<OsString>,
    /// Variables that the program has besides those that it inherits, or in their place.
    pub variables: Vec<(OsString, OsString)>,
    /// What the program reads on its standard input; with `None` that is `/dev/null`.
    pub stdin: Option<Vec<u8>>,
    /// What its standard output is for.
    pub stdout: Stdout,
    /// The variable by which all that it starts is found.
    pub mark: Mark,
    /// What becomes of its questions on the terminal.
    pub questions: Questions,
}

/// What becomes of a program that asks on the terminal that controls this process: for a password, for instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// It gets the terminal until it ends where this process's group has it, or the group of this number; where another
    /// program has it that is run so, it waits for its turn. Elsewhere it is ended.
    Asked {
        /// The process group that runs this process as a part of its own work, if one does.
        on_behalf_of: Option<i32>,
    },
    /// It is ended.
    Refused,
}

/// What a program's standard output is for. Its standard error is always for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdout {
    /// For people, like standard error: handed on line by line, and quoted where the program fails.
    Messages,
    /// For the caller alone.
    Data,
    /// For the caller alone, and whole once the program has ended: what it leaves behind, an agent or a connection that
    /// others share, may hold its output, and is left alone.
    Answer,
}

/// A variable in a program's environment. What the program starts inherits it, and is found by it even where it has
/// left the program's process group and lost its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The variable's name.
    pub variable: String,
    /// Its value, which no other run may have.
    pub value: String,
}

impl Mark {
    /// The mark as it stands in an environment.
    pub(crate) fn line(&self) -> String {
        format!("{}={}", self.variable, self.value)
    }
}

/// What a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the program may run, and what it started may hold its output. Then all of them are ended.
    pub time: Duration,
    /// How much of its standard output is kept, in bytes from its start.
    pub kept_stdout: usize,
}
