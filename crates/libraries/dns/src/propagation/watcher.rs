//! Watches one address of a server for all values that are waited for there.
//!
//! A first look is taken for each of them. From then on one question after the other goes to the address, at the pace of
//! [`pace`](super::pace), for one of the values in turn and for one zone after the other. When an answer shows that a zone
//! has changed there, by its serial (RFC 1035 §3.3.13) or by what it holds, all values of that zone are looked for at once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::pace;
use crate::propagation::queues::{Id, Queues};
use crate::propagation::sought::{Look, News, Sought};
use crate::transport::{Client, ExtendedErrors, Remark};

/// How late a probe may be and still be made up for.
const LATEST: Duration = Duration::from_millis(5);

/// The addresses that are watched. Clones share them.
#[derive(Clone)]
pub(super) struct Watchers {
    client: Client,
    commands: Rc<RefCell<HashMap<SocketAddr, mpsc::UnboundedSender<Command>>>>,
    last_id: Rc<Cell<Id>>,
}

/// A value that is looked for at one address, until it is dropped.
pub(super) struct Subscription {
    id: Id,
    commands: mpsc::UnboundedSender<Command>,
}

enum Command {
    Add(Id, Entry),
    Look(Id),
    Remove(Id),
}

/// A value that is looked for.
struct Entry {
    sought: Rc<Sought>,
    index: usize,
    news: Rc<News>,
    /// What its last look has shown.
    last: Option<ServerState>,
    /// How long the last pause was in the wanted state.
    pause: Option<Duration>,
}

impl Watchers {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            commands: Rc::default(),
            last_id: Rc::default(),
        }
    }

    /// Has a value looked for at an address, and what is seen sent to `news` with this index.
    pub(super) fn subscribe(
        &self,
        address: SocketAddr,
        sought: Rc<Sought>,
        index: usize,
        news: Rc<News>,
    ) -> Subscription {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let entry = Entry {
            sought,
            index,
            news,
            last: None,
            pause: None,
        };
        let mut all = self.commands.borrow_mut();
        let commands = all.entry(address).or_insert_with(|| {
            let (sender, commands) = mpsc::unbounded_channel();
            let watcher = Watcher::new(self.client.clone(), address);
            tokio::task::spawn_local(watcher.run(commands, self.clone()));
            sender
        });
        // The watcher takes its place out of the map before it ends.
        let _ = commands.send(Command::Add(id, entry));
        Subscription {
            id,
            commands: commands.clone(),
        }
    }
}

impl Subscription {
    /// Has a look taken now.
    pub(super) fn look(&self) {
        let _ = self.commands.send(Command::Look(self.id));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Remove(self.id));
    }
}

/// One address.
struct Watcher {
    client: Client,
    address: SocketAddr,
    entries: HashMap<Id, Entry>,
    queues: Queues,
    under_way: FuturesUnordered<LocalBoxFuture<'static, (Id, Answer)>>,
    /// Whether the last question to it was answered.
    answers: Option<bool>,
    last_change: Instant,
}

/// What has come of a question.
struct Answer {
    observed: Observed,
    errors: ExtendedErrors,
    asked: Instant,
    queried: bool,
}

impl Watcher {
    fn new(client: Client, address: SocketAddr) -> Self {
        Self {
            client,
            address,
            entries: HashMap::new(),
            queues: Queues::default(),
            under_way: FuturesUnordered::new(),
            answers: None,
            last_change: Instant::now(),
        }
    }

    /// Watches until nobody looks for anything here any more.
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>, watchers: Watchers) {
        let mut next = Instant::now();
        loop {
            while let Ok(command) = commands.try_recv() {
                self.take(command);
            }
            if self.entries.is_empty() {
                watchers.commands.borrow_mut().remove(&self.address);
                return;
            }
            let now = Instant::now();
            let pause = self.pause(now);
            // Timers are not as fine as the shortest pauses.
            next = next.max(now.checked_sub(LATEST).unwrap_or(now));
            while next <= now {
                self.queues.probe(now);
                next += pause;
            }
            self.queues.sweep_due(now);
            self.start_questions();
            let until = self
                .queues
                .next_sweep()
                .map_or(next, |sweep| sweep.min(next));
            tokio::select! {
                Some((id, answer)) = self.under_way.next() => self.heard(id, answer),
                command = commands.recv() => match command {
                    Some(command) => self.take(command),
                    None => return,
                },
                () = sleep_until(until.into()) => {}
            }
        }
    }

    fn pause(&self, now: Instant) -> Duration {
        let quiet = now.saturating_duration_since(self.last_change);
        let interval = self.queues.shortest_interval();
        pace::pause(self.queues.zones(), quiet, interval)
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Add(id, entry) => {
                let Sought { zone, interval, .. } = &*entry.sought;
                self.queues.add(id, zone.as_ref(), *interval);
                self.entries.insert(id, entry);
            }
            Command::Look(id) => self.queues.look_for(id),
            Command::Remove(id) => {
                self.entries.remove(&id);
                self.queues.remove(id);
            }
        }
    }

    /// Starts as many as may be under way; the others wait in a queue, where they take less memory.
    fn start_questions(&mut self) {
        while self.under_way.len() < self.client.most_questions()
            && let Some(id) = self.queues.next_question()
        {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            let asked = ask(self.client.clone(), self.address, entry.sought.clone());
            self.under_way
                .push(Box::pin(async move { (id, asked.await) }));
        }
    }

    /// Passes an answer on, and draws conclusions from it for the other values.
    fn heard(&mut self, id: Id, answer: Answer) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let now = Instant::now();
        let state = answer.observed.state();
        let is_wanted = state == entry.sought.wanted;
        let is_news = entry.last.is_some_and(|last| {
            (is_wanted && last != state) || last.is_usable() != state.is_usable()
        });
        entry.last = Some(state);
        let due = if is_wanted {
            let pause = pace::pause_in_wanted_state(entry.pause);
            entry.pause = Some(pause);
            Some(now + pause)
        } else {
            entry.pause = None;
            None
        };
        self.queues.asked(id, due);
        if let Some(serial) = answer.observed.serial()
            && self.queues.heard_serial(id, serial, answer.asked, now)
        {
            self.last_change = now;
        }
        if is_news {
            self.last_change = now;
            self.queues.changed(id, is_wanted, now);
        }
        let answers = !matches!(answer.observed, Observed::NoAnswer(_));
        let has_changed = self.answers.is_some_and(|did| did != answers);
        self.answers = Some(answers);
        if has_changed {
            self.last_change = now;
            self.queues.all_changed(now);
        }
        entry.news.add(Look {
            index: entry.index,
            observed: answer.observed,
            errors: answer.errors,
            asked: answer.asked,
            queried: answer.queried,
        });
    }
}

async fn ask(client: Client, address: SocketAddr, sought: Rc<Sought>) -> Answer {
    let asked = Instant::now();
    let server = client.authoritative(address);
    let (answer, queried) = match server.fault() {
        Some(fault) => (Err(fault), false),
        None => (server.ask(&sought.question).await, true),
    };
    let is_authoritative = answer.as_ref().is_ok_and(|reply| reply.is_authoritative());
    let errors = answer.as_ref().map(|reply| reply.extended_errors());
    let errors = errors.unwrap_or_default();
    let observed = sought.read(answer);
    if !is_authoritative && observed.state().is_usable() {
        client.remark(Remark::NotAuthoritative(address));
    }
    Answer {
        observed,
        errors,
        asked,
        queried,
    }
}
