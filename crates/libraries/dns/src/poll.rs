//! Each address of each server, asked for a value over and over until it serves it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::{sleep, timeout};

use crate::locate::Locator;
use crate::propagation::{Pace, Sighting, Target};
use crate::pulse::{Pulse, Pulses};
use crate::seen::{self, Seen, State};
use crate::transport::{Client, Question};

/// The pause after the first look; each one after it is half as long again, up to the interval.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Each of several that look at one server adds so much to the pause: all together look 50 times a second at most, apart
/// from when the zone's serial has changed.
const PAUSE_FOR_EACH: Duration = Duration::from_millis(20);

/// How often a server is looked at again that serves the value, while others lack it.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// A value's servers under observation; ends when dropped.
pub(crate) struct Poll {
    watched: Arc<Watched>,
    /// No tasks: a zone has few servers, and of a hundred values each takes a look at all of them.
    looks: FuturesUnordered<Look>,
}

type Look = Pin<Box<dyn Future<Output = (Box<Watcher>, Seen)>>>;

impl Poll {
    /// Takes a first look at each address at once.
    pub(crate) fn start(
        locator: &Locator,
        target: &Target,
        pace: Pace,
        sightings: &[Sighting],
    ) -> Self {
        let watched = Arc::new(Watched {
            client: locator.client().clone(),
            pulses: locator.pulses().clone(),
            question: Question::new(&target.name, RecordType::TXT),
            value: target.value.clone(),
            zone: target.zone.clone(),
            longest_pause: pace.interval.max(FIRST_PAUSE),
            has_siblings: !target.siblings.is_empty(),
            queries: AtomicUsize::new(0),
        });
        let watchers = sightings
            .iter()
            .enumerate()
            .map(|(index, sighting)| Watcher::new(index, sighting.address));
        Self {
            looks: watchers
                .map(|watcher| watcher.look(watched.clone()))
                .collect(),
            watched,
        }
    }

    /// What the next address answers, by its index. One that lacks the value will be looked at again, and so will one
    /// of several values' servers.
    pub(crate) async fn news(&mut self) -> (usize, Seen) {
        let Some((watcher, seen)) = self.looks.next().await else {
            // Nobody is asked any more: there will be no news.
            return std::future::pending().await;
        };
        let index = watcher.index;
        if seen.state() != State::Serving || self.watched.has_siblings {
            self.looks.push(watcher.look(self.watched.clone()));
        }
        (index, seen)
    }

    /// How many questions were asked.
    pub(crate) fn queries(&self) -> usize {
        self.watched.queries.load(Ordering::Relaxed)
    }
}

/// What all looks for one value have in common.
struct Watched {
    client: Client,
    pulses: Pulses,
    question: Question,
    value: String,
    zone: Option<Name>,
    longest_pause: Duration,
    has_siblings: bool,
    queries: AtomicUsize,
}

/// One address between two looks.
struct Watcher {
    index: usize,
    server: SocketAddr,
    /// What the last look came to, and the serial that it showed.
    last: Option<(State, Option<u32>)>,
    pulse: Option<Pulse>,
    pause: Option<Duration>,
}

impl Watcher {
    fn new(index: usize, server: SocketAddr) -> Box<Watcher> {
        Box::new(Watcher {
            index,
            server,
            last: None,
            pulse: None,
            pause: None,
        })
    }

    fn look(self: Box<Self>, watched: Arc<Watched>) -> Look {
        Box::pin(self.look_in_time(watched))
    }

    /// Looks when it is time to.
    async fn look_in_time(mut self: Box<Self>, watched: Arc<Watched>) -> (Box<Self>, Seen) {
        match self.last {
            None => {}
            // A secondary may have been seen just before it heard that a sibling replaced the value.
            Some((State::Serving, _)) => sleep(SECOND_LOOK.max(watched.longest_pause)).await,
            Some((state, serial)) => self.pause(&watched, state, serial).await,
        }
        let heard = self.pulse.as_ref().and_then(Pulse::heard);
        let server = watched.client.authoritative(self.server);
        let answer = match server.fault() {
            Some(fault) => Err(fault),
            None => {
                watched.queries.fetch_add(1, Ordering::Relaxed);
                server.ask(&watched.question).await
            }
        };
        let seen = seen::read(answer, watched.question.name(), &watched.value);
        self.last = Some((seen.state(), seen.serial().or(heard)));
        (self, seen)
    }

    /// Until there is news of the zone, or it is time to look whether there is or not.
    async fn pause(&mut self, watched: &Watched, state: State, serial: Option<u32>) {
        if self.pulse.is_none() && state == State::Waiting {
            let listen = |zone| watched.pulses.listen(self.server, zone);
            self.pulse = watched.zone.as_ref().map(listen);
        }
        let crowd = self.pulse.as_ref().map_or(0, Pulse::listeners);
        let first = FIRST_PAUSE.max(PAUSE_FOR_EACH * crowd);
        let current = self.pause.unwrap_or(first).min(watched.longest_pause);
        self.pause = Some(current * 3 / 2);
        match &mut self.pulse {
            Some(pulse) => drop(timeout(current, pulse.other_than(serial)).await),
            None => sleep(current).await,
        }
    }
}
