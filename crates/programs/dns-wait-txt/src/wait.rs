//! The step: waits until every server serves one challenge's value, or none does any more.

use std::time::{Duration, Instant, SystemTime};

use command::message;
use dns::propagation::{Propagation, ResolversHaveIt};
use dns::resolver::Resolver;
use dns::transport::Client;
use dns::zone::{Search, ZoneFinder};
use dns_cli::{ChallengeTarget, KnownChallenges};
use pipeline::{Challenge, Document, Ends, Object, Problem, Step};
use tokio::time::timeout;

use crate::beside::Beside;
use crate::ca_cache;
use crate::options::{Asked, Config, Waiting};
use crate::progress::{Part, Progress};

/// How long the zones of the CNAMEs that lead to a record are searched for: as long as the value is waited for, within these.
const SHORTEST_SEARCH: Duration = Duration::from_secs(1);
const LONGEST_SEARCH: Duration = Duration::from_secs(10);

/// Waits for the value of a challenge.
pub(crate) struct Wait {
    client: Client,
    finder: ZoneFinder,
    propagation: Propagation,
    beside: Beside,
    progress: Progress,
    known: KnownChallenges,
    asked: Asked,
    resolvers: Vec<Resolver>,
    failure: Option<Instant>,
    gone: bool,
    waiting: Waiting,
}

impl Wait {
    /// The step as the command line asks for it.
    pub(crate) fn prepared(config: Config) -> Wait {
        let beside = Beside::new(config.client.clone(), config.resolvers.clone());
        let search = Search {
            resolvers: config.resolvers.clone(),
            only_resolvers: false,
            follow_cnames: true,
            follow_wildcard_cnames: false,
            allow_top_level: true,
        };
        let finder = ZoneFinder::new(config.client.clone(), search);
        Wait {
            propagation: Propagation::new(config.client.clone(), finder.clone()),
            client: config.client,
            beside,
            finder,
            progress: Progress::new(config.gone),
            known: KnownChallenges::default(),
            asked: config.asked,
            resolvers: config.resolvers,
            failure: config.failure,
            gone: config.gone,
            waiting: config.waiting,
        }
    }
}

/// A challenge, and what a CA looks at beside its record.
pub(crate) struct Request {
    challenge: ChallengeTarget,
    checked: Option<dns::check::Target>,
}

impl Step for Wait {
    type Request = Box<Request>;

    fn concerns(&self, challenge: &Challenge) -> bool {
        let is_removed = self.gone && challenge.is_cleaned_up() && !challenge.has_error();
        challenge.is_open() || is_removed
    }

    fn prepare(&self, document: &Document) {
        self.known.add(document);
        self.beside.prepare(document);
        // Where the document says how long to wait, dns01-exec wrote that, and has said it.
        if let Some(timeout) = self.waiting.given_timeout()
            && !self.gone
        {
            let open: Vec<Challenge> = document.challenges().filter(Challenge::is_open).collect();
            let said = Ends::of(document).too_soon_for(&open, timeout, SystemTime::now());
            if let Some(said) = said {
                message::warning(&format!("{}: {said}", document.label()));
            }
        }
    }

    fn needs_life(&self) -> bool {
        !self.gone
    }

    fn read(&self, challenge: &Challenge) -> Result<Box<Request>, Problem> {
        Ok(Box::new(Request {
            challenge: ChallengeTarget::read(challenge, &self.known)?,
            checked: self.beside.read(challenge).filter(|_| !self.gone),
        }))
    }

    async fn run(&self, request: Box<Request>) -> Result<Object, Problem> {
        let Request {
            mut challenge,
            checked,
        } = *request;
        if self.asked == Asked::Resolvers {
            // Only the zone's own servers tell what is beside the value.
            let part = self.progress.begin(&challenge.target);
            let waited = self.wait_for_resolvers(&challenge, None, &part).await;
            let waited = waited.map(|found| dns_cli::propagated(None, Some(&found), None));
            dns_cli::say_remarks(&self.client);
            return waited;
        }
        if challenge.target.servers.is_empty() {
            let location = self.finder.locate(&challenge.target.name).await;
            challenge.set_location(location.map_err(|error| dns_cli::search_problem(&error))?);
        }
        if !self.gone && !challenge.chain.is_empty() {
            // It is on the heap: it is rarely needed, and larger than everything else.
            Box::pin(self.find_aliases(&mut challenge)).await;
        }
        let waited = match self.gone {
            true => self.wait_until_gone(&challenge).await,
            false => self.wait(&challenge, checked.as_ref()).await,
        };
        dns_cli::say_remarks(&self.client);
        waited
    }
}

impl Wait {
    /// Finds the servers that have the CNAMEs on the way to the record, which a CA has to find as well.
    async fn find_aliases(&self, challenge: &mut ChallengeTarget) {
        let polling = self.waiting.polling(challenge.propagation);
        let limit = polling.timeout.clamp(SHORTEST_SEARCH, LONGEST_SEARCH);
        let why = match timeout(limit, self.finder.aliases(&challenge.chain)).await {
            Ok(Ok(aliases)) => {
                challenge.target.aliases = aliases;
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("their zones were not found within {} s", limit.as_secs()),
        };
        message::warning(&format!(
            "{}: whether all servers have the CNAMEs that lead to it is not looked at: {why}",
            challenge.target.name
        ));
    }

    async fn wait(
        &self,
        challenge: &ChallengeTarget,
        checked: Option<&dns::check::Target>,
    ) -> Result<Object, Problem> {
        let polling = self.waiting.polling(challenge.propagation);
        let target = &challenge.target;
        let part = self.progress.begin(target);
        let propagated = self
            .propagation
            .wait(target, polling, |now| part.update(now));
        let (propagated, glanced) = self.beside.of(challenge, checked, propagated).await;
        let propagated = propagated.map_err(|error| {
            let problem = dns_cli::propagation_problem(&error, challenge.said.as_deref());
            match glanced
                .as_ref()
                .filter(|glanced| !glanced.findings.is_empty())
            {
                Some(glanced) => problem.with("findings", dns_cli::findings(&glanced.findings)),
                None => problem,
            }
        })?;
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
        let by_resolvers = match self.asked {
            Asked::ServersThenResolvers => {
                let spent = Some(propagated.after);
                Some(Box::pin(self.wait_for_resolvers(challenge, spent, &part)).await?)
            }
            Asked::Servers | Asked::Resolvers => None,
        };
        Ok(dns_cli::propagated(
            Some(&propagated),
            by_resolvers.as_ref(),
            glanced.as_ref(),
        ))
    }

    /// Waits until the resolvers have the value too, in what is left of the time after what the servers have taken, if they were
    /// asked.
    async fn wait_for_resolvers(
        &self,
        challenge: &ChallengeTarget,
        spent: Option<Duration>,
        part: &Part,
    ) -> Result<ResolversHaveIt, Problem> {
        let mut polling = self.waiting.polling(challenge.propagation);
        polling.timeout = polling.timeout.saturating_sub(spent.unwrap_or_default());
        let target = &challenge.target;
        // As a CA asks: the resolver follows CNAMEs itself.
        let name = challenge.chain.first().unwrap_or(&target.name);
        let found = self.propagation.wait_for_resolvers(
            name,
            &target.value,
            &self.resolvers,
            polling,
            |now| part.update_resolvers(now),
        );
        let found = found.await;
        let found = found.map_err(|error| {
            dns_cli::resolvers_problem(&error, spent.is_some(), challenge.said.as_deref())
        })?;
        part.report_resolvers(&found);
        Ok(found)
    }

    async fn wait_until_gone(&self, challenge: &ChallengeTarget) -> Result<Object, Problem> {
        let polling = self.waiting.polling(challenge.propagation);
        let target = &challenge.target;
        let part = self.progress.begin(target);
        let gone = self
            .propagation
            .wait_until_gone(target, polling, |now| part.update(now));
        let gone = gone.await;
        let gone = gone.map_err(|error| dns_cli::propagation_problem(&error, None))?;
        part.report(&gone);
        Ok(dns_cli::gone(&gone))
    }
}
