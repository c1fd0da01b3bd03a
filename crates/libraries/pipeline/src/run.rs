//! One run of a program over its documents: reading, handing each to the program's work, writing each as soon as
//! it is done, and the exit status.
//!
//! Documents are independent: one that waits holds up no other, and each comes out when it is done.

use crate::document::{has_error, label};
use crate::gate::{Gate, Place};
use crate::options::program_name;
use crate::{
    Document, Failure, Gone, Item, Kind, Object, Outcomes, Output, Reader, Stop, StopReason, Usage,
    Value, message,
};
use std::collections::{HashMap, VecDeque};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The stack of a thread that parses: a document may be nested 128 levels deep. Only what is touched takes memory.
pub const STACK: usize = 1 << 20;

/// Where a run's documents come from.
pub(crate) enum Input {
    Stdin(Reader),
    Lines(Reader, MakeDocument),
    Given(std::vec::IntoIter<Document>),
}

type MakeDocument = Box<dyn FnMut(&str) -> Option<Document> + Send>;

/// One run of a program.
pub struct Run {
    stop: Stop,
    needs_reader: bool,
    output: Output,
    input: Mutex<Option<Input>>,
    failed: AtomicBool,
}

/// How documents are worked on by threads.
pub struct Threads {
    /// How many at once.
    pub at_once: usize,
    /// How long a document may take to come back once the program is to stop, or its input ended after that; then it
    /// is passed on as it came, marked as interrupted, and its thread is left behind.
    pub patience: Duration,
    /// Whether documents that failed earlier are worked on too: to undo what was done for them.
    pub failed_too: bool,
}

impl Run {
    /// Starts a run over stdin: listens for signals and for a reader of stdout that goes away.
    ///
    /// # Errors
    /// Where the process cannot have signal handlers or has no stdout.
    pub fn start() -> Result<Run, Usage> {
        let stop = Stop::listen()?;
        stop.watch_reader()?;
        Run::new(stop, true)
    }

    /// Starts a run that goes on until its input ends, signals or not, read or not: for what has to be done come
    /// what may. A second signal ends even that.
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn unstoppable() -> Result<Run, Usage> {
        Run::new(Stop::listen_only()?, false)
    }

    fn new(stop: Stop, needs_reader: bool) -> Result<Run, Usage> {
        let output = Output::stdout()?;
        let input = Input::Stdin(Reader::stdin(stop.clone()));
        Ok(Run {
            stop,
            needs_reader,
            output,
            input: Mutex::new(Some(input)),
            failed: AtomicBool::new(false),
        })
    }

    /// Works on these documents instead of those on stdin: what stood on the command line.
    pub fn given(self, documents: Vec<Document>) -> Run {
        self.with_input(Input::Given(documents.into_iter()))
    }

    /// Works on what `make` makes of each line of stdin; of some lines nothing.
    pub fn lines(self, make: impl FnMut(&str) -> Option<Document> + Send + 'static) -> Run {
        let reader = Reader::stdin_lines(self.stop.clone());
        self.with_input(Input::Lines(reader, Box::new(make)))
    }

    fn with_input(self, input: Input) -> Run {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = Some(input);
        self
    }

    pub(crate) fn take_input(&self) -> Option<Input> {
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
        if document.has_error() {
            self.failed.store(true, Ordering::Relaxed);
        }
        self.output.write(document).inspect_err(|Gone| {
            self.failed.store(true, Ordering::Relaxed);
            if self.needs_reader {
                self.stop.stop(StopReason::ReaderGone);
            }
        })
    }

    /// Writes a document that was worked on, and says on stderr what failed on it here: what failed earlier was said
    /// by the program where it did.
    pub(crate) fn deliver(&self, document: &Document) -> Result<(), Gone> {
        if document.has_error() {
            let mut has_said = false;
            if *document.kind() == Kind::Order {
                for challenge in document.challenges() {
                    has_said |= complain_of(&challenge);
                }
            }
            if !has_said {
                complain_of(&document.object());
            }
        }
        self.emit(document)
    }

    /// Remembers that the run has failed in something that is no document: exit status 1.
    pub fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// The exit status: 128 plus the signal that stopped the run; 1 where something failed; else 0.
    pub fn finish(&self) -> ExitCode {
        message::progress_done();
        match self.stop.heard() {
            Some(StopReason::ReaderGone) if self.output.has_failed() => ExitCode::FAILURE,
            Some(reason) => ExitCode::from(reason.exit_status()),
            None => ExitCode::from(u8::from(self.failed.load(Ordering::Relaxed))),
        }
    }

    /// Hands each document to `work` on a thread of its own, sets what that says of its challenges, and writes it. What
    /// has failed already goes through as it came, unless [`Threads::failed_too`]; what is no order and no challenge goes
    /// through with an error.
    ///
    /// Returns the documents that were worked on and could not be written, since their reader went away.
    pub fn each(
        &self,
        threads: &Threads,
        work: impl Fn(&mut Document) -> Outcomes + Send + Sync + 'static,
    ) -> Vec<Document> {
        self.each_by(threads, Arc::new(work))
    }

    /// One piece of code for whatever work: with another for each, programs would be larger.
    fn each_by(&self, threads: &Threads, work: Work) -> Vec<Document> {
        let (events, inbox) = mpsc::channel();
        let waker = events.clone();
        self.stop.on_stop(move |_| {
            let _ = waker.send(Event::Stopped);
        });
        self.spawn_reader(events.clone());
        let mut crew = Crew {
            run: self,
            work,
            line: Line::default(),
            threads,
            events,
            started: 0,
            under_way: HashMap::new(),
            deadline: None,
            lost: Vec::new(),
        };
        crew.serve(&inbox);
        crew.lost
    }

    fn spawn_reader(&self, events: Sender<Event>) {
        let input = self.take_input();
        let gate = Gate::default();
        spawn("documents", STACK, move || {
            if let Some(input) = input {
                input.read_all(&gate, |item, place| {
                    events.send(Event::Item(item, place)).is_ok()
                });
            }
            let _ = events.send(Event::End);
        });
    }

    /// Whether a document is to be worked on; one that is no order and no challenge gets its error here.
    pub(crate) fn screen(&self, document: &mut Document) -> bool {
        if document.has_error() {
            return false;
        }
        match document.kind() {
            Kind::Unknown(failure) => {
                let failure = failure.clone();
                message::complain(&format!("{}: {failure}", document.label()));
                document.fail(&failure);
                false
            }
            Kind::Order | Kind::Challenge => true,
        }
    }
}

impl Input {
    /// Reads to the end, handing on each item as soon as the gate has room for it, while `hand_on` says so.
    pub(crate) fn read_all(self, gate: &Gate, mut hand_on: impl FnMut(Item, Place) -> bool) {
        let mut enter = move |item: Item| {
            let bytes = match &item {
                Item::Document(_, bytes) => *bytes,
                Item::Garbage(text) => text.len(),
            };
            hand_on(item, gate.enter(bytes))
        };
        match self {
            Input::Stdin(mut reader) => {
                while let Some(item) = reader.next_item() {
                    if !enter(item) {
                        return;
                    }
                }
            }
            Input::Lines(mut reader, mut make) => {
                while let Some(line) = reader.next_line() {
                    let item = match line {
                        Ok(line) => match make(&line) {
                            Some(document) => Item::Document(document, line.len()),
                            None => continue,
                        },
                        Err(garbage) => Item::Garbage(garbage),
                    };
                    if !enter(item) {
                        return;
                    }
                }
            }
            Input::Given(documents) => {
                for document in documents {
                    if !enter(Item::Document(document, 0)) {
                        return;
                    }
                }
            }
        }
    }
}

/// What is done to a document, on whatever thread.
type Work = Arc<dyn Fn(&mut Document) -> Outcomes + Send + Sync>;

enum Event {
    Item(Item, Place),
    End,
    Done(u64, Document, Outcomes),
    Stopped,
}

/// The threads at work, and the documents they hold.
struct Crew<'a> {
    run: &'a Run,
    work: Work,
    line: Line,
    threads: &'a Threads,
    events: Sender<Event>,
    started: u64,
    /// What is being worked on, as it came.
    under_way: HashMap<u64, (Document, Place)>,
    deadline: Option<Instant>,
    /// Worked on, and nobody there to take them.
    lost: Vec<Document>,
}

impl Crew<'_> {
    /// Until the input has ended, and every document has come back or patience has.
    fn serve(&mut self, inbox: &Receiver<Event>) {
        let mut reading = true;
        while reading || !self.under_way.is_empty() {
            match self.receive(inbox) {
                Some(Event::Item(item, place)) => self.take(item, place),
                Some(Event::End) => {
                    reading = false;
                    if self.run.stop.reason().is_some() {
                        self.deadline = Some(Instant::now() + self.threads.patience);
                    }
                }
                Some(Event::Done(id, mut document, outcomes)) => {
                    // Before its challenges are changed, so that it takes no memory for each twice.
                    let Some((came, _)) = self.under_way.remove(&id) else {
                        // It was passed on already, as it came.
                        continue;
                    };
                    let failed = outcomes.iter().any(|(_, one)| one.failure.is_some());
                    let was_said = came.has_error() && !failed;
                    drop(came);
                    // One for which there was nothing to do goes on as it came.
                    if !outcomes.is_empty() {
                        document.apply(outcomes);
                    }
                    self.deliver(document, was_said);
                }
                Some(Event::Stopped) => {
                    reading &= self.run.stop.reason() != Some(StopReason::ReaderGone);
                    self.deadline = Some(Instant::now() + self.threads.patience);
                }
                None => {
                    self.abandon();
                    // More may come, from programs before this one that are stopping too.
                    self.deadline = None;
                }
            }
        }
    }

    fn take(&mut self, item: Item, place: Place) {
        match item {
            Item::Document(mut document, _) => {
                let failed = self.threads.failed_too && document.has_error();
                if self.run.screen(&mut document) || failed {
                    self.start(document, place);
                } else {
                    // Nothing was done for it, so nothing is lost with it.
                    let _ = self.run.emit(&document);
                }
            }
            Item::Garbage(text) => {
                message::complain(&text);
                self.run.fail();
            }
        }
    }

    fn deliver(&mut self, document: Document, was_said: bool) {
        let delivered = if was_said {
            self.run.emit(&document)
        } else {
            self.run.deliver(&document)
        };
        if delivered == Err(Gone) {
            self.lost.push(document);
        }
    }

    /// The next event, or nothing when patience has ended.
    fn receive(&self, inbox: &Receiver<Event>) -> Option<Event> {
        let Some(deadline) = self.deadline else {
            return inbox.recv().ok();
        };
        let left = deadline.saturating_duration_since(Instant::now());
        inbox.recv_timeout(left).ok()
    }

    /// Puts the document in line, and calls one more thread to it if there may be more. Where the system gives none, those
    /// that are there do all of it, or this one.
    fn start(&mut self, document: Document, place: Place) {
        self.started += 1;
        let id = self.started;
        self.under_way.insert(id, (document.clone(), place));
        let mut line = self.line.lock();
        line.waiting.push_back((id, document));
        if line.workers >= self.threads.at_once.max(1) {
            return;
        }
        line.workers += 1;
        drop(line);
        let (line, work, events) = (self.line.clone(), self.work.clone(), self.events.clone());
        let thread = std::thread::Builder::new().name("document".to_owned());
        let started = thread
            .stack_size(STACK)
            .spawn(move || line.work_off(&*work, &events));
        if started.is_err() {
            let alone = {
                let mut line = self.line.lock();
                line.workers -= 1;
                line.workers == 0
            };
            if alone {
                self.line.lock().workers += 1;
                self.line.clone().work_off(&*self.work, &self.events);
            }
        }
    }

    /// Passes on what has not come back, as it came.
    fn abandon(&mut self) {
        for (_, (mut document, _)) in std::mem::take(&mut self.under_way) {
            if let Some(StopReason::Signal(number)) = self.run.stop.reason() {
                document.fail(&Failure::interrupted(number));
            }
            self.deliver(document, false);
        }
    }
}

/// Says on stderr what this program found wrong with an order or a challenge; false where nothing is wrong with it.
fn complain_of(object: &Object) -> bool {
    if let Some(failure) = Failure::of(object)
        && failure.more.get("program").and_then(Value::as_str) == Some(program_name())
    {
        message::complain(&format!("{}: {failure}", label(object)));
    }
    has_error(object)
}

/// Documents that wait for a thread, and how many threads there are.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    waiting: VecDeque<(u64, Document)>,
    workers: usize,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next document; none when this worker is no longer needed.
    fn next(&self) -> Option<(u64, Document)> {
        let mut line = self.lock();
        let next = line.waiting.pop_front();
        if next.is_none() {
            line.workers -= 1;
        }
        next
    }

    fn work_off(&self, work: &dyn Fn(&mut Document) -> Outcomes, events: &Sender<Event>) {
        while let Some((id, mut document)) = self.next() {
            let outcomes = work(&mut document);
            let _ = events.send(Event::Done(id, document, outcomes));
        }
    }
}

/// Starts a thread; where the system gives none the work cannot be done at all.
fn spawn(name: &str, stack: usize, body: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(stack);
    if let Err(error) = thread.spawn(body) {
        message::complain(&format!("cannot start a thread: {error}"));
        std::process::exit(1);
    }
}
