//! Waits until recursive resolvers have a value too, or they alone: what they remember is not what the servers have.
//!
//! They are asked only when the record is there, since a resolver remembers for a while that there was nothing (RFC 2308).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::sleep;

use crate::propagation::observed::{Observed, ServerState, read_recursive};
use crate::propagation::target::Polling;
use crate::resolver::Resolver;
use crate::transport::{Client, ExtendedErrors, NetworkFault, Question, Reply, ReplyFault};

/// No resolver is asked more often: what it has in its cache stays the same for a second at least.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// A resolver, and what it answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverObservation {
    /// The resolver.
    pub resolver: Resolver,
    /// The answer.
    pub observed: Observed,
    /// What it says beside that.
    pub errors: ExtendedErrors,
    /// Where the last CNAME of the answer leads, if there is one.
    pub leads_to: Option<Name>,
    /// For how long it remembers that there is nothing, or something else, as far as it says.
    pub remembers: Option<Duration>,
    /// Since when it is in its state, since the waiting began.
    pub since: Duration,
    /// How long it took until it had the value.
    pub after: Option<Duration>,
}

/// What it took until the resolvers had the value.
#[derive(Clone, Debug)]
pub struct ResolversHaveIt {
    /// How long it took.
    pub after: Duration,
    /// How many queries were sent.
    pub queries: usize,
    /// The state of each resolver now.
    pub observations: Vec<ResolverObservation>,
}

/// Resolvers that lack the value after all this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolversLackIt {
    /// The name that they were asked for.
    pub name: Name,
    /// How long that was.
    pub after: Duration,
    /// The state of each resolver.
    pub observations: Vec<ResolverObservation>,
}

impl ResolverObservation {
    fn pending(resolver: &Resolver) -> Self {
        Self {
            resolver: resolver.clone(),
            observed: Observed::Pending,
            errors: ExtendedErrors::default(),
            leads_to: None,
            remembers: None,
            since: Duration::ZERO,
            after: None,
        }
    }

    /// Its state with regard to the value.
    #[must_use]
    pub fn state(&self) -> ServerState {
        self.observed.state()
    }

    /// What it answered last, worded to follow its name.
    #[must_use]
    pub fn describe(&self) -> String {
        let behind = self.leads_to.as_ref();
        let behind = behind.filter(|_| self.state() != ServerState::Serving);
        let behind = behind.map(|target| format!("; the CNAMEs lead it to {target}"));
        let answer = self.observed.describe_with(&self.errors);
        answer + &behind.unwrap_or_default()
    }

    /// Whether it fails at the name, as one does that finds DNSSEC broken or no server that answers.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.is_code(ResponseCode::ServFail)
    }

    /// Whether it does not answer this machine's questions, or no such questions at all.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.is_code(ResponseCode::Refused)
            || matches!(self.observed, Observed::Lame(ReplyFault::NoRecursion))
    }

    fn is_code(&self, code: ResponseCode) -> bool {
        matches!(&self.observed, Observed::Lame(ReplyFault::ResponseCode(found, _)) if *found == code)
    }
}

/// Whether all that count have the value: those that do not answer are not waited for, as long as another has it.
fn is_done(observations: &[ResolverObservation], strict: bool) -> bool {
    let has_it = |one: &ResolverObservation| one.state() == ServerState::Serving;
    let does_not_count =
        |one: &ResolverObservation| !strict && matches!(one.observed, Observed::NoAnswer(_));
    observations.iter().any(has_it)
        && observations
            .iter()
            .all(|one| has_it(one) || does_not_count(one))
}

/// Waits until each resolver that answers has `value` at `name`. `watch` gets the observations after each round.
pub(super) async fn wait(
    client: &Client,
    (name, value): (&Name, &str),
    resolvers: &[Resolver],
    polling: Polling,
    mut watch: impl FnMut(&[ResolverObservation]),
) -> Result<ResolversHaveIt, ResolversLackIt> {
    let start = Instant::now();
    let question = Question::new(name, RecordType::TXT);
    let mut observations: Vec<_> = resolvers.iter().map(ResolverObservation::pending).collect();
    let mut queries = 0;
    loop {
        let before: Vec<_> = observations
            .iter()
            .map(ResolverObservation::state)
            .collect();
        let asked = observations
            .iter_mut()
            .map(|one| look(client, &question, value, one));
        join_all(asked).await;
        queries += observations.len();
        let elapsed = start.elapsed();
        for (one, before) in observations.iter_mut().zip(before) {
            if one.state() != before {
                one.since = elapsed;
            }
            match one.state() {
                ServerState::Serving => _ = one.after.get_or_insert(elapsed),
                _ => one.after = None,
            }
        }
        watch(&observations);
        if is_done(&observations, polling.strict) {
            return Ok(ResolversHaveIt {
                after: elapsed,
                queries,
                observations,
            });
        }
        let left = polling.timeout.saturating_sub(elapsed);
        if left.is_zero() {
            return Err(ResolversLackIt {
                name: name.clone(),
                after: elapsed,
                observations,
            });
        }
        sleep(polling.interval.max(SHORTEST_PAUSE).min(left)).await;
    }
}

async fn look(client: &Client, question: &Question, value: &str, one: &mut ResolverObservation) {
    let reply = client.resolver(&one.resolver).ask(question).await;
    one.errors = reply.as_ref().map_or_else(
        |_: &NetworkFault| ExtendedErrors::default(),
        |reply| reply.extended_errors(),
    );
    let leads_to = |reply: &Reply| reply.end_of_cnames(question.name()).cloned();
    one.leads_to = reply.as_ref().ok().and_then(|reply| leads_to(reply));
    let remembers = reply.as_ref().ok().and_then(|reply| reply.remembered_for());
    one.observed = read_recursive(reply, question.name(), value);
    one.remembers = remembers.map(|seconds| Duration::from_secs(seconds.into()));
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::name::parse;
    use crate::testing::{FakeServer, block_on, reply_to};
    use hickory_proto::rr::rdata::{CNAME, NS};
    use hickory_proto::rr::{RData, Record};

    #[test]
    fn resolvers_that_answer_are_waited_for_and_one_has_to_have_it() {
        let resolver = Resolver::from(SocketAddr::from(([192, 0, 2, 1], 53)));
        let observation = |observed: &Observed| ResolverObservation {
            observed: observed.clone(),
            ..ResolverObservation::pending(&resolver)
        };
        let silent = Observed::NoAnswer(NetworkFault::Timeout);
        let failing = ReplyFault::ResponseCode(ResponseCode::ServFail, ExtendedErrors::default());
        let failing = Observed::Lame(failing);
        let (has_it, lacks_it) = (Observed::Value, Observed::NxDomain(None));
        for (observed, strict, done) in [
            (vec![], false, false),
            (vec![&has_it], false, true),
            (vec![&has_it, &has_it], true, true),
            (vec![&has_it, &lacks_it], false, false),
            (vec![&has_it, &failing], false, false),
            (vec![&has_it, &silent], false, true),
            (vec![&has_it, &silent], true, false),
            (vec![&silent], false, false),
        ] {
            let all: Vec<_> = observed.iter().map(|one| observation(one)).collect();
            assert_eq!(is_done(&all, strict), done, "{observed:?} {strict}");
        }
    }

    #[test]
    fn a_server_that_only_refers_to_others_is_no_resolver() {
        for (refers, offers_recursion, says) in [
            (
                true,
                false,
                "is lame: it is no recursive resolver (no RA), and refers to others",
            ),
            (true, true, "says NODATA"),
            (false, false, "says NODATA"),
        ] {
            let said = block_on(async {
                let (server, address) = FakeServer::bind().await;
                server.serve(move |query| {
                    vec![reply_to(query, |reply| {
                        reply.metadata.authoritative = false;
                        reply.metadata.recursion_available = offers_recursion;
                        if refers {
                            let data = RData::NS(NS(parse("ns.test").unwrap()));
                            reply.add_authority(Record::from_rdata(
                                parse("a.test").unwrap(),
                                60,
                                data,
                            ));
                        }
                    })]
                });
                let mut one = ResolverObservation::pending(&Resolver::from(address));
                let question = Question::new(&parse("b.a.test").unwrap(), RecordType::TXT);
                look(&Client::new(1), &question, "value", &mut one).await;
                assert_eq!(one.refuses(), says.contains("no RA"));
                one.describe()
            });
            assert_eq!(said, says);
        }
    }

    #[test]
    fn a_resolver_that_lacks_the_value_behind_cnames_says_where_they_lead() {
        let said = |targets: &[&str], code: ResponseCode| {
            let targets: Vec<Name> = targets
                .iter()
                .map(|target| parse(target).unwrap())
                .collect();
            block_on(async {
                let (server, address) = FakeServer::bind().await;
                server.serve(move |query| {
                    let reply = reply_to(query, |reply| {
                        reply.metadata.response_code = code;
                        let mut owner = reply.queries[0].name.clone();
                        for target in &targets {
                            let data = RData::CNAME(CNAME(target.clone()));
                            reply.add_answer(Record::from_rdata(owner, 60, data));
                            owner = target.clone();
                        }
                    });
                    vec![reply]
                });
                let mut one = ResolverObservation::pending(&Resolver::from(address));
                let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
                look(&Client::new(1), &question, "value", &mut one).await;
                one.describe()
            })
        };
        let fails = said(&["b.test", "c.test"], ResponseCode::ServFail);
        assert_eq!(fails, "is lame: SERVFAIL; the CNAMEs lead it to c.test.");
        assert_eq!(said(&[], ResponseCode::ServFail), "is lame: SERVFAIL");
        let says = "says NODATA; the CNAMEs lead it to b.test.";
        assert_eq!(said(&["b.test"], ResponseCode::NoError), says);
    }
}
