//! The rounds. The first is the whole pipeline; where values replaced each other at a name, each further one presents one
//! value per name, until none is left.

use crate::signals::Signals;
use crate::stages::{Ended, Ends, Source, Stages};
use crate::steps::{Step, Steps};
use command::{StopReason, Usage, message};
use pipeline::{Challenge, Document, Item, Output, Problem, Reader, types};
use std::io::{self, IsTerminal};
use std::process::{ChildStdin, ExitCode};
use std::sync::Arc;

/// The exit status where a document has an error.
const FAILED: u8 = 1;
/// The exit status where a command line is wrong and nothing was done.
const WRONG_USAGE: u8 = 2;

/// What the rounds so far have come to.
pub(crate) struct Rounds<'a> {
    steps: Steps<'a>,
    signals: &'a Signals,
    output: Output,
    /// Orders that go through a further round.
    waiting: Vec<Document>,
    /// Whether they have been through a round of one value per name.
    is_taken_up: bool,
    /// What the exit status will be.
    status: u8,
}

/// Writes what the first program of a round reads.
type Feed = Box<dyn FnOnce(ChildStdin) + Send>;

/// What becomes of an order after a round.
enum Next {
    /// It is written: it is done, or nothing more can be.
    Written,
    /// It goes through a further round.
    Waits,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(steps: Steps<'a>, signals: &'a Signals) -> Result<Rounds<'a>, Usage> {
        Ok(Rounds {
            steps,
            signals,
            output: Output::stdout()?,
            waiting: Vec::new(),
            is_taken_up: false,
            status: 0,
        })
    }

    /// Runs the whole pipeline over the names on the command line or those on stdin.
    pub(crate) fn first(&mut self) -> Result<(), Usage> {
        let (mut came_out, has_names) = (0_usize, self.steps.have_names());
        let next = |document: &Document| {
            came_out += 1;
            match document.problem() {
                Some(problem) if problem.is(&types::DNS_OVERWRITTEN) => Next::Waits,
                _ => Next::Written,
            }
        };
        let steps = self.steps.first();
        if has_names || !io::stdin().is_terminal() {
            self.run(steps, None, next)?;
        } else {
            message::note(
                "reading names from the terminal, one line per certificate; Ctrl-D ends them",
            );
            // A program in the background may not read from the terminal, so this one does for it.
            let feed = |mut stdin: ChildStdin| {
                let _ = io::copy(&mut io::stdin(), &mut stdin);
            };
            self.run(steps, Some(Box::new(feed)), next)?;
        }
        if has_names && came_out == 0 {
            self.status = self.status.max(FAILED);
        }
        Ok(())
    }

    /// Runs a round of one value per name, for orders in which values replaced each other, and returns whether another is
    /// to follow. A round that makes no progress is the last.
    pub(crate) fn one_per_name(&mut self) -> Result<bool, Usage> {
        if self.waiting.is_empty() {
            return Ok(false);
        }
        let is_first = !std::mem::replace(&mut self.is_taken_up, true);
        let before = self.deferred();
        let steps = self.steps.one_per_name(is_first);
        self.run_again(steps, |document| match document.has_error() {
            true => Next::Written,
            false => Next::Waits,
        })?;
        let left = self.deferred();
        Ok(left > 0 && (is_first || left < before))
    }

    /// Gets the certificates of the orders that have been through further rounds.
    pub(crate) fn finalize(&mut self) -> Result<(), Usage> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.run_again(self.steps.last(), |_| Next::Written)
    }

    /// The exit status: 128 plus the signal that came, SIGPIPE where nobody reads what it writes, or that of the pipeline.
    pub(crate) fn finish(self) -> ExitCode {
        let signal = self.signals.first().map(StopReason::Signal);
        let lost = self.output.lost_its_reader();
        let reason = signal.or(lost.then_some(StopReason::ReaderGone));
        ExitCode::from(reason.map_or(self.status, StopReason::exit_status))
    }

    /// How many challenges wait for a further round.
    fn deferred(&self) -> usize {
        let challenges = self.waiting.iter().flat_map(Document::challenges);
        challenges.filter(Challenge::is_deferred).count()
    }

    /// Runs a round over the documents that wait.
    fn run_again(
        &mut self,
        steps: Vec<Step>,
        next: impl Fn(&Document) -> Next,
    ) -> Result<(), Usage> {
        let waiting = Arc::new(std::mem::take(&mut self.waiting));
        if self.signals.first().is_some() {
            // None of their records is presented, and no further round runs.
            waiting.iter().for_each(|document| self.write(document));
            return Ok(());
        }
        let documents = waiting.clone();
        let feed = move |stdin: ChildStdin| {
            let output = Output::to(stdin.into());
            let _ = documents
                .iter()
                .try_for_each(|document| output.write(document));
        };
        let mut missing: Vec<String> = waiting.iter().map(Document::label).collect();
        self.run(steps, Some(Box::new(feed)), |document| {
            let label = document.label();
            if let Some(at) = missing.iter().position(|name| *name == label) {
                missing.swap_remove(at);
            }
            next(document)
        })?;
        for document in waiting.iter() {
            if let Some(at) = missing.iter().position(|name| *name == document.label()) {
                missing.swap_remove(at);
                let mut lost = document.clone();
                lost.fail(&Problem::new(
                    &types::LOST,
                    "its order did not come out of a further round: a program was killed, or did not start",
                ));
                self.write(&lost);
            }
        }
        Ok(())
    }

    /// Runs the programs of a round. `feed` writes what the first one reads, which otherwise reads this program's stdin;
    /// `next` says what becomes of each document that comes out.
    fn run(
        &mut self,
        steps: Vec<Step>,
        feed: Option<Feed>,
        mut next: impl FnMut(&Document) -> Next,
    ) -> Result<(), Usage> {
        let source = match feed {
            Some(_) => Source::Pipe,
            None => Source::Inherited,
        };
        let (stages, Ends { stdin, stdout }) = Stages::start(steps, source, self.signals)?;
        if let (Some(feed), Some(stdin)) = (feed, stdin) {
            std::thread::Builder::new().spawn(move || feed(stdin))?;
        }
        let mut reader = Reader::new(stdout);
        let mut is_explained = false;
        while let Some(item) = reader.next_item() {
            match item {
                Item::Document(document, _) => {
                    is_explained |= document.has_error();
                    match next(&document) {
                        Next::Written => self.write(&document),
                        Next::Waits => self.waiting.push(document),
                    }
                }
                Item::Garbage(text) => message::error(&text),
            }
        }
        drop(reader);
        let Ended {
            last,
            has_failed,
            is_cut_short,
        } = stages.finish();
        // A document with an error sets the status when it is written: a further round may still take the error off.
        if last != FAILED || !is_explained {
            // No signal came to this program, whatever came to that one.
            let last = if last > WRONG_USAGE { FAILED } else { last };
            self.status = self.status.max(last);
        }
        // Where no document says why a program failed, one may be missing.
        if is_cut_short || has_failed && !is_explained {
            self.status = self.status.max(FAILED);
        }
        Ok(())
    }

    fn write(&mut self, document: &Document) {
        let status = match document.problem() {
            // A program whose command line is wrong passes on what comes, and nothing was done about it.
            Some(problem) if problem.is(&types::USAGE) => WRONG_USAGE,
            Some(_) => FAILED,
            None => 0,
        };
        self.status = self.status.max(status);
        if self.output.write(document).is_err() {
            self.status = self.status.max(FAILED);
        }
    }
}
