//! The step: waits until every server serves one challenge's value.

use std::time::Instant;

use dns::propagation::Propagation;
use dns::zone::{Search, ZoneFinder};
use dns_cli::{ChallengeTarget, KnownChallenges};
use pipeline::{Challenge, Document, Object, Problem, Step};

use crate::ca_cache;
use crate::options::{Config, Waiting};
use crate::progress::Progress;

/// Waits for the value of a challenge.
pub(crate) struct Wait {
    finder: ZoneFinder,
    propagation: Propagation,
    progress: Progress,
    known: KnownChallenges,
    failure: Option<Instant>,
    waiting: Waiting,
}

impl Wait {
    /// The step as the command line asks for it.
    pub(crate) fn prepared(config: Config) -> Wait {
        let search = Search {
            resolvers: config.resolvers,
            follow_cnames: true,
            allow_top_level: true,
        };
        let finder = ZoneFinder::new(config.client.clone(), search);
        Wait {
            propagation: Propagation::new(config.client, finder.clone()),
            finder,
            progress: Progress::new(),
            known: KnownChallenges::default(),
            failure: config.failure,
            waiting: config.waiting,
        }
    }
}

impl Step for Wait {
    type Request = Box<ChallengeTarget>;

    fn prepare(&self, document: &Document) {
        self.known.add(document);
    }

    fn read(&self, challenge: &Challenge) -> Result<Box<ChallengeTarget>, Problem> {
        ChallengeTarget::read(challenge, &self.known).map(Box::new)
    }

    async fn run(&self, mut challenge: Box<ChallengeTarget>) -> Result<Object, Problem> {
        let polling = self.waiting.polling(challenge.propagation);
        let target = &mut challenge.target;
        if target.servers.is_empty() {
            let location = self.finder.locate(&target.name).await;
            target.set_location(location.map_err(|error| dns_cli::search_problem(&error))?);
        }
        let part = self.progress.begin(target);
        let propagated = self
            .propagation
            .wait(target, polling, |now| part.update(now));
        let propagated = propagated.await;
        let propagated = propagated.map_err(|error| dns_cli::propagation_problem(&error))?;
        part.report(&propagated);
        if let Some(age) = challenge.seen_by_ca {
            let ttl = self.propagation.cached_for(target, &propagated).await;
            ca_cache::outlast(&target.name, ttl, age).await;
        }
        if let Some(failure) = self.failure {
            let ttl = self.propagation.cached_for(target, &propagated).await;
            let negative = self.propagation.absence_cached_for(target, &propagated);
            let ttl = ttl.max(negative.await);
            ca_cache::outlast(&target.name, ttl, failure.elapsed()).await;
        }
        Ok(dns_cli::propagated(&propagated))
    }
}
