//! Why the system cannot run a file, as data and in words.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// Why the system cannot run a file. Its words follow the file's name: `is empty`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrunnable {
    /// There is nothing in it.
    Empty,
    /// It is text that does not begin with `#!`.
    Text,
    /// Something invisible, the byte order mark of UTF-8, stands before its `#!`.
    ByteOrderMark,
    /// It is text in UTF-16.
    Utf16,
    /// Nothing stands after its `#!`.
    NoInterpreter,
    /// Its lines end in CR LF, so that the CR belongs to the name of the interpreter.
    CarriageReturn(String),
    /// The interpreter that its first line names does not exist.
    MissingInterpreter(PathBuf),
    /// Its first line has `env` look for an interpreter that `PATH` does not have.
    NotInPath(String),
    /// The loader that it needs does not exist.
    MissingLoader(PathBuf),
    /// It is a program for another kind of machine.
    OtherMachine {
        /// What it is for.
        its: String,
        /// What this one is.
        this: String,
    },
}

impl Display for Unrunnable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Unrunnable::Empty => write!(f, "is empty"),
            Unrunnable::Text => write!(f, "is text whose first line names no interpreter"),
            Unrunnable::ByteOrderMark => write!(f, "has a byte order mark before its `#!`"),
            Unrunnable::Utf16 => write!(f, "is text in UTF-16, which the system does not read"),
            Unrunnable::NoInterpreter => write!(f, "names no interpreter after its `#!`"),
            Unrunnable::CarriageReturn(name) => {
                write!(
                    f,
                    "has lines that end in CR LF, so its interpreter is `{name}\\r`, which does not exist"
                )
            }
            Unrunnable::MissingInterpreter(path) => {
                write!(
                    f,
                    "needs the interpreter {}, which does not exist",
                    path.display()
                )
            }
            Unrunnable::NotInPath(name) => {
                write!(f, "needs the interpreter `{name}`, which is not in PATH")
            }
            Unrunnable::MissingLoader(path) => {
                write!(
                    f,
                    "needs the loader {}, which does not exist",
                    path.display()
                )
            }
            Unrunnable::OtherMachine { its, this } => {
                write!(f, "is a program for {its}, and this machine is {this}")
            }
        }
    }
}
