//! The same run for programs whose work is waiting for replies: challenges as futures, on one thread.

use crate::gate::{Gate, Place};
use crate::run::{Run, STACK};
use crate::{Document, Failure, Gone, Item, Object, Outcome, StopReason, Usage, is_open, message};
use std::future::Future;
use std::rc::Rc;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};

impl Run {
    /// Works on the open challenges of each document, all of them side by side, and writes each document when all of
    /// its challenges have an outcome. When the run is to stop, what is unfinished is marked as interrupted.
    ///
    /// `work` is called with each document and returns what is called with each of its open challenges. That has to
    /// read what it needs: neither the document nor the challenge is there for the future, since parsed they take much
    /// memory.
    ///
    /// # Errors
    /// Where the system gives no thread or no event loop.
    pub fn each_challenge<C, F>(&self, work: impl Fn(&Document) -> C + 'static) -> Result<(), Usage>
    where
        C: FnMut(&Object) -> F + 'static,
        F: Future<Output = Outcome> + 'static,
    {
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
            LocalSet::new().block_on(&runtime, self.serve(items, stopped, Rc::new(work)));
        // What is left of a name look-up in a thread of the runtime is not waited for.
        runtime.shutdown_background();
        Ok(())
    }

    fn spawn_async_reader(&self) -> Result<mpsc::UnboundedReceiver<(Item, Place)>, Usage> {
        // The gate bounds what is in this channel.
        let (sender, items) = mpsc::unbounded_channel();
        let input = self.take_input();
        std::thread::Builder::new()
            .name("documents".into())
            .stack_size(STACK)
            .spawn(move || {
                if let Some(input) = input {
                    input.read_all(&Gate::default(), |item, place| {
                        sender.send((item, place)).is_ok()
                    });
                }
            })?;
        Ok(items)
    }

    async fn serve<W, C, F>(
        &self,
        mut items: mpsc::UnboundedReceiver<(Item, Place)>,
        mut stopped: watch::Receiver<Option<StopReason>>,
        work: Rc<W>,
    ) -> Result<(), Gone>
    where
        W: Fn(&Document) -> C + 'static,
        C: FnMut(&Object) -> F + 'static,
        F: Future<Output = Outcome> + 'static,
    {
        let mut under_way: JoinSet<(Document, Place)> = JoinSet::new();
        let mut reading = true;
        while reading || !under_way.is_empty() {
            tokio::select! {
                item = items.recv(), if reading => match item {
                    Some((Item::Document(mut document, _), place)) => {
                        if self.screen(&mut document) {
                            let done = work_on(document, work.clone(), stopped.clone());
                            under_way.spawn_local(async move { (done.await, place) });
                        } else {
                            self.emit(&document)?;
                        }
                    }
                    Some((Item::Garbage(text), _)) => {
                        message::complain(&text);
                        self.fail();
                    }
                    None => reading = false,
                },
                Some(done) = under_way.join_next() => {
                    if let Ok((document, _place)) = done {
                        self.deliver(&document)?;
                    }
                }
                () = gone(&mut stopped) => return Err(Gone),
            }
        }
        Ok(())
    }
}

/// Until the reader of stdout has gone away.
async fn gone(stopped: &mut watch::Receiver<Option<StopReason>>) {
    let gone = stopped.wait_for(|reason| *reason == Some(StopReason::ReaderGone));
    if gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Until a signal has come.
async fn signalled(mut stopped: watch::Receiver<Option<StopReason>>) -> i32 {
    let signal = |reason: &Option<StopReason>| matches!(reason, Some(StopReason::Signal(_)));
    match stopped.wait_for(signal).await.map(|reason| *reason) {
        Ok(Some(StopReason::Signal(number))) => number,
        _ => std::future::pending().await,
    }
}

/// All open challenges of a document side by side, and their outcomes set on it.
async fn work_on<W, C, F>(
    mut document: Document,
    work: Rc<W>,
    stopped: watch::Receiver<Option<StopReason>>,
) -> Document
where
    W: Fn(&Document) -> C + 'static,
    C: FnMut(&Object) -> F + 'static,
    F: Future<Output = Outcome> + 'static,
{
    let mut work = work(&document);
    let mut outcomes = JoinSet::new();
    for (index, challenge) in document.challenges().enumerate() {
        if !is_open(&challenge) {
            continue;
        }
        // On the heap: a future that holds another has room for it twice.
        let (outcome, stopped) = (Box::pin(work(&challenge)), stopped.clone());
        outcomes.spawn_local(async move {
            tokio::select! {
                biased;
                outcome = outcome => (index, outcome),
                number = signalled(stopped) => (index, Err(Failure::interrupted(number)).into()),
            }
        });
    }
    drop(work);
    while let Some(done) = outcomes.join_next().await {
        // A task that panics takes the process with it.
        if let Ok((index, outcome)) = done {
            document.note(index, outcome);
        }
    }
    document.conclude();
    document
}
