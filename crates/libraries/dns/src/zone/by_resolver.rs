//! The zone that a name is in, as a recursive resolver sees it.

use std::pin::pin;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::name::{is_top_level, is_within};
use crate::transport::Reply;
use crate::zone::error::Error;
use crate::zone::resolvers::Resolvers;

/// How long the resolver may take for a name before it is asked for what lies above, too.
const PROMPT: Duration = Duration::from_secs(1);

/// The zone that holds `name`, or one above it where the resolver does not tell; it is told by the SOA in either a
/// positive or a negative answer (RFC 2308 §2).
///
/// # Errors
///
/// No resolver says anything, or nothing is registered.
pub(super) async fn zone_by_resolver(
    resolvers: &Resolvers,
    name: &Name,
    allow_top_level: bool,
) -> Result<Name, Box<Error>> {
    let read = |reply: &Reply| read(reply, name, allow_top_level);
    let mut asked = pin!(resolvers.ask(name, RecordType::SOA));
    let prompt = timeout(PROMPT, &mut asked).await.ok();
    if let Some(Ok(reply)) = &prompt
        && let Some(zone) = read(reply)
    {
        return zone;
    }
    // An alias, a failure, a negative answer without SOA, or none yet. What lies above tells where to start: from
    // there the servers themselves lead down to the name.
    let above = ask_ancestors(resolvers, name);
    let answer = match prompt {
        Some(answer) => answer,
        None => asked.await,
    };
    if let Ok(reply) = &answer
        && let Some(zone) = read(reply)
    {
        return zone;
    }
    nearest(above).await.map_err(|failure| {
        let unseen = || Box::new(Error::NoZoneSeen(name.clone()));
        answer.err().or(failure).unwrap_or_else(unseen)
    })
}

/// What a resolver's reply to a question for SOA says of the zone that `name` is in, if anything.
fn read(reply: &Reply, name: &Name, allow_top_level: bool) -> Option<Result<Name, Box<Error>>> {
    let zone = zone_of(reply, name)?;
    let missing = reply.code() == ResponseCode::NXDomain && is_top_level(&zone) && !allow_top_level;
    Some(if missing {
        Err(Box::new(Error::NotRegistered {
            name: name.clone(),
            top_level: zone,
            exists: false,
        }))
    } else {
        Ok(zone)
    })
}

/// Asks for the SOA of all names above, at once and in the background.
fn ask_ancestors(resolvers: &Resolvers, name: &Name) -> JoinSet<Result<Option<Name>, Box<Error>>> {
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
async fn nearest(
    mut asked: JoinSet<Result<Option<Name>, Box<Error>>>,
) -> Result<Name, Option<Box<Error>>> {
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
