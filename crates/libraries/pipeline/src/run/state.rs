//! What a run has, whether threads or futures work on its documents: its input, its output, when to stop, how it ends.

use super::input::{Input, Request};
use super::said;
use crate::contract::{Challenge, Document, Kind, Problem};
use crate::stream::{Dropped, Gone, Output, Reader};
use command::{Stop, StopReason, Usage, message};
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The stack of a thread that parses: a document may be nested 127 levels deep. Only what is touched takes memory.
pub const STACK: usize = 1 << 20;

/// One run of a program.
pub struct Run {
    pub(super) stop: Stop,
    needs_reader: bool,
    output: Output,
    input: Mutex<Option<Input>>,
    has_failed: AtomicBool,
    dropped: Mutex<Dropped>,
}

impl Run {
    /// Starts a run over stdin: listens for signals and for a reader of stdout that goes away.
    ///
    /// # Errors
    /// Where the process cannot have signal handlers or has no stdout.
    pub fn start() -> Result<Run, Usage> {
        let run = Run::new(Stop::listen, true)?;
        run.stop.watch_reader()?;
        Ok(run)
    }

    /// Starts a run that goes on until its input ends, also after a signal, and after the reader of stdout has gone: for
    /// what has to be done in any case. A second thought ends the program.
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn unstoppable() -> Result<Run, Usage> {
        Run::new(Stop::listen_only, false)
    }

    /// All of the command line has been read by now: where it is only checked, the program ends here.
    fn new(listen: fn() -> io::Result<Stop>, needs_reader: bool) -> Result<Run, Usage> {
        if command::is_only_checked() {
            std::process::exit(0);
        }
        // The output comes first: whoever listens never stops, and keeps the descriptors for that.
        let output = Output::stdout()?;
        let stop = listen()?;
        let input = Input::Stdin(Reader::stdin(stop.clone()));
        Ok(Run {
            stop,
            needs_reader,
            output,
            input: Mutex::new(Some(input)),
            has_failed: AtomicBool::new(false),
            dropped: Mutex::default(),
        })
    }

    /// Works on these documents instead of those on stdin: the command line names them.
    pub fn given(self, documents: Vec<Document>) -> Run {
        self.with_input(Input::Given(documents.into_iter()))
    }

    /// Works on the documents that `make` makes of each request on stdin; it may make none of one, or several.
    pub fn requests(self, make: impl FnMut(Request<'_>) -> Vec<Document> + Send + 'static) -> Run {
        let reader = Reader::stdin_lines(self.stop.clone());
        self.with_input(Input::Requests(reader, Box::new(make)))
    }

    /// Writes what a person reads of each document in its place.
    #[must_use]
    pub fn shown_as(mut self, shown: impl Fn(&Document) -> String + Send + Sync + 'static) -> Run {
        self.output.show(Box::new(shown));
        self
    }

    fn with_input(self, input: Input) -> Run {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = Some(input);
        self
    }

    pub(super) fn take_input(&self) -> Option<Input> {
        self.input
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// When to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Writes a document that is done, and remembers whether it failed.
    ///
    /// # Errors
    /// [`Gone`] where it could not be written; the run is told to stop then.
    pub fn emit(&self, document: &Document) -> Result<(), Gone> {
        match self.output.write(document) {
            Ok(written) => {
                if written.has_error() {
                    self.fail();
                }
                Ok(())
            }
            Err(Gone) => {
                self.fail();
                if self.needs_reader {
                    self.stop.stop(StopReason::ReaderGone);
                }
                Err(Gone)
            }
        }
    }

    /// Says that a piece of input is no document and is dropped.
    pub(super) fn drop_input(&self, wrong: &str) {
        self.fail();
        self.dropped().add(wrong);
    }

    /// Writes the document that tells what was dropped, if anything was. The input has ended, and each of its documents is
    /// written.
    pub(super) fn tell_dropped(&self) {
        if let Some(document) = self.dropped().document() {
            // Where nobody takes it, the run knows that.
            let _ = self.emit(&document);
        }
    }

    fn dropped(&self) -> MutexGuard<'_, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a document that was worked on, and says on stderr what failed on it here: what failed earlier was said
    /// by the program where it did.
    pub(super) fn deliver(&self, document: &Document) -> Result<(), Gone> {
        let challenges = match document.kind() {
            Kind::Order if document.has_error() => document.challenge_count(),
            _ => 0,
        };
        // What a CA says of each name is said with the order's problem, where that has it.
        let mut has_said = false;
        let challenges = match document.problem() {
            Some(problem) if problem.more.contains_key("subproblems") => 0,
            _ => challenges,
        };
        for challenge in document.challenges().take(challenges) {
            has_said |= challenge.has_error();
            say(challenge.problem(), || Challenge::label(&challenge));
        }
        if !has_said {
            say(document.problem(), || document.label());
        }
        self.emit(document)
    }

    /// Remembers that the run has failed in something that is no document: exit status 1.
    pub fn fail(&self) {
        self.has_failed.store(true, Ordering::Relaxed);
    }

    /// Whether it has failed so far, or was stopped.
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed) || self.stop.heard().is_some()
    }

    /// The exit status: 128 plus the signal that stopped the run, SIGPIPE where nobody reads what it writes; 1 where
    /// something failed; else 0.
    pub fn finish(&self) -> ExitCode {
        command::progress::done();
        match self.stop.heard() {
            Some(StopReason::ReaderGone) if self.output.has_failed() => ExitCode::FAILURE,
            Some(reason) => ExitCode::from(reason.exit_status()),
            None if self.output.lost_its_reader() => {
                ExitCode::from(StopReason::ReaderGone.exit_status())
            }
            None => ExitCode::from(u8::from(self.has_failed.load(Ordering::Relaxed))),
        }
    }

    /// Whether a document is to be worked on; one that is no order and no challenge gets its error here.
    pub(super) fn screen(&self, document: &mut Document) -> bool {
        if document.has_error() {
            return false;
        }
        match document.kind() {
            Kind::Unknown(problem) => {
                let problem = problem.clone();
                message::error(&format!("{}: {problem}", document.label()));
                document.fail(&problem);
                false
            }
            Kind::Order | Kind::Challenge => true,
        }
    }
}

/// Says on stderr what this program found wrong with an order or a challenge of this name.
fn say(problem: Option<Problem>, label: impl Fn() -> String) {
    if let Some(problem) = problem.filter(Problem::is_of_this_program) {
        said::say(&label(), &problem);
    }
}
