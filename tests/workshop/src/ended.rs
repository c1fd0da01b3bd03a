//! What came out of a program.

use std::time::Duration;

use serde_json::Value;

/// How much of an output a failed test shows, in bytes.
const SHOWN: usize = 4000;

/// A program that has ended, or a pipeline.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit status, or 128 plus the signal that ended it.
    pub status: i32,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
    /// How long it took.
    pub elapsed: Duration,
    /// The peak of its resident memory as it was seen last, in bytes: VmHWM of proc(5).
    pub peak: u64,
    /// Its name and its arguments.
    pub command: String,
}

impl Ended {
    /// Panics unless the status is 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.assert_status(0);
        self
    }

    /// Panics unless the status is this one, with all that was printed.
    #[track_caller]
    pub fn assert_status(&self, status: i32) -> &Self {
        assert!(
            self.status == status,
            "exited {} instead of {status}\n{}",
            self.status,
            self.report()
        );
        self
    }

    /// The documents on stdout, which must hold one per line and nothing else.
    #[track_caller]
    pub fn documents(&self) -> Vec<Value> {
        let parse = |line: &str| match serde_json::from_str::<Value>(line) {
            Ok(value) if value.is_object() => value,
            _ => panic!("not a document on stdout: {line:.200}\n{}", self.report()),
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The only document on stdout.
    #[track_caller]
    pub fn document(&self) -> Value {
        let mut documents = self.documents();
        assert!(
            documents.len() == 1,
            "{} documents\n{}",
            documents.len(),
            self.report()
        );
        documents.remove(0)
    }

    /// The error of the first challenge of the only document.
    #[track_caller]
    pub fn challenge_error(&self) -> Value {
        self.document()["challenges"][0]["error"].clone()
    }

    /// What was run and what it printed, for somebody who reads why a test failed.
    fn report(&self) -> String {
        let Ended {
            command,
            stdout,
            stderr,
            ..
        } = self;
        format!("{command:.SHOWN$}\n--- stdout\n{stdout:.SHOWN$}--- stderr\n{stderr:.SHOWN$}")
    }
}
