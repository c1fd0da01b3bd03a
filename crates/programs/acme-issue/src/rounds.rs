//! The rounds. The first is the whole pipeline; where values replaced each other, each further one presents one value per
//! name, or per zone, until none is left.

mod next;
mod refused;

use crate::steps::{Round, Steps, cleans_up, finalizes};
use command::{StopReason, Usage, message};
use next::{Next, next};
use pipeline::{Document, Dropped, Gone, Item, Output, Problem, Reader, types};
use refused::{Refused, identity, request, wish};
use stages::{Ended, Ends, FAILED, Signals, Source, Stages, Step, WRONG_USAGE, status_of};
use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::process::{ChildStdin, ExitCode};
use std::sync::Arc;

/// What the rounds so far have come to.
pub(crate) struct Rounds<'a> {
    steps: Steps<'a>,
    signals: &'a Signals,
    output: Output,
    /// Orders that are not done.
    waiting: Vec<Document>,
    /// Orders for which the CA did not find a record that was there before.
    refused: Refused,
    /// Orders that failed, whose authorizations are still to be given up.
    failed: Vec<Document>,
    /// Requests for which the CA gave the order of another one.
    shared: Vec<Document>,
    /// How many of them there were when there were fewest.
    fewest_shared: Option<usize>,
    /// What the last round was.
    round: Round,
    /// The round that one of the orders needs, if any does.
    needed: Option<Round>,
    /// What the exit status will be.
    status: u8,
}

/// Writes what the first program of a round reads.
type Feed = Box<dyn FnOnce(ChildStdin) + Send>;

/// Writes these documents.
fn feed_with(documents: Arc<Vec<Document>>) -> Feed {
    Box::new(move |stdin| {
        let output = Output::to(stdin.into());
        let _ = documents
            .iter()
            .try_for_each(|document| output.write(document).map(drop));
    })
}

fn count(orders: usize) -> String {
    match orders {
        1 => "an order".to_owned(),
        count => format!("{count} orders"),
    }
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(steps: Steps<'a>, signals: &'a Signals) -> Result<Rounds<'a>, Usage> {
        Ok(Rounds {
            round: steps.round,
            steps,
            signals,
            output: Output::stdout()?,
            waiting: Vec::new(),
            refused: Refused::default(),
            failed: Vec::new(),
            shared: Vec::new(),
            fewest_shared: None,
            needed: None,
            status: 0,
        })
    }

    /// Runs the pipeline over the names on the command line or those on stdin.
    pub(crate) fn first(&mut self) -> Result<(), Usage> {
        let has_names = self.steps.have_names();
        let steps = self.steps.first();
        let next = |document: &Document, round| next(document, round);
        let came_out = if has_names || !io::stdin().is_terminal() {
            self.run(steps, None, next)?
        } else {
            message::note(
                "reading names from the terminal, one line per certificate; Ctrl-D ends them",
            );
            // A program in the background may not read from the terminal, so this one does for it.
            let feed = |mut stdin: ChildStdin| {
                let _ = io::copy(&mut io::stdin(), &mut stdin);
            };
            self.run(steps, Some(Box::new(feed)), next)?
        };
        if has_names && came_out == 0 {
            self.status = self.status.max(FAILED);
        }
        Ok(())
    }

    /// Orders what shared its order with another of the run, which is done by now, and returns whether there was such an order.
    /// Where nothing comes of it, the CA does not let go of that order.
    pub(crate) fn order_shared(&mut self) -> bool {
        let shared = std::mem::take(&mut self.shared);
        let requests: Vec<Document> = shared.iter().filter_map(request).collect();
        let is_stuck = self
            .fewest_shared
            .is_some_and(|fewest| fewest <= shared.len());
        if shared.is_empty() || is_stuck || self.signals.first().is_some() {
            shared.iter().for_each(|document| self.write(document));
            return false;
        }
        self.fewest_shared = Some(shared.len());
        // The orders of the others are done only with their certificates.
        self.finalize();
        self.round = self.steps.round;
        let steps = self.steps.order_shared();
        let missing = self.run_for(&shared, wish, steps, feed_with(Arc::new(requests)), next);
        missing.iter().for_each(|document| self.write(document));
        true
    }

    /// Orders once more what the CA refused since, as it seems, another order's record removed one of theirs after all name
    /// servers had served it; now with one record per zone at a time. Returns whether there was such an order.
    pub(crate) fn order_again(&mut self) -> bool {
        let (again, others) = self.refused.divide();
        others.iter().for_each(|document| self.write(document));
        if again.is_empty() || self.signals.first().is_some() {
            again.iter().for_each(|(document, _)| self.write(document));
            return false;
        }
        message::note(&format!(
            "ordering {} once more, with one record per zone at a time: the CA did not find records that had been there, \
             and others were written to their zones",
            count(again.len())
        ));
        self.round = Round::OnePerZone;
        let (again, requests): (Vec<Document>, Vec<Document>) = again.into_iter().unzip();
        let steps = self.steps.order_again(self.round);
        // They come back as new orders.
        let missing = self.run_for(&again, wish, steps, feed_with(Arc::new(requests)), next);
        // What is known of an order of which nothing more is heard.
        missing.iter().for_each(|document| self.write(document));
        true
    }

    /// Runs a further round, for orders in which values replaced each other or wait for each other, and returns whether
    /// another is to follow. A round that makes no progress is the last.
    pub(crate) fn further(&mut self) -> bool {
        let Some(round) = self.needed.take() else {
            return false;
        };
        let (before, again) = (self.open(), self.waiting.iter().any(Document::has_error));
        self.round = round;
        let steps = self.steps.further(round, again);
        self.run_again(steps, next);
        let goes_further = self.needed.is_some_and(|needed| needed > round);
        goes_further || self.open() < before
    }

    /// Gets the certificates of the orders that have been through further rounds.
    pub(crate) fn finalize(&mut self) {
        if !self.waiting.is_empty() {
            self.run_again(self.steps.last(), |_, _| Next::Written);
        }
    }

    /// Gives up the authorizations of the orders that failed in rounds in which acme-finalize had no part.
    pub(crate) fn deactivate(&mut self) {
        let failed = Arc::new(std::mem::take(&mut self.failed));
        if failed.is_empty() {
            return;
        }
        if self.signals.first().is_some() {
            failed.iter().for_each(|document| self.write(document));
            return;
        }
        let feed = feed_with(failed.clone());
        let steps = self.steps.last();
        let missing = self.run_for(&failed, identity, steps, feed, |_, _| Next::Written);
        missing.iter().for_each(|document| self.write(document));
    }

    /// The exit status: 128 plus the signal that came, SIGPIPE where nobody reads what it writes, or that of the pipeline.
    pub(crate) fn finish(self) -> ExitCode {
        let signal = self.signals.first().map(StopReason::Signal);
        let lost = self.output.lost_its_reader();
        let reason = signal.or(lost.then_some(StopReason::ReaderGone));
        ExitCode::from(reason.map_or(self.status, StopReason::exit_status))
    }

    /// How many challenges of the orders that are not done are not valid.
    fn open(&self) -> usize {
        let challenges = self.waiting.iter().flat_map(Document::challenges);
        challenges.filter(|challenge| !challenge.is_valid()).count()
    }

    /// Runs a round over the documents that wait.
    fn run_again(&mut self, steps: Vec<Step>, next: impl Fn(&Document, Round) -> Next) {
        let waiting = Arc::new(std::mem::take(&mut self.waiting));
        if self.signals.first().is_some() {
            // None of their records is presented, and no further round runs.
            waiting.iter().for_each(|document| self.write(document));
            return;
        }
        let feed = feed_with(waiting.clone());
        for mut lost in self.run_for(&waiting, identity, steps, feed, next) {
            let detail = "its order did not come out of a further round: a program was killed, or did not start";
            let problem = Problem::new(&types::LOST, detail);
            message::error(&format!("{}: {problem}", lost.label()));
            lost.fail(&problem);
            self.write(&lost);
        }
    }

    /// Runs a round for these documents, and returns those that did not come out: all of them where it cannot be run.
    /// `known_by` says how one of them is recognized.
    fn run_for(
        &mut self,
        documents: &[Document],
        known_by: fn(&Document) -> String,
        steps: Vec<Step>,
        feed: Feed,
        next: impl Fn(&Document, Round) -> Next,
    ) -> Vec<Document> {
        let mut missing: HashMap<String, Vec<&Document>> = HashMap::new();
        for document in documents {
            let known = missing.entry(known_by(document)).or_default();
            known.push(document);
        }
        let ran = self.run(steps, Some(feed), |document, round| {
            missing.get_mut(&known_by(document)).and_then(Vec::pop);
            next(document, round)
        });
        if let Err(usage) = ran {
            message::error(&usage.to_string());
        }
        missing.into_values().flatten().cloned().collect()
    }

    /// Runs the programs of a round, and returns how many documents came out. `feed` writes what the first one reads, which
    /// otherwise reads this program's stdin; `next` says what becomes of each document after such a round.
    fn run(
        &mut self,
        steps: Vec<Step>,
        feed: Option<Feed>,
        mut next: impl FnMut(&Document, Round) -> Next,
    ) -> Result<usize, Usage> {
        let last = steps.last().cloned();
        let is_finalized = steps.iter().any(finalizes);
        let is_last = steps.len() == 1;
        let source = match feed {
            Some(_) => Source::Pipe,
            None => Source::Inherited,
        };
        let (stages, Ends { stdin, stdout }) = Stages::start(steps, source, self.signals)?;
        if let (Some(feed), Some(stdin)) = (feed, stdin)
            && let Err(error) = std::thread::Builder::new().spawn(move || feed(stdin))
        {
            // Its end of the pipe is gone with it, so they end by themselves.
            drop(stdout);
            stages.finish();
            return Err(error.into());
        }
        let mut reader = Reader::new(stdout);
        let (mut is_explained, mut came_out) = (false, 0);
        let mut dropped = Dropped::default();
        while let Some(item) = reader.next_item() {
            match item {
                Item::Document(document, _) => {
                    is_explained |= document.has_error();
                    came_out += 1;
                    self.refused.see(&document);
                    match next(&document, self.round) {
                        Next::Written
                            if is_last || !self.is_to_deactivate(&document, is_finalized) =>
                        {
                            self.write(&document);
                        }
                        Next::Written => self.failed.push(document),
                        Next::Refused => self.refused.add(document),
                        Next::Shared => self.shared.push(document),
                        Next::Finalized => self.waiting.push(document),
                        Next::Presented(round) => {
                            self.needed = self.needed.max(Some(round));
                            self.waiting.push(document);
                        }
                    }
                }
                Item::Garbage(text) => dropped.add(&text),
            }
        }
        drop(reader);
        if let Some(document) = dropped.document() {
            self.write(&document);
        }
        let Ended {
            last: last_status,
            has_failed,
            is_cut_short,
            is_last_killed,
        } = stages.finish();
        // A document with an error sets the status when it is written: a further round may still take the error off.
        if last_status != FAILED || !is_explained {
            // No signal came to this program, whatever came to that one.
            let status = if last_status > WRONG_USAGE {
                FAILED
            } else {
                last_status
            };
            self.status = self.status.max(status);
        }
        // Where no document says why a program failed, one may be missing.
        if is_cut_short || has_failed && !is_explained {
            self.status = self.status.max(FAILED);
        }
        if is_last_killed && let Some(cleanup) = last.filter(cleans_up) {
            self.clean_up(cleanup);
        }
        Ok(came_out)
    }

    /// Whether the authorizations of an order are still to be given up, that came out of a round with acme-finalize in it or
    /// without: that leaves what a further round may take up.
    fn is_to_deactivate(&self, document: &Document, is_finalized: bool) -> bool {
        let is_left = |problem: Problem| {
            !is_finalized || problem.is(&types::DNS_OVERWRITTEN) || problem.is(&types::DNS_REMOVED)
        };
        self.steps.deactivate() && document.problem().is_some_and(is_left)
    }

    /// Removes what a round has presented whose `cleanup` was killed: of a service that is stopped every program gets the
    /// signal, also one that has only just been started.
    fn clean_up(&mut self, cleanup: Step) {
        // It removes what the journal has of the run.
        match stages::run_alone(&cleanup) {
            Ok((documents, _)) => documents.iter().for_each(|document| self.write(document)),
            Err(error) => message::error(&error.to_string()),
        }
        self.status = self.status.max(FAILED);
    }

    fn write(&mut self, document: &Document) {
        let status = match self.output.write(document) {
            Ok(written) => status_of(&written),
            Err(Gone) => FAILED,
        };
        self.status = self.status.max(status);
    }
}
