//! What is said of a wrong command line.

/// The command line or the environment is wrong: what a person is told before the program exits 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage(String);

impl Usage {
    /// A usage error with this text.
    pub fn new(text: impl Into<String>) -> Usage {
        Usage(text.into())
    }

    /// Two options are given that make no sense together.
    pub fn excluding(one: &str, other: &str) -> Usage {
        Usage(format!("{one} and {other} exclude each other"))
    }
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Usage {
    fn from(error: std::io::Error) -> Usage {
        Usage(error.to_string())
    }
}
