//! Which zone holds a name, as a caching resolver sees it.

use std::pin::pin;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::{Cause, Error};
use crate::name::{is_top_level, is_within};
use crate::resolvers::Resolvers;
use crate::transport::Reply;

/// How long the resolver may take for a name before it is asked for what lies above, too.
const PROMPT: Duration = Duration::from_secs(1);

/// The zone that holds `name`, or one above it where the resolver does not tell; it is told by the SOA in either a
/// positive or a negative answer (RFC 2308 §2).
///
/// # Errors
///
/// [`Cause::Resolver`] where no resolver says anything, [`Cause::NoZone`] where nothing is registered.
pub(crate) async fn enclosing_zone(
    resolvers: &Resolvers,
    name: &Name,
    allow_top_level: bool,
) -> Result<Name, Error> {
    let conclude = |reply: &Reply| {
        let zone = zone_of(reply, name)?;
        let missing =
            reply.code() == ResponseCode::NXDomain && is_top_level(&zone) && !allow_top_level;
        Some(if missing {
            Err(not_registered(name, &zone, false))
        } else {
            Ok(zone)
        })
    };
    let mut asked = pin!(resolvers.ask(name, RecordType::SOA));
    let prompt = timeout(PROMPT, &mut asked).await.ok();
    if let Some(conclusion) = prompt
        .as_ref()
        .and_then(|answer| conclude(answer.as_ref().ok()?))
    {
        return conclusion;
    }
    // An alias, a failure, a negative answer without SOA, or none yet. What lies above tells where to start: from
    // there the servers themselves lead down to the name.
    let above = ask_ancestors(resolvers, name);
    let answer = match prompt {
        Some(answer) => answer,
        None => asked.await,
    };
    if let Some(conclusion) = answer.as_ref().ok().and_then(|reply| conclude(reply)) {
        return conclusion;
    }
    nearest(above).await.map_err(|failure| {
        answer.err().or(failure).unwrap_or_else(|| {
            Error::new(
                Cause::Resolver,
                format!("the resolver knows of no zone that {name} is in"),
            )
            .hint("It gives no SOA for any name above it; name another with --resolver.")
        })
    })
}

/// Asks for the SOA of all names above, at once and in the background.
fn ask_ancestors(resolvers: &Resolvers, name: &Name) -> JoinSet<Result<Option<Name>, Error>> {
    let mut asked = JoinSet::new();
    for ancestor in ancestors(name) {
        let resolvers = resolvers.clone();
        asked.spawn(async move {
            let reply = resolvers.ask(&ancestor, RecordType::SOA).await?;
            Ok(zone_of(&reply, &ancestor))
        });
    }
    asked
}

/// The longest zone among those found, or the first failure where none was.
async fn nearest(mut asked: JoinSet<Result<Option<Name>, Error>>) -> Result<Name, Option<Error>> {
    let mut nearest: Option<Name> = None;
    let mut failure = None;
    while let Some(answer) = asked.join_next().await {
        match answer {
            Ok(Ok(Some(zone)))
                if nearest
                    .as_ref()
                    .is_none_or(|n| n.num_labels() < zone.num_labels()) =>
            {
                nearest = Some(zone);
            }
            Ok(Err(error)) => failure = failure.or(Some(error)),
            _ => {}
        }
    }
    nearest.ok_or(failure)
}

/// The zone that a resolver's reply to a question for SOA shows `name` to be in.
///
/// An answer that came through a CNAME tells of the target's zone, not of this one.
fn zone_of(reply: &Reply, name: &Name) -> Option<Name> {
    if reply.soa_of(name).is_some() {
        return Some(name.clone());
    }
    if !reply.answers().is_empty() {
        return None;
    }
    reply
        .negative_soa()
        .map(|(owner, _)| owner.to_lowercase())
        .filter(|owner| is_within(name, owner))
}

/// What lies above a name, without the root.
fn ancestors(name: &Name) -> impl Iterator<Item = Name> {
    (1..name.iter().len())
        .rev()
        .map(|labels| name.trim_to(labels))
}

/// The error for a name that only a top-level domain holds, where it `exists` or not.
pub(crate) fn not_registered(name: &Name, zone: &Name, exists: bool) -> Error {
    let detail = if exists {
        format!("no zone below {zone} holds {name}")
    } else {
        format!(
            "{name} is in no registered domain: the zone {zone} says that it does not exist (NXDOMAIN)"
        )
    };
    Error::new(Cause::NoZone, detail).hint(
        "Check the spelling and the registration. Where a local resolver (split horizon, Pi-hole, VPN) answers for \
         this name, use --resolver with an outside one; where the top-level domain is your own zone, --allow-tld.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn all_ancestors_but_the_root_are_asked_about() {
        let above: Vec<_> = ancestors(&parse("a.b.example.test").unwrap())
            .map(|n| n.to_string())
            .collect();
        assert_eq!(above, ["b.example.test.", "example.test.", "test."]);
    }
}
