//! Waits until the servers of a zone serve a value.

use std::time::{Duration, Instant};

use hickory_proto::rr::RecordType;
use tokio::time::timeout_at;

use crate::propagation::decision::{Decider, Decision};
use crate::propagation::error::Error;
use crate::propagation::explain::explain;
use crate::propagation::observation::{Observation, all_pending};
use crate::propagation::observed::ServerState;
use crate::propagation::poll::Poll;
use crate::propagation::serials::SerialWatchers;
use crate::propagation::target::{Polling, Target};
use crate::transport::{Client, Question, Reply};
use crate::zone::ZoneFinder;

/// Waits for values. Clones share what they learn of the serials of zones.
#[derive(Clone)]
pub struct Propagation {
    client: Client,
    finder: ZoneFinder,
    serials: SerialWatchers,
}

/// What it took until every usable server served the value.
#[derive(Clone, Debug)]
pub struct Propagated {
    /// How long it took.
    pub after: Duration,
    /// How many queries were sent.
    pub queries: usize,
    /// The state of each server address now.
    pub observations: Vec<Observation>,
}

impl Propagation {
    /// Asks servers through `client`, and finds those that are only known by name through `finder`.
    #[must_use]
    pub fn new(client: Client, finder: ZoneFinder) -> Self {
        Self {
            serials: SerialWatchers::new(client.clone()),
            client,
            finder,
        }
    }

    /// Waits until every server address that answers with authority serves the value, and at least one does. `watch`
    /// gets the observations whenever one of them changes.
    ///
    /// # Errors
    ///
    /// Once it is clear that waiting does not help, or at the timeout: what each server answers, and why that may be.
    pub async fn wait(
        &self,
        target: &Target,
        polling: Polling,
        mut watch: impl FnMut(&[Observation]),
    ) -> Result<Propagated, Box<Error>> {
        let start = Instant::now();
        let mut observations = all_pending(&target.servers);
        let mut poll = Poll::start(&self.client, &self.serials, target, polling, &observations);
        let mut decider = Decider::new(target, polling, start);
        loop {
            match decider.decide(&observations, Instant::now()) {
                Decision::Done => {
                    return Ok(Propagated {
                        after: start.elapsed(),
                        queries: poll.queries(),
                        observations,
                    });
                }
                Decision::GiveUp(suspicion) => {
                    drop(poll);
                    let (client, finder, after) = (&self.client, &self.finder, start.elapsed());
                    // It is on the heap: it is rarely needed, and larger than everything else.
                    let error = explain(client, finder, target, suspicion, observations, after);
                    return Err(Box::new(Box::pin(error).await));
                }
                Decision::Wait(until) => {
                    if let Ok((index, observed)) = timeout_at(until.into(), poll.news()).await {
                        let one = &mut observations[index];
                        one.update(observed, start.elapsed(), target);
                        let has_it = one.state() == ServerState::Serving;
                        target.others.note(one.address, has_it);
                        if one.is_replaced() {
                            poll.look_again();
                        }
                        watch(&observations);
                    }
                }
            }
        }
    }

    /// How long a resolver may keep what the servers answer now for the target's name: the TTL of its TXT records,
    /// asked of the servers that have the value.
    pub async fn cached_for(&self, target: &Target, propagated: &Propagated) -> Duration {
        let ttl = |reply: &Reply| reply.answer_ttl();
        self.longest_ttl(target, RecordType::TXT, propagated, ttl)
            .await
    }

    /// How long a resolver may remember that there was nothing at the target's name (RFC 2308 §5).
    pub async fn absence_cached_for(&self, target: &Target, propagated: &Propagated) -> Duration {
        // At the record's name the negative answer has the SOA, whatever the zone is.
        let ttl = |reply: &Reply| reply.negative_ttl();
        self.longest_ttl(target, RecordType::SOA, propagated, ttl)
            .await
    }

    async fn longest_ttl(
        &self,
        target: &Target,
        kind: RecordType,
        propagated: &Propagated,
        ttl: impl Fn(&Reply) -> Option<u32>,
    ) -> Duration {
        let question = Question::new(&target.name, kind);
        let serving = propagated
            .observations
            .iter()
            .filter(|one| one.state() == ServerState::Serving);
        let mut longest = 0;
        for one in serving {
            let reply = self.client.authoritative(one.address).ask(&question).await;
            let ttl = reply.ok().and_then(|reply| ttl(&reply));
            longest = longest.max(ttl.unwrap_or(0));
        }
        Duration::from_secs(longest.into())
    }
}
