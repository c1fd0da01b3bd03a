//! What came out of a command.

use std::os::unix::process::ExitStatusExt;

use serde_json::Value;

/// The end of a command that ran in a sandbox.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit status, or 128 plus the signal that ended it.
    pub status: i32,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
    command: String,
}

impl Output {
    pub(crate) fn new(command: String, output: std::process::Output) -> Self {
        let status = output.status;
        Output {
            status: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command,
        }
    }

    /// Panics unless the status is 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.assert_status(0);
        self
    }

    /// Panics unless the status is this one, with all that was printed.
    #[track_caller]
    pub fn assert_status(&self, status: i32) {
        assert!(
            self.status == status,
            "{}\nexited {} instead of {status}\n--- stdout\n{}--- stderr\n{}",
            self.command,
            self.status,
            self.stdout,
            self.stderr
        );
    }

    /// The documents on stdout, which must hold one per line and nothing else.
    #[track_caller]
    pub fn documents(&self) -> Vec<Value> {
        let parse = |line: &str| match serde_json::from_str::<Value>(line) {
            Ok(value) if value.is_object() => value,
            _ => panic!(
                "{}: not a document on stdout: {line}\n--- stderr\n{}",
                self.command, self.stderr
            ),
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The only document on stdout.
    #[track_caller]
    pub fn document(&self) -> Value {
        let mut documents = self.documents();
        assert!(
            documents.len() == 1,
            "{}: {} documents\n{}--- stderr\n{}",
            self.command,
            documents.len(),
            self.stdout,
            self.stderr
        );
        documents.remove(0)
    }
}
