//! Works on challenges as futures on one thread, for programs that mostly wait for replies.

use super::state::{Run, STACK};
use crate::contract::{Challenge, Document, Ends, Object, Problem};
use crate::stream::{Gone, Item, Slot};
use command::{StopReason, Usage};
use std::future::Future;
use std::rc::Rc;
use std::time::SystemTime;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};

/// What a program does with each open challenge: read it, then one step that waits for replies.
///
/// The step gets what was read, and neither the document nor the challenge: parsed they take much memory.
pub trait Step: 'static {
    /// What one challenge asks for. Small: there may be thousands at a time.
    type Request: 'static;

    /// Takes a document as it came, which may be no order yet.
    fn receive(&self, _document: &mut Document) {}

    /// Looks at a document, before any of its challenges.
    fn prepare(&self, _document: &Document) {}

    /// Whether there is something to do about a challenge: about the open ones, unless the step says otherwise.
    fn concerns(&self, challenge: &Challenge) -> bool {
        challenge.is_open()
    }

    /// Whether the step is in vain for a challenge that has ended.
    fn needs_life(&self) -> bool {
        false
    }

    /// Reads a challenge that the step is about.
    ///
    /// # Errors
    /// A member that is missing or wrong.
    fn read(&self, challenge: &Challenge) -> Result<Self::Request, Problem>;

    /// Does the step: the members that the challenge gains, or why it failed.
    fn run(&self, request: Self::Request) -> impl Future<Output = Result<Object, Problem>>;
}

impl Run {
    /// Takes the step with the challenges of each document that it concerns, all of them side by side, and writes each document
    /// when all of its challenges have an outcome. When the run is to stop, what is unfinished is marked as interrupted.
    ///
    /// # Errors
    /// Where the system gives no thread or no event loop.
    pub fn each_challenge(&self, step: impl Step) -> Result<(), Usage> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let items = self.spawn_async_reader()?;
        let (sender, stopped) = watch::channel(None);
        self.stop().on_stop(move |reason| {
            let _ = sender.send(Some(reason));
        });
        // Gone: there is nobody left to write to, and the run's status says so.
        let _: Result<(), Gone> =
            LocalSet::new().block_on(&runtime, self.serve(items, stopped, Rc::new(step)));
        // What is left of a name look-up in a thread of the runtime is not waited for.
        runtime.shutdown_background();
        Ok(())
    }

    fn spawn_async_reader(&self) -> Result<mpsc::UnboundedReceiver<(Item, Slot)>, Usage> {
        // What is in flight is bounded, and so this channel.
        let (sender, items) = mpsc::unbounded_channel();
        let input = self.take_input();
        std::thread::Builder::new()
            .name("documents".into())
            .stack_size(STACK)
            .spawn(move || {
                if let Some(input) = input {
                    input.read_all(|item, slot| sender.send((item, slot)).is_ok());
                }
            })?;
        Ok(items)
    }

    async fn serve<S: Step>(
        &self,
        mut items: mpsc::UnboundedReceiver<(Item, Slot)>,
        mut stopped: watch::Receiver<Option<StopReason>>,
        step: Rc<S>,
    ) -> Result<(), Gone> {
        let mut under_way: JoinSet<(Document, Slot)> = JoinSet::new();
        let mut reading = true;
        while reading || !under_way.is_empty() {
            tokio::select! {
                item = items.recv(), if reading => match item {
                    Some((Item::Document(mut document, _), slot)) => {
                        step.receive(&mut document);
                        if self.screen(&mut document) {
                            let done = work_on(document, step.clone(), stopped.clone());
                            under_way.spawn_local(async move { (done.await, slot) });
                        } else {
                            self.emit(&document)?;
                        }
                    }
                    Some((Item::Garbage(text), _)) => self.drop_input(&text),
                    None => reading = false,
                },
                Some(done) = under_way.join_next() => {
                    if let Ok((document, _slot)) = done {
                        self.deliver(&document)?;
                    }
                }
                () = gone(&mut stopped) => return Err(Gone),
            }
        }
        self.tell_dropped();
        Ok(())
    }
}

/// Waits until the reader of stdout has gone away.
async fn gone(stopped: &mut watch::Receiver<Option<StopReason>>) {
    let gone = stopped.wait_for(|reason| *reason == Some(StopReason::ReaderGone));
    if gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until a signal has come.
async fn signalled(mut stopped: watch::Receiver<Option<StopReason>>) -> i32 {
    let signal = |reason: &Option<StopReason>| matches!(reason, Some(StopReason::Signal(_)));
    match stopped.wait_for(signal).await.map(|reason| *reason) {
        Ok(Some(StopReason::Signal(number))) => number,
        _ => std::future::pending().await,
    }
}

/// Works on all challenges of a document that the step concerns, side by side, and sets their outcomes on it.
async fn work_on<S: Step>(
    mut document: Document,
    step: Rc<S>,
    stopped: watch::Receiver<Option<StopReason>>,
) -> Document {
    step.prepare(&document);
    let ends = step.needs_life().then(|| Ends::of(&document));
    let mut outcomes = JoinSet::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !step.concerns(&challenge) {
            continue;
        }
        let ends = ends.as_ref();
        let request = match ends.and_then(|ends| ends.expired(&challenge, SystemTime::now())) {
            Some(problem) => Err(problem),
            None => step.read(&challenge),
        };
        let (step, stopped) = (step.clone(), stopped.clone());
        // It is on the heap: a future that holds another takes the room of that twice.
        let done = Box::pin(async move { step.run(request?).await });
        outcomes.spawn_local(async move {
            tokio::select! {
                biased;
                done = done => (index, done.into()),
                number = signalled(stopped) => (index, Problem::interrupted(number).into()),
            }
        });
    }
    while let Some(done) = outcomes.join_next().await {
        // A task that panics ends the process.
        if let Ok((index, outcome)) = done {
            document.set_outcome(index, outcome);
        }
    }
    document.summarize();
    document
}
