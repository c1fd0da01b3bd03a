//! Programs that run side by side, each reading what the one before writes.

use crate::signals::Signals;
use crate::steps::Step;
use command::{Usage, message, signal_name};
use pipeline::{Document, Dropped, Item, Reader};
use rustix::process::Pid;
use std::io::{self, Cursor};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

/// The programs of one round.
pub(crate) struct Stages<'a> {
    children: Vec<(&'static str, Child)>,
    signals: &'a Signals,
}

/// What the first program reads.
pub(crate) enum Source {
    /// What this program reads itself.
    Inherited,
    /// What this program writes.
    Pipe,
}

/// The ends of their pipes that are this program's.
pub(crate) struct Ends {
    /// What the first one reads, if that is written here.
    pub(crate) stdin: Option<ChildStdin>,
    /// What the last one writes.
    pub(crate) stdout: ChildStdout,
}

/// How the programs of a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The status of the last one.
    pub(crate) last: u8,
    /// Whether one of them ended with a status other than 0.
    pub(crate) has_failed: bool,
    /// Whether one of them did not come to its own end, so that documents may be missing.
    pub(crate) is_cut_short: bool,
    /// Whether a signal ended the last one, which may not have been ready for it yet.
    pub(crate) is_last_killed: bool,
}

/// Runs a `cleanup` that no document comes to, and returns what it writes: it removes what the journal has of the run.
/// Signals that come to this program are not handed on to it.
///
/// # Errors
/// It cannot be run.
pub(crate) fn clean_up(step: Step) -> io::Result<Vec<Document>> {
    let output = Command::new(find(step.program))
        .args(step.words)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .process_group(0)
        .output()?;
    let mut reader = Reader::new(Cursor::new(output.stdout));
    let (mut documents, mut dropped) = (Vec::new(), Dropped::default());
    while let Some(item) = reader.next_item() {
        match item {
            Item::Document(document, _) => documents.push(document),
            Item::Garbage(text) => dropped.add(&text),
        }
    }
    documents.extend(dropped.document());
    Ok(documents)
}

/// Has each program check its command line.
///
/// # Errors
/// What the first of them says that finds something wrong, or that a program cannot be run.
pub(crate) fn check(steps: Vec<Step>) -> Result<(), Usage> {
    for step in steps {
        let cannot = |why: String| Usage::new(format!("cannot run {}: {why}", step.program));
        let checked = Command::new(find(step.program))
            .args(step.words)
            .arg(format!("--generate={}", command::CHECK))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| cannot(error.to_string()))?;
        match checked.status.code() {
            Some(0) => {}
            Some(2) => return Err(Usage::new(String::from_utf8_lossy(&checked.stderr).trim())),
            _ => return Err(cannot(checked.status.to_string())),
        }
    }
    Ok(())
}

impl<'a> Stages<'a> {
    /// Starts all of them, in a process group of their own: a terminal's signals come to this program alone, which hands
    /// each on once. None is left behind where one cannot be started.
    ///
    /// # Errors
    /// Which one cannot, and why.
    pub(crate) fn start(
        steps: Vec<Step>,
        source: Source,
        signals: &'a Signals,
    ) -> Result<(Stages<'a>, Ends), Usage> {
        let mut stages = Stages {
            children: Vec::new(),
            signals,
        };
        match stages.start_all(steps, source) {
            Ok(ends) => Ok((stages, ends)),
            Err(usage) => {
                // What runs already ends by itself: its stdin has ended, and nobody reads it.
                stages.finish();
                Err(usage)
            }
        }
    }

    fn start_all(&mut self, steps: Vec<Step>, source: Source) -> Result<Ends, Usage> {
        let (mut stdin, mut before) = (None, None);
        let mut first = Some(match source {
            Source::Inherited => Stdio::inherit(),
            Source::Pipe => Stdio::piped(),
        });
        for step in steps {
            let failed = |error| Usage::new(format!("cannot run {}: {error}", step.program));
            let group = self.children.first();
            let group = group.map_or(0, |(_, first)| first.id().cast_signed());
            let input = before.take().map(Stdio::from).or_else(|| first.take());
            let mut child = Command::new(find(step.program))
                .args(step.words)
                .stdin(input.unwrap_or_else(Stdio::null))
                .stdout(Stdio::piped())
                .process_group(group)
                .env(dns01_exec::TERMINAL, own_group())
                .spawn()
                .map_err(failed)?;
            if self.children.is_empty() {
                self.signals.hand_on_to(Some(Pid::from_child(&child)));
                stdin = child.stdin.take();
            }
            before = child.stdout.take();
            self.children.push((step.program, child));
        }
        let stdout = before.ok_or_else(|| Usage::new("a pipeline of no programs"))?;
        Ok(Ends { stdin, stdout })
    }

    /// Waits until all have ended, and says which of them did not come to its own end. A signal that came to this program
    /// explains how they ended.
    pub(crate) fn finish(mut self) -> Ended {
        let (mut last, mut has_failed, mut cut_short) = (0, false, Vec::new());
        let mut is_last_killed = false;
        for (program, child) in &mut self.children {
            let why = match child.wait() {
                Ok(status) => {
                    last = exit_status(status);
                    is_last_killed = status.signal().is_some();
                    has_failed |= last != 0;
                    how_it_was_cut_short(status)
                }
                Err(error) => Some(error.to_string()),
            };
            cut_short.extend(why.map(|why| format!("{program}: {why}")));
        }
        let is_stopped = self.signals.first().is_some();
        self.signals.hand_on_to(None);
        if !is_stopped {
            cut_short.iter().for_each(|why| message::error(why));
        }
        Ended {
            last,
            has_failed: !is_stopped && has_failed,
            is_cut_short: !is_stopped && !cut_short.is_empty(),
            is_last_killed,
        }
    }
}

/// The number of this program's process group, for which the user's program asks on the terminal.
fn own_group() -> String {
    rustix::process::getpgrp().as_raw_nonzero().to_string()
}

/// The status as a shell has it: 128 plus its number if a signal ended the program.
fn exit_status(status: ExitStatus) -> u8 {
    let signal = status.signal().map(|number| 128 + number);
    let status = status.code().or(signal).unwrap_or(1);
    u8::try_from(status).unwrap_or(u8::MAX)
}

/// Why a program did not come to its own end, if it did not.
fn how_it_was_cut_short(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0..=2), _) => None,
        (Some(141), _) => Some("the program after it did not read what it wrote".to_owned()),
        (_, Some(number)) => Some(format!("{} ended it", signal_name(number))),
        (Some(129..=143), _) => Some("a signal stopped it".to_owned()),
        _ => Some(format!("it ended with {status}")),
    }
}

/// The programs beside this one come first.
fn find(program: &str) -> PathBuf {
    command::beside(program).unwrap_or_else(|| PathBuf::from(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_a_signal_ended_or_that_is_another_is_said() {
        for (raw, status, expected) in [
            (0, 0, None),
            (1 << 8, 1, None),
            (2 << 8, 2, None),
            (
                141 << 8,
                141,
                Some("the program after it did not read what it wrote"),
            ),
            (9, 137, Some("SIGKILL ended it")),
            (143 << 8, 143, Some("a signal stopped it")),
            (3 << 8, 3, Some("it ended with exit status: 3")),
            (127 << 8, 127, Some("it ended with exit status: 127")),
        ] {
            let ended = ExitStatus::from_raw(raw);
            assert_eq!(exit_status(ended), status);
            assert_eq!(how_it_was_cut_short(ended).as_deref(), expected);
        }
    }
}
