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

/// The zone that holds `name`, or one above it where the resolver does not tell. The SOA in a positive or a negative
/// answer tells it (RFC 2308 §2).
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
    // It is an alias, a failure, a negative answer without SOA, or none yet. The names above tell where to start: from
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
    nearest(above.join_all().await).map_err(|failure| {
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
fn nearest(
    found: impl IntoIterator<Item = Result<Option<Name>, Box<Error>>>,
) -> Result<Name, Option<Box<Error>>> {
    let (mut zones, mut failure) = (Vec::new(), None);
    for answer in found {
        match answer {
            Ok(zone) => zones.extend(zone),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let longest = zones.into_iter().max_by_key(Name::num_labels);
    longest.ok_or(failure)
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

/// The names above a name, without the root.
fn ancestors(name: &Name) -> impl Iterator<Item = Name> {
    (1..name.iter().len())
        .rev()
        .map(|labels| name.trim_to(labels))
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode};
    use hickory_proto::rr::rdata::{CNAME, SOA};
    use hickory_proto::rr::{RData, Record};

    use super::*;
    use crate::name::parse;

    fn name(text: &str) -> Name {
        parse(text).unwrap()
    }

    fn soa(owner: &str) -> Record {
        let soa = SOA::new(name("ns.test"), name("x.test"), 7, 1, 1, 1, 1);
        Record::from_rdata(name(owner), 60, RData::SOA(soa))
    }

    #[test]
    fn an_soa_above_the_name_or_at_it_tells_the_zone_unless_it_came_through_a_cname() {
        use ResponseCode::{NXDomain, NoError};
        let cname = || {
            let target = RData::CNAME(CNAME(name("other.test")));
            Record::from_rdata(name("www.example.test"), 60, target)
        };
        for (code, answers, authority, zone) in [
            (
                NoError,
                vec![soa("www.example.test")],
                None,
                Some("www.example.test"),
            ),
            (NoError, vec![], Some("example.test"), Some("example.test")),
            (NXDomain, vec![], Some("example.test"), Some("example.test")),
            (NoError, vec![], Some("other.test"), None),
            (NoError, vec![], None, None),
            (NoError, vec![cname(), soa("other.test")], None, None),
            (NXDomain, vec![cname()], Some("test"), None),
        ] {
            let mut message = Message::response(1, OpCode::Query);
            message.metadata.response_code = code;
            answers.into_iter().for_each(|record| {
                message.add_answer(record);
            });
            authority.into_iter().for_each(|owner| {
                message.add_authority(soa(owner));
            });
            let found = read(&Reply::new(message), &name("www.example.test"), false);
            let zone = zone.map(|zone| Ok(name(zone)));
            assert_eq!(found, zone);
        }
    }

    #[test]
    fn a_name_that_its_top_level_domain_denies_is_not_registered_unless_that_may_be_its_zone() {
        use ResponseCode::{NXDomain, NoError};
        for (zone, code, allow_top_level, registered) in [
            ("test", NXDomain, false, false),
            (".", NXDomain, false, false),
            ("test", NXDomain, true, true),
            ("test", NoError, false, true),
            ("example.test", NXDomain, false, true),
        ] {
            let mut message = Message::response(1, OpCode::Query);
            message.metadata.response_code = code;
            message.add_authority(soa(zone));
            let found = read(
                &Reply::new(message),
                &name("www.example.test"),
                allow_top_level,
            );
            assert_eq!(
                found.map(|zone| zone.is_ok()),
                Some(registered),
                "{zone} {code}"
            );
        }
    }

    #[test]
    fn the_longest_zone_above_is_the_nearest_and_a_failure_counts_only_without_one() {
        let failed = |about: &str| Err(Box::new(Error::NoZoneSeen(name(about))));
        let zone = |zone: &str| Ok(Some(name(zone)));
        for (found, expected) in [
            (vec![], Err(None)),
            (vec![Ok(None)], Err(None)),
            (vec![zone("b.test")], Ok(name("b.test"))),
            (vec![zone("b.test"), zone("test")], Ok(name("b.test"))),
            (vec![zone("test"), zone("b.test")], Ok(name("b.test"))),
            (vec![failed("a"), zone("test"), Ok(None)], Ok(name("test"))),
            (
                vec![Ok(None), failed("a"), failed("b")],
                Err(failed("a").err()),
            ),
        ] {
            assert_eq!(nearest(found), expected);
        }
    }

    #[test]
    fn all_ancestors_but_the_root_are_asked_about() {
        let above: Vec<_> = ancestors(&name("a.b.example.test"))
            .map(|n| n.to_string())
            .collect();
        assert_eq!(above, ["b.example.test.", "example.test.", "test."]);
    }
}
