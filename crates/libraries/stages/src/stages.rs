//! Programs that run side by side, each reading what the one before writes.

use crate::ended::{Ended, exit_status, how_it_was_cut_short};
use crate::signals::Signals;
use crate::step::Step;
use command::{Usage, message};
use pipeline::{Document, Dropped, Item, Reader};
use rustix::process::Pid;
use std::io::{self, Cursor};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use subprocess::{TERMINAL, process_group};

/// Programs that run side by side.
pub struct Stages<'a> {
    children: Vec<(&'static str, Child)>,
    signals: &'a Signals,
}

/// What the first program reads.
pub enum Source {
    /// What this program reads itself.
    Inherited,
    /// What this program writes.
    Pipe,
}

/// The ends of their pipes that are this program's.
pub struct Ends {
    /// What the first one reads, if that is written here.
    pub stdin: Option<ChildStdin>,
    /// What the last one writes.
    pub stdout: ChildStdout,
}

/// Runs a program that reads nothing, to its end, and returns what it writes and its exit status. Signals that come to this
/// program are not handed on to it.
///
/// # Errors
/// It cannot be run.
pub fn run_alone(step: &Step) -> io::Result<(Vec<Document>, u8)> {
    let output = step
        .command()
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .process_group(0)
        .env(TERMINAL, terminal_group())
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
    Ok((documents, exit_status(output.status)))
}

impl<'a> Stages<'a> {
    /// Starts all of them, in a process group of their own: a terminal's signals come to this program alone, which hands
    /// each on once. None is left behind where one cannot be started.
    ///
    /// # Errors
    /// Which one cannot, and why.
    pub fn start(
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
            let mut child = step
                .command()
                .stdin(input.unwrap_or_else(Stdio::null))
                .stdout(Stdio::piped())
                .process_group(group)
                .env(TERMINAL, terminal_group())
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
    pub fn finish(mut self) -> Ended {
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

/// The number of the process group for which the user's program asks on the terminal: the one that this program was told of
/// by whatever started it in a group of its own, or its own.
fn terminal_group() -> String {
    let told = std::env::var(TERMINAL)
        .ok()
        .filter(|group| group.parse::<i32>().is_ok());
    // Zero is no group, and nothing is asked for it.
    told.unwrap_or_else(|| Pid::as_raw(process_group()).to_string())
}
