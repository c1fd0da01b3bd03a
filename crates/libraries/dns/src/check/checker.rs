//! Asks all that a survey wants, until it wants nothing more. Names that are checked at the same time share what is asked.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::check::ask::ask;
use crate::check::capture::Capture;
use crate::check::probe::Probe;
use crate::check::roots::Roots;
use crate::check::survey::{glance, survey};
use crate::check::target::{KnownZone, Target};

/// How long a name may take in all: one with servers that do not answer takes three to six seconds.
const LONGEST: Duration = Duration::from_secs(30);

/// How long the replies after the first are waited for.
const TOGETHER: Duration = Duration::from_millis(5);

/// How many probes may be under way to one address: it may limit the rate at which it answers.
const MOST_PER_SERVER: usize = 8;

/// How many may be wanted for one name.
const MOST_PER_NAME: usize = 4096;

/// Asks what is to be known.
pub struct Checker {
    capture: Capture,
    roots: Roots,
    probes: Semaphore,
    flights: Mutex<HashMap<Probe, Arc<OnceCell<()>>>>,
    servers: Mutex<HashMap<SocketAddr, Arc<Semaphore>>>,
}

impl Checker {
    /// One that has at most so many probes under way.
    #[must_use]
    pub fn new(roots: Roots, probes: usize) -> Checker {
        Checker {
            capture: Capture::default(),
            roots,
            probes: Semaphore::new(probes.max(1)),
            flights: Mutex::default(),
            servers: Mutex::default(),
        }
    }

    /// What was captured so far.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Where the way down begins.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Asks all that there is to ask about a name, as far as there is time.
    pub async fn probe(&self, target: &Target) {
        let probing = self.probe_all(|| survey(target, &self.capture, &self.roots).1);
        // What was not asked in time is not judged.
        let _ = timeout(LONGEST, probing).await;
    }

    /// Asks what a CA's resolver looks at beside the record in these zones, for as long as it is waited for.
    pub async fn glance(&self, target: &Target, zones: &[KnownZone]) {
        self.probe_all(|| glance(target, zones, &self.capture, &self.roots).1)
            .await;
    }

    async fn probe_all(&self, wanted: impl Fn() -> Vec<Probe>) {
        let mut under_way = FuturesUnordered::new();
        let mut begun: HashSet<Probe> = HashSet::new();
        loop {
            for probe in wanted() {
                if begun.len() < MOST_PER_NAME && begun.insert(probe.clone()) {
                    under_way.push(self.ask(probe));
                }
            }
            if under_way.next().await.is_none() {
                return;
            }
            // What comes at about the same time is looked at together: a survey is work.
            let until = Instant::now() + TOGETHER;
            while let Ok(Some(())) = timeout_at(until, under_way.next()).await {}
        }
    }

    async fn ask(&self, probe: Probe) {
        let flight = lock(&self.flights)
            .entry(probe.clone())
            .or_default()
            .clone();
        let fly = || async {
            let server = lock(&self.servers)
                .entry(probe.server)
                .or_insert_with(|| Arc::new(Semaphore::new(MOST_PER_SERVER)))
                .clone();
            let closed = "nothing closes this semaphore";
            let _place = server.acquire().await.expect(closed);
            let _permit = self.probes.acquire().await.expect(closed);
            let observed = ask(&probe).await;
            self.capture.add(probe.clone(), observed);
        };
        flight.get_or_init(fly).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
