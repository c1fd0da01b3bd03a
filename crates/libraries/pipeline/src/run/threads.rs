//! Documents worked on by threads.

use super::queue::Queue;
use super::state::{Run, STACK};
use crate::contract::{Document, Outcomes, Problem};
use crate::stream::{Gone, Item, Slot};
use command::{StopReason, Usage};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

/// How documents are worked on by threads.
pub struct Threads {
    /// How many at once.
    pub at_once: usize,
    /// How long a document may take to come back after the program was told to stop, or after its input ended if that is
    /// later. Then it is passed on as it came, marked as interrupted, and its thread is left behind.
    pub patience: Duration,
    /// Whether documents that failed earlier are worked on too: to undo what was done for them.
    pub failed_too: bool,
}

/// What is done to a document, on whatever thread.
type Work = Arc<dyn Fn(&mut Document) -> Outcomes + Send + Sync>;

enum Event {
    Item(Item, Slot),
    End,
    Done(u64, Document, Outcomes),
    Stopped,
}

/// The threads at work, and the documents they hold.
struct Workers<'a> {
    run: &'a Run,
    work: Work,
    queue: Queue,
    threads: &'a Threads,
    events: Sender<Event>,
    started: u64,
    /// What is being worked on, as it came.
    under_way: HashMap<u64, (Document, Slot)>,
    deadline: Option<Instant>,
    /// Documents that were worked on and that nobody took.
    lost: Vec<Document>,
}

impl Run {
    /// Hands each document to `work` on a thread of its own, sets what that says of its challenges, and writes it. A
    /// document that failed earlier passes through as it came, unless [`Threads::failed_too`]; one that is neither an
    /// order nor a challenge passes through with an error.
    ///
    /// Returns the documents that were worked on and could not be written, since their reader went away.
    ///
    /// # Errors
    /// Where the system gives no thread to read with. Nothing has been read then.
    pub fn each(
        &self,
        threads: &Threads,
        work: impl Fn(&mut Document) -> Outcomes + Send + Sync + 'static,
    ) -> Result<Vec<Document>, Usage> {
        self.each_by(threads, Arc::new(work))
    }

    /// Takes `work` as a pointer, so that a program has this code once.
    fn each_by(&self, threads: &Threads, work: Work) -> Result<Vec<Document>, Usage> {
        let (events, inbox) = mpsc::channel();
        let waker = events.clone();
        self.stop.on_stop(move |_| {
            let _ = waker.send(Event::Stopped);
        });
        self.spawn_reader(events.clone())?;
        let mut workers = Workers {
            run: self,
            work,
            queue: Queue::default(),
            threads,
            events,
            started: 0,
            under_way: HashMap::new(),
            deadline: None,
            lost: Vec::new(),
        };
        workers.serve(&inbox);
        self.tell_dropped();
        Ok(workers.lost)
    }

    fn spawn_reader(&self, events: Sender<Event>) -> Result<(), Usage> {
        let input = self.take_input();
        let read = move || {
            if let Some(input) = input {
                input.read_all(|item, slot| events.send(Event::Item(item, slot)).is_ok());
            }
            let _ = events.send(Event::End);
        };
        let thread = std::thread::Builder::new().name("documents".to_owned());
        thread
            .stack_size(STACK)
            .spawn(read)
            .map_err(|error| Usage::new(format!("cannot start a thread: {error}")))?;
        Ok(())
    }
}

impl Workers<'_> {
    /// Handles events until the input has ended, and every document has come back or patience has ended.
    fn serve(&mut self, inbox: &Receiver<Event>) {
        let mut is_reading = true;
        while is_reading || !self.under_way.is_empty() {
            match self.receive(inbox) {
                Some(Event::Item(item, slot)) => self.take(item, slot),
                Some(Event::End) => {
                    is_reading = false;
                    if self.run.stop.reason().is_some() {
                        self.deadline = Some(Instant::now() + self.threads.patience);
                    }
                }
                Some(Event::Done(id, mut document, outcomes)) => {
                    // The copy goes before challenges are changed, so that none of them takes memory twice.
                    let Some((came, _)) = self.under_way.remove(&id) else {
                        // It was passed on already, as it came.
                        continue;
                    };
                    let has_failed = outcomes.iter().any(|(_, one)| one.problem.is_some());
                    let was_said = came.has_error() && !has_failed;
                    drop(came);
                    // One for which there was nothing to do goes on as it came.
                    if !outcomes.is_empty() {
                        document.apply(outcomes);
                    }
                    self.deliver(document, was_said);
                }
                Some(Event::Stopped) => {
                    is_reading &= self.run.stop.reason() != Some(StopReason::ReaderGone);
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

    fn take(&mut self, item: Item, slot: Slot) {
        match item {
            Item::Document(mut document, _) => {
                let is_failed_too = self.threads.failed_too && document.has_error();
                if self.run.screen(&mut document) || is_failed_too {
                    self.start(document, slot);
                } else {
                    // Nothing was done for it, so nothing is lost with it.
                    let _ = self.run.emit(&document);
                }
            }
            Item::Garbage(text) => self.run.drop_input(&text),
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

    /// Queues the document, and starts one more thread for it if there may be more. Where the system gives none, the
    /// threads that there are do the work, or this one does.
    fn start(&mut self, document: Document, slot: Slot) {
        self.started += 1;
        let id = self.started;
        self.under_way.insert(id, (document.clone(), slot));
        if !self.queue.push(id, document, self.threads.at_once) {
            return;
        }
        let (queue, work, events) = (self.queue.clone(), self.work.clone(), self.events.clone());
        let thread = std::thread::Builder::new().name("document".to_owned());
        let started = thread
            .stack_size(STACK)
            .spawn(move || work_off(&queue, &*work, &events));
        if started.is_err() && self.queue.give_up_worker() {
            work_off(&self.queue, &*self.work, &self.events);
        }
    }

    /// Passes on what has not come back, as it came.
    fn abandon(&mut self) {
        for (_, (mut document, _)) in std::mem::take(&mut self.under_way) {
            if let Some(StopReason::Signal(number)) = self.run.stop.reason() {
                document.fail(&Problem::interrupted(number));
            }
            self.deliver(document, false);
        }
    }
}

fn work_off(queue: &Queue, work: &dyn Fn(&mut Document) -> Outcomes, events: &Sender<Event>) {
    while let Some((id, mut document)) = queue.next() {
        let outcomes = work(&mut document);
        let _ = events.send(Event::Done(id, document, outcomes));
    }
}
