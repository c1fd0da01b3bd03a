//! Waits until the servers of a zone serve a value, or have it no more.

use std::time::{Duration, Instant};

use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout_at;

use crate::propagation::decision::{Decider, Decision};
use crate::propagation::elsewhere::Searches;
use crate::propagation::error::{Cause, Error};
use crate::propagation::explain::{End, explain, in_vain};
use crate::propagation::gone;
use crate::propagation::looks::Looks;
use crate::propagation::observation::{Observation, all_pending};
use crate::propagation::observed::ServerState;
use crate::propagation::recursive::{self, ResolverObservation, ResolversHaveIt, ResolversLackIt};
use crate::propagation::sought::Look;
use crate::propagation::target::{Polling, Target};
use crate::propagation::watcher::Watchers;
use crate::resolver::Resolver;
use crate::transport::{Client, Question, Reply};
use crate::zone::ZoneFinder;

/// Waits for values, on one thread: in a `LocalSet`. Clones share what they learn of the servers.
#[derive(Clone)]
pub struct Propagation {
    client: Client,
    finder: ZoneFinder,
    watchers: Watchers,
    searches: Searches,
}

/// What it took until every usable server served the value, or none did any more.
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
            watchers: Watchers::new(client.clone()),
            client,
            finder,
            searches: Searches::default(),
        }
    }

    /// Waits until every server address that answers with authority serves the value, and at least one does; or as many as are
    /// enough. `watch` gets the observations whenever one of them changes.
    ///
    /// # Errors
    ///
    /// Once it is clear that waiting does not help, or at the timeout: what each server answers, and why that may be.
    pub async fn wait(
        &self,
        target: &Target,
        polling: Polling,
        watch: impl FnMut(&[Observation]),
    ) -> Result<Propagated, Box<Error>> {
        let mut decider = Decider::new(target, polling, Instant::now());
        let decide = |observations: &[Observation], now| decider.decide(observations, now);
        let wanted = ServerState::Serving;
        match self.poll(target, polling, wanted, decide, watch).await {
            Ok(propagated) => Ok(propagated),
            Err(end) => {
                let (client, known) = (&self.client, (&self.finder, &self.searches));
                // It is on the heap: it is rarely needed, and larger than everything else.
                let error = explain(client, known, target, polling, end);
                Err(Box::new(Box::pin(error).await))
            }
        }
    }

    /// Waits until no server address that answers with authority has the value, and at least one answers.
    ///
    /// # Errors
    ///
    /// No server answers with authority, or one still has the value at the timeout.
    pub async fn wait_until_gone(
        &self,
        target: &Target,
        polling: Polling,
        watch: impl FnMut(&[Observation]),
    ) -> Result<Propagated, Box<Error>> {
        let (start, wanted) = (Instant::now(), ServerState::Waiting);
        let decide = |observations: &[Observation], now| {
            gone::decide(target, observations, start, polling, now)
        };
        let polled = self.poll(target, polling, wanted, decide, watch).await;
        polled.map_err(|end| {
            let cause = match end.suspicion {
                Some(_) => Cause::NoUsableServer,
                None => Cause::StillThere { after: end.after },
            };
            let observations = end.observations;
            let name = target.name.clone();
            Box::new(Error {
                name,
                cause,
                observations,
            })
        })
    }

    /// Polls the servers until it is decided that all is done; or else why it is given up, and what was seen after how
    /// long.
    async fn poll(
        &self,
        target: &Target,
        polling: Polling,
        wanted: ServerState,
        mut decide: impl FnMut(&[Observation], Instant) -> Decision,
        mut watch: impl FnMut(&[Observation]),
    ) -> Result<Propagated, End> {
        let start = Instant::now();
        let mut observations = all_pending(target);
        let mut looks = Looks::start(&self.watchers, target, polling, wanted, &observations);
        // Those that serve the value and are being looked at again.
        let mut again = vec![None; observations.len()];
        loop {
            let until = match decide(&observations, Instant::now()) {
                Decision::Done => {
                    return Ok(Propagated {
                        after: start.elapsed(),
                        queries: looks.queries(),
                        observations,
                    });
                }
                Decision::GiveUp(suspicion) => {
                    return Err(End {
                        suspicion,
                        found: None,
                        observations,
                        after: start.elapsed(),
                    });
                }
                Decision::Seek => {
                    let seek = in_vain(
                        &self.client,
                        (&self.finder, &self.searches),
                        target,
                        &observations,
                    );
                    // It is on the heap, as what explains the end is.
                    if let Some(found) = Box::pin(seek).await {
                        return Err(End {
                            suspicion: None,
                            found: Some(found),
                            observations,
                            after: start.elapsed(),
                        });
                    }
                    continue;
                }
                Decision::LookAgain(fresh, until) => {
                    look_again(&looks, &observations, &mut again, (wanted, fresh));
                    until
                }
                Decision::LastLook(fresh, until) => {
                    let other = match wanted {
                        ServerState::Serving => ServerState::Waiting,
                        _ => ServerState::Serving,
                    };
                    look_again(&looks, &observations, &mut again, (other, fresh));
                    until
                }
                Decision::Wait(until) => until,
            };
            if let Ok(look) = timeout_at(until.into(), looks.next()).await {
                let puts_others_in_doubt = |one: &Observation| match wanted {
                    ServerState::Serving => one.is_replaced(),
                    _ => gone::is_there(one, target),
                };
                let Look {
                    index,
                    observed,
                    errors,
                    asked,
                    ..
                } = look;
                let one = &mut observations[index];
                let asked = asked.saturating_duration_since(start);
                if asked < one.asked {
                    // An answer to a later question was faster.
                    continue;
                }
                let did_before = puts_others_in_doubt(one);
                one.update(observed, asked, start.elapsed(), target);
                one.errors = errors;
                if one.alias.is_none() {
                    let has_it = one.state() == ServerState::Serving;
                    target.others.note(one.address, has_it);
                }
                if puts_others_in_doubt(one) && !did_before {
                    let in_doubt = observations.iter().enumerate();
                    let in_doubt = in_doubt.filter(|(_, one)| one.state() == wanted);
                    in_doubt.for_each(|(index, _)| looks.again(index));
                }
                watch(&observations);
            }
        }
    }

    /// Waits until each of these resolvers that answers has `value` at `name`, and at least one does. Before the record is
    /// there, they would remember that there is nothing. `watch` gets what they answer after each round.
    ///
    /// # Errors
    ///
    /// At the timeout: what each resolver answers.
    pub async fn wait_for_resolvers(
        &self,
        name: &Name,
        value: &str,
        resolvers: &[Resolver],
        polling: Polling,
        watch: impl FnMut(&[ResolverObservation]),
    ) -> Result<ResolversHaveIt, ResolversLackIt> {
        recursive::wait(&self.client, (name, value), resolvers, polling, watch).await
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
        let ttl = |reply: &Reply| reply.absence_remembered_for();
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
            .filter(|one| one.alias.is_none() && one.state() == ServerState::Serving);
        let mut longest = 0;
        for one in serving {
            let reply = self.client.authoritative(one.address).ask(&question).await;
            let ttl = reply.ok().and_then(|reply| ttl(&reply));
            longest = longest.max(ttl.unwrap_or(0));
        }
        Duration::from_secs(longest.into())
    }
}

/// Has a look taken again at those that were in this state when they were asked before this time; `again` are the times for which
/// that was done.
fn look_again(
    looks: &Looks,
    observations: &[Observation],
    again: &mut [Option<Duration>],
    (state, before): (ServerState, Duration),
) {
    for (index, one) in observations.iter().enumerate() {
        let is_old = one.state() == state && one.asked < before;
        if is_old && again[index] != Some(one.asked) {
            again[index] = Some(one.asked);
            looks.again(index);
        }
    }
}
