//! Each address of each server, asked for a value over and over until it serves it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_proto::rr::{Name, RecordType};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::Client;
use crate::locate::Locator;
use crate::message::Question;
use crate::propagation::{Pace, Sighting, Target};
use crate::pulse::{Pulse, Pulses};
use crate::seen::{self, Seen, State};

/// The pause after the first look; each one after it is half as long again, up to the interval.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Each of several that look at one server adds so much to the pause: all together look 50 times a second at most, apart
/// from when the zone's serial has changed.
const PAUSE_FOR_EACH: Duration = Duration::from_millis(20);

/// How often a server is looked at again that serves the value, while others lack it.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// A value's servers under observation; ends when dropped.
pub(crate) struct Poll {
    news: mpsc::UnboundedReceiver<(usize, Seen)>,
    queries: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Poll {
    /// Takes a first look at each address at once, and goes on with those that lack the value.
    pub(crate) fn start(
        locator: &Locator,
        target: &Target,
        pace: Pace,
        sightings: &[Sighting],
    ) -> Self {
        let (report, news) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let queries = Arc::new(AtomicUsize::new(0));
        let watched = Arc::new(Watched {
            client: locator.client().clone(),
            pulses: locator.pulses().clone(),
            question: Question::direct(&target.name, RecordType::TXT),
            value: target.value.clone(),
            zone: target.zone.clone(),
            longest_pause: pace.interval.max(FIRST_PAUSE),
            has_siblings: !target.siblings.is_empty(),
            queries: queries.clone(),
            report,
        });
        for (index, sighting) in sightings.iter().enumerate() {
            tasks.spawn(watched.clone().observe(index, sighting.address));
        }
        Self {
            news,
            queries,
            _tasks: tasks,
        }
    }

    /// What the next address answers, by its index.
    pub(crate) async fn news(&mut self) -> Option<(usize, Seen)> {
        self.news.recv().await
    }

    /// How many questions were asked.
    pub(crate) fn queries(&self) -> usize {
        self.queries.load(Ordering::Relaxed)
    }
}

struct Watched {
    client: Client,
    pulses: Pulses,
    question: Question,
    value: String,
    zone: Option<Name>,
    longest_pause: Duration,
    has_siblings: bool,
    queries: Arc<AtomicUsize>,
    report: mpsc::UnboundedSender<(usize, Seen)>,
}

impl Watched {
    async fn observe(self: Arc<Self>, index: usize, server: SocketAddr) {
        let mut pulse = None;
        let mut pause = None;
        loop {
            let heard = pulse.as_mut().and_then(|pulse: &mut Pulse| pulse.heard());
            let seen = self.look(server).await;
            let (state, serial) = (seen.state(), seen.serial().or(heard));
            if self.report.send((index, seen)).is_err() {
                return;
            }
            if state == State::Serving {
                if !self.has_siblings {
                    return;
                }
                // A secondary may have been seen just before it heard that a sibling replaced the value.
                tokio::time::sleep(SECOND_LOOK.max(self.longest_pause)).await;
                continue;
            }
            if pulse.is_none() && state == State::Waiting {
                pulse = self
                    .zone
                    .as_ref()
                    .map(|zone| self.pulses.listen(server, zone));
            }
            let crowd = pulse.as_ref().map_or(0, Pulse::listeners);
            let first = FIRST_PAUSE.max(PAUSE_FOR_EACH * crowd);
            let current = pause.unwrap_or(first).min(self.longest_pause);
            pause = Some(current * 3 / 2);
            match &mut pulse {
                // Whether there was news or not, it is time to look again.
                Some(pulse) => drop(timeout(current, pulse.other_than(serial)).await),
                None => tokio::time::sleep(current).await,
            }
        }
    }

    async fn look(&self, server: SocketAddr) -> Seen {
        let answer = match self.client.silence(server) {
            Some(silence) => Err(silence),
            None => {
                self.queries.fetch_add(1, Ordering::Relaxed);
                self.client.ask(server, &self.question).await
            }
        };
        seen::read(answer, &self.question.name, &self.value)
    }
}
