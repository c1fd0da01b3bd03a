//! The step: waits until every server serves one challenge's value, or none does any more.

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
    gone: bool,
    waiting: Waiting,
}

impl Wait {
    /// The step as the command line asks for it.
    pub(crate) fn prepared(config: Config) -> Wait {
        let search = Search {
            resolvers: config.resolvers,
            follow_cnames: true,
            follow_wildcard_cnames: false,
            allow_top_level: true,
        };
        let finder = ZoneFinder::new(config.client.clone(), search);
        Wait {
            propagation: Propagation::new(config.client, finder.clone()),
            finder,
            progress: Progress::new(config.gone),
            known: KnownChallenges::default(),
            failure: config.failure,
            gone: config.gone,
            waiting: config.waiting,
        }
    }
}

impl Step for Wait {
    type Request = Box<ChallengeTarget>;

    fn concerns(&self, challenge: &Challenge) -> bool {
        let is_removed = self.gone && challenge.is_cleaned_up() && !challenge.has_error();
        challenge.is_open() || is_removed
    }

    fn prepare(&self, document: &Document) {
        self.known.add(document);
    }

    fn read(&self, challenge: &Challenge) -> Result<Box<ChallengeTarget>, Problem> {
        ChallengeTarget::read(challenge, &self.known).map(Box::new)
    }

    async fn run(&self, mut challenge: Box<ChallengeTarget>) -> Result<Object, Problem> {
        let target = &mut challenge.target;
        if target.servers.is_empty() {
            let location = self.finder.locate(&target.name).await;
            target.set_location(location.map_err(|error| dns_cli::search_problem(&error))?);
        }
        match self.gone {
            true => self.wait_until_gone(&challenge).await,
            false => self.wait(&challenge).await,
        }
    }
}

impl Wait {
    async fn wait(&self, challenge: &ChallengeTarget) -> Result<Object, Problem> {
        let polling = self.waiting.polling(challenge.propagation);
        let target = &challenge.target;
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
    async fn wait_until_gone(&self, challenge: &ChallengeTarget) -> Result<Object, Problem> {
        let polling = self.waiting.polling(challenge.propagation);
        let target = &challenge.target;
        let part = self.progress.begin(target);
        let gone = self
            .propagation
            .wait_until_gone(target, polling, |now| part.update(now));
        let gone = gone.await;
        let gone = gone.map_err(|error| dns_cli::propagation_problem(&error))?;
        part.report(&gone);
        Ok(dns_cli::gone(&gone))
    }
}
