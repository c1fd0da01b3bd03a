//! Asks each address of each server for a value, over and over, until it serves it, or has it no more.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_proto::rr::{Name, RecordType};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::propagation::observation::Observation;
use crate::propagation::observed::{self, Observed, ServerState};
use crate::propagation::serials::{SerialWatch, SerialWatchers};
use crate::propagation::target::{Polling, Target};
use crate::transport::{Client, Question};

/// The pause after the first look; each one after it is half as long again, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How much each value that is looked for at one server adds to the pause: for all of them together there are 50 looks a
/// second at most, except when the zone's serial has changed.
const PAUSE_FOR_EACH: Duration = Duration::from_millis(20);

/// The first pause before a server in the wanted state is looked at again, while others are not, and the longest.
const SECOND_LOOK: Duration = Duration::from_secs(2);
const LATER_LOOKS: Duration = Duration::from_secs(10);

/// Polls the servers of a value, until it is dropped.
pub(super) struct Poll {
    watched: Rc<Watched>,
    /// They are futures and no tasks: a zone has few servers, and each of a hundred values takes a look at all of them.
    looks: FuturesUnordered<Look>,
}

type Look = Pin<Box<dyn Future<Output = (Box<Watcher>, Observed)>>>;

impl Poll {
    /// Takes a first look at each address at once.
    pub(super) fn start(
        client: &Client,
        serials: &SerialWatchers,
        target: &Target,
        polling: Polling,
        wanted: ServerState,
        observations: &[Observation],
    ) -> Self {
        let watched = Rc::new(Watched {
            client: client.clone(),
            serials: serials.clone(),
            question: Question::new(&target.name, RecordType::TXT),
            value: target.value.clone(),
            zone: target.zone.clone(),
            longest_pause: polling.interval.max(FIRST_PAUSE),
            wanted,
            is_in_doubt: Notify::new(),
            queries: Cell::new(0),
        });
        let watchers = observations
            .iter()
            .enumerate()
            .map(|(index, one)| Watcher::new(index, one.address));
        Self {
            looks: watchers
                .map(|watcher| watcher.look(watched.clone()))
                .collect(),
            watched,
        }
    }

    /// What the next address answers, with its index. Each address is looked at again, less often where it is in the wanted
    /// state and nothing puts that in doubt.
    pub(super) async fn news(&mut self) -> (usize, Observed) {
        let Some((watcher, observed)) = self.looks.next().await else {
            // Nobody is asked any more, so no answer will come.
            return std::future::pending().await;
        };
        let index = watcher.index;
        self.looks.push(watcher.look(self.watched.clone()));
        (index, observed)
    }

    /// Looks again now at the addresses that were in the wanted state: that may have changed.
    pub(super) fn look_again(&self) {
        self.watched.is_in_doubt.notify_waiters();
    }

    /// How many queries were sent.
    pub(super) fn queries(&self) -> usize {
        self.watched.queries.get()
    }
}

/// What all looks for one value have in common.
struct Watched {
    client: Client,
    serials: SerialWatchers,
    question: Question,
    value: String,
    zone: Option<Name>,
    longest_pause: Duration,
    wanted: ServerState,
    /// Tells when a state that was the wanted one may be so no more.
    is_in_doubt: Notify,
    queries: Cell<usize>,
}

/// One address between two looks.
struct Watcher {
    index: usize,
    server: SocketAddr,
    /// What the last look showed, and the zone's serial then.
    last: Option<(ServerState, Option<u32>)>,
    serial: Option<SerialWatch>,
    /// How long the last pause was.
    pause: Option<Duration>,
    /// How long the last pause was in the wanted state.
    long_pause: Option<Duration>,
}

impl Watcher {
    fn new(index: usize, server: SocketAddr) -> Box<Watcher> {
        Box::new(Watcher {
            index,
            server,
            last: None,
            serial: None,
            pause: None,
            long_pause: None,
        })
    }

    fn look(self: Box<Self>, watched: Rc<Watched>) -> Look {
        Box::pin(self.look_in_time(watched))
    }

    /// Looks when it is time to.
    async fn look_in_time(mut self: Box<Self>, watched: Rc<Watched>) -> (Box<Self>, Observed) {
        match self.last {
            None => {}
            // A server may have been seen just before another value replaced this one there.
            Some((state, _)) if state == watched.wanted => {
                let current = next_pause(self.long_pause, SECOND_LOOK, LATER_LOOKS)
                    .max(watched.longest_pause);
                self.long_pause = Some(current);
                drop(timeout(current, watched.is_in_doubt.notified()).await);
            }
            Some((state, serial)) => self.pause(&watched, state, serial).await,
        }
        let heard = self.serial.as_ref().and_then(SerialWatch::last);
        let server = watched.client.authoritative(self.server);
        let answer = match server.fault() {
            Some(fault) => Err(fault),
            None => {
                watched.queries.update(|queries| queries + 1);
                server.ask(&watched.question).await
            }
        };
        let observed = observed::read(answer, watched.question.name(), &watched.value);
        self.last = Some((observed.state(), observed.serial().or(heard)));
        (self, observed)
    }

    /// Waits until the zone's serial has changed, or until the next look is due.
    async fn pause(&mut self, watched: &Watched, state: ServerState, serial: Option<u32>) {
        let has_zone = matches!(state, ServerState::Waiting | ServerState::Serving);
        if self.serial.is_none() && has_zone {
            let listen = |zone| watched.serials.listen(self.server, zone);
            self.serial = watched.zone.as_ref().map(listen);
        }
        let crowd = self.serial.as_ref().map_or(0, SerialWatch::listeners);
        let first = FIRST_PAUSE.max(PAUSE_FOR_EACH * crowd);
        let current = next_pause(self.pause, first, watched.longest_pause);
        self.pause = Some(current);
        match &mut self.serial {
            Some(watch) => drop(timeout(current, watch.other_than(serial)).await),
            None => sleep(current).await,
        }
    }
}

/// The pause after this one.
fn next_pause(last: Option<Duration>, first: Duration, longest: Duration) -> Duration {
    let next = last.map_or(first, |last| last.saturating_mul(3) / 2);
    next.min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_half_up_to_the_longest() {
        for (last, first, longest, next) in [
            (None, 50, 2000, 50),
            (None, 2000, 1000, 1000),
            (Some(50), 100, 2000, 75),
            (Some(1400), 0, 2000, 2000),
            (Some(2000), 0, 2000, 2000),
            (Some(u64::MAX), 0, 2000, 2000),
        ] {
            let millis = Duration::from_millis;
            let pause = next_pause(last.map(millis), millis(first), millis(longest));
            assert_eq!(pause, millis(next), "{last:?} {first} {longest}");
        }
    }
}
