//! Programs that run side by side, each reading what the one before writes.

use crate::signals::Signals;
use crate::steps::Step;
use command::Usage;
use rustix::process::Pid;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The programs of one round.
pub(crate) struct Stages<'a> {
    children: Vec<Child>,
    signals: &'a Signals,
}

/// The ends of their pipes that are this program's.
pub(crate) struct Ends {
    /// What the first one reads.
    pub(crate) stdin: ChildStdin,
    /// What the last one writes.
    pub(crate) stdout: ChildStdout,
}

impl<'a> Stages<'a> {
    /// Starts all of them, in a process group of their own: a terminal's signals come to this program alone, which hands
    /// each on once. If one cannot be started, none is left running.
    ///
    /// # Errors
    /// One of them cannot be started.
    pub(crate) fn start(
        steps: Vec<Step>,
        signals: &'a Signals,
    ) -> Result<(Stages<'a>, Ends), Usage> {
        let mut stages = Stages {
            children: Vec::new(),
            signals,
        };
        match stages.start_all(steps) {
            Ok(ends) => Ok((stages, ends)),
            Err(usage) => {
                // What runs already ends by itself: its stdin has ended, and nobody reads it.
                stages.finish();
                Err(usage)
            }
        }
    }

    fn start_all(&mut self, steps: Vec<Step>) -> Result<Ends, Usage> {
        let (mut stdin, mut before) = (None, None);
        for step in steps {
            let failed = |error| Usage::new(format!("cannot run {}: {error}", step.program));
            let group = self.children.first().map_or(0, |first| first.id() as i32);
            let mut child = Command::new(find(step.program))
                .args(step.words)
                .stdin(before.take().map_or_else(Stdio::piped, Stdio::from))
                .stdout(Stdio::piped())
                .process_group(group)
                .spawn()
                .map_err(failed)?;
            if self.children.is_empty() {
                self.signals.hand_on_to(Some(Pid::from_child(&child)));
                stdin = child.stdin.take();
            }
            before = child.stdout.take();
            self.children.push(child);
        }
        match (stdin, before) {
            (Some(stdin), Some(stdout)) => Ok(Ends { stdin, stdout }),
            _ => Err(Usage::new("a pipeline of no programs")),
        }
    }

    /// Waits until all have ended; returns the status of the last, 128 plus its number if a signal ended it.
    pub(crate) fn finish(mut self) -> u8 {
        let mut last = 0;
        for child in &mut self.children {
            last = child.wait().map_or(1, |status| {
                let signal = status.signal().map(|number| 128 + number);
                let status = status.code().or(signal).unwrap_or(1);
                u8::try_from(status).unwrap_or(u8::MAX)
            });
        }
        self.signals.hand_on_to(None);
        last
    }
}

/// The path of a program: beside this one if it is there, else it is looked for in `PATH`.
fn find(program: &str) -> PathBuf {
    let beside = || -> io::Result<PathBuf> {
        let path = std::env::current_exe()?.with_file_name(program);
        rustix::fs::access(&path, rustix::fs::Access::EXEC_OK)?;
        Ok(path)
    };
    beside().unwrap_or_else(|_| PathBuf::from(program))
}
