//! The problem where resolvers lack a value.

use dns::propagation::{ResolversLackIt, ServerState};
use pipeline::Problem;
use pipeline::types;

use crate::members::resolvers;
use crate::propagation_problem::printed;
use crate::search_problem::NO_RESOLVER;

/// The problem where resolvers lack the value in the end. `is_served` says whether the zone's own servers have it, and `said` is
/// what the program printed that was to write the record.
#[must_use]
pub fn resolvers_problem(error: &ResolversLackIt, is_served: bool, said: Option<&str>) -> Problem {
    let ResolversLackIt {
        name,
        after,
        observations,
    } = error;
    let has_it = |state| state == ServerState::Serving;
    let serving = observations
        .iter()
        .filter(|one| has_it(one.state()))
        .count();
    let listed: Vec<_> = observations
        .iter()
        .map(|one| format!("{} {}", one.resolver, one.describe()))
        .collect();
    let detail = format!(
        "{serving} of {} resolvers have the value at {name} after {:.0} s: {}",
        observations.len(),
        after.as_secs_f64(),
        listed.join("; ")
    );
    let is_silent = observations.iter().all(|one| {
        matches!(
            one.state(),
            ServerState::Unreachable | ServerState::Unroutable
        )
    });
    let remembers = observations
        .iter()
        .filter(|one| one.state() == ServerState::Waiting)
        .filter_map(|one| one.remembers)
        // What is over at this moment says nothing.
        .filter(|remembers| !remembers.is_zero())
        .max();
    // What one that lags waits for is not what another fails at.
    let lags = observations
        .iter()
        .any(|one| one.state() == ServerState::Waiting);
    let leads_to = observations.iter().find_map(|one| one.leads_to.as_ref());
    let (kind, hint) = match (remembers, leads_to.filter(|_| !is_served)) {
        _ if is_silent => (
            &types::DNS_RESOLVER,
            "None of them answers: name others with --resolver.".to_owned(),
        ),
        _ if !lags && observations.iter().any(|one| one.refuses()) => (
            &types::DNS_RESOLVER,
            NO_RESOLVER.to_owned(),
        ),
        _ if !lags && observations.iter().any(|one| one.fails()) => (
            &types::DNS_NOT_PROPAGATED,
            "A resolver that fails at the name finds no server that answers, or DNSSEC broken; a CA's would, too. \
             dns01-check says more."
                .to_owned(),
        ),
        (_, Some(target)) => (
            &types::DNS_NOT_PROPAGATED,
            format!(
                "The CNAME at {name} leads to {target}: the value has to be there, and a TXT record beside the CNAME is ignored. \
                 dns-zone --recursive-only follows no CNAME; without that option it does.{}",
                printed(said)
            ),
        ),
        (Some(remembers), None) if is_served => (
            &types::DNS_NOT_PROPAGATED,
            format!(
                "The zone's servers have it, and the resolver goes on saying what it remembers for {} s more: somebody has asked \
                 it before. A CA's resolver has a memory of its own; without --recursive it is not waited for.",
                remembers.as_secs()
            ),
        ),
        (Some(remembers), None) => (
            &types::DNS_NOT_PROPAGATED,
            format!(
                "Check that the program writes a TXT record at {name} itself. Where it does, the resolver goes on saying what it \
                 remembers for {} s more: raise --timeout above that, or lower the zone's TTLs.{}",
                remembers.as_secs(),
                printed(said)
            ),
        ),
        (None, None) if is_served => (
            &types::DNS_NOT_PROPAGATED,
            "The zone's servers have it: raise --timeout, or name other resolvers with --resolver.".to_owned(),
        ),
        (None, None) => (
            &types::DNS_NOT_PROPAGATED,
            format!(
                "Check that the program writes a TXT record at {name} itself, or raise --timeout.{}",
                printed(said)
            ),
        ),
    };
    Problem::new(kind, detail)
        .hint(hint)
        .with("resolvers", resolvers(observations))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use dns::ResponseCode;
    use dns::name::parse;
    use dns::propagation::{Observed, ResolverObservation};
    use dns::resolver::Resolver;
    use dns::transport::{ExtendedErrors, NetworkFault, ReplyFault};

    use super::*;

    fn observation(observed: Observed, remembers: Option<u64>) -> ResolverObservation {
        ResolverObservation {
            resolver: Resolver::from(SocketAddr::from(([192, 0, 2, 1], 53))),
            observed,
            errors: ExtendedErrors::default(),
            leads_to: None,
            remembers: remembers.map(Duration::from_secs),
            since: Duration::ZERO,
            after: None,
        }
    }

    fn lacking(observations: Vec<ResolverObservation>) -> ResolversLackIt {
        ResolversLackIt {
            name: parse("a.test").unwrap(),
            after: Duration::ZERO,
            observations,
        }
    }

    #[test]
    fn one_that_lags_is_not_told_of_by_what_another_fails_at() {
        for code in [ResponseCode::Refused, ResponseCode::ServFail] {
            let fails = ReplyFault::ResponseCode(code, ExtendedErrors::default());
            let both = vec![
                observation(Observed::Lame(fails), None),
                observation(Observed::NxDomain(None), Some(7)),
            ];
            let problem = resolvers_problem(&lacking(both), true, None);
            assert_eq!(problem.kind, "acmepipe:dns:not-propagated");
            let hint = problem.hint.unwrap_or_default();
            assert!(hint.contains("for 7 s more"), "{hint}");
        }
    }

    #[test]
    fn a_cname_that_the_resolver_follows_is_said_to_lead_away_from_the_record() {
        for (is_served, says) in [
            (
                false,
                "The CNAME at a.test. leads to b.test.: the value has to be there",
            ),
            (true, "for 7 s more"),
        ] {
            let mut observation = observation(Observed::NxDomain(None), Some(7));
            observation.leads_to = Some(parse("b.test").unwrap());
            let error = lacking(vec![observation]);
            let hint = resolvers_problem(&error, is_served, None).hint;
            let hint = hint.unwrap_or_default();
            assert!(hint.contains(says), "{hint}");
        }
    }

    #[test]
    fn what_the_program_printed_is_quoted_where_the_resolver_may_be_right() {
        let of_code =
            |code| Observed::Lame(ReplyFault::ResponseCode(code, ExtendedErrors::default()));
        for (observed, remembers, is_served, kind, says, is_quoted) in [
            (
                Observed::NxDomain(None),
                Some(7),
                true,
                "not-propagated",
                "for 7 s more: somebody",
                false,
            ),
            (
                Observed::NxDomain(None),
                Some(7),
                false,
                "not-propagated",
                "raise --timeout above that",
                true,
            ),
            (
                Observed::NxDomain(None),
                None,
                true,
                "not-propagated",
                "servers have it: raise",
                false,
            ),
            (
                Observed::NxDomain(None),
                None,
                false,
                "not-propagated",
                "a.test. itself, or raise",
                true,
            ),
            (
                Observed::NxDomain(None),
                Some(0),
                true,
                "not-propagated",
                "servers have it: raise",
                false,
            ),
            (
                of_code(ResponseCode::ServFail),
                None,
                true,
                "not-propagated",
                "DNSSEC",
                false,
            ),
            (
                of_code(ResponseCode::Refused),
                None,
                true,
                "resolver",
                "does not serve this machine",
                false,
            ),
            (
                Observed::NoAnswer(NetworkFault::Timeout),
                None,
                false,
                "resolver",
                "--resolver",
                false,
            ),
        ] {
            let error = lacking(vec![observation(observed, remembers)]);
            let problem = resolvers_problem(&error, is_served, Some("\"REFUSED\""));
            assert_eq!(problem.kind, format!("acmepipe:dns:{kind}"));
            let hint = problem.hint.unwrap_or_default();
            assert!(hint.contains(says), "{hint}");
            let quoted = hint.ends_with(" It exited 0 and printed: \"REFUSED\".");
            assert_eq!(quoted, is_quoted, "{hint}");
        }
    }
}
