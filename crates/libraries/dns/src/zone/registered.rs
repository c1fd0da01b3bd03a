//! The registered domain that a name is in, as a recursive resolver sees it.
//!
//! A resolver remembers what it is asked for in vain, for the zone's negative TTL (RFC 2308 §5), and where the zone is
//! signed it takes that for an answer about names beside it, too (RFC 8198). So it is asked from the top down, for the NS
//! records of the name's last two labels first: what is registered has some, and then nothing more is asked.

use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;

use crate::name::{is_top_level, is_within};
use crate::transport::{Client, ExtendedErrors, Reply};
use crate::zone::do_not_query::DoNotQuery;
use crate::zone::error::Error;
use crate::zone::known_zones::{Source, Zone};
use crate::zone::name_servers::{NameServers, server_names};
use crate::zone::resolvers::Resolvers;
use crate::zone::single_flight::SingleFlight;

/// How many labels a registered domain has at least.
const REGISTERED: usize = 2;

/// How long it may take to find the servers above where resolvers fail: what they know of a top-level domain they know at once.
const LONGEST_DETOUR: Duration = Duration::from_secs(5);

/// Asks resolvers for zones and their servers; what they say is shared.
pub(super) struct Registered {
    client: Client,
    resolvers: Resolvers,
    allow_top_level: bool,
    seen: SingleFlight<Name, Result<Seen, Box<Error>>>,
}

/// Where the search for a name begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) zone: Arc<Zone>,
    /// A zone below it, nearer to the name, whose servers the resolver does not know, and the error.
    pub(super) skipped: Option<(Name, Box<Error>)>,
}

/// What resolvers say of a name that may be a zone's.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// It is one, with these servers.
    Zone(Arc<Zone>),
    /// It is one, and its servers are not to be seen.
    ///
    /// Each zone has servers. A resolver that sees none has believed one that is lame: Unbound takes the NS records out of
    /// such a server's referral (CVE-2025-11411), and is left with nothing.
    WithoutServers(Box<Error>),
    /// It does not exist (NXDOMAIN), says this top-level domain or the root, with these extended errors.
    Denied(Name, ExtendedErrors),
    /// It is in this zone.
    Within(Name),
    /// Nothing that could be read.
    Nothing,
}

impl Registered {
    pub(super) fn new(client: Client, resolvers: Resolvers, allow_top_level: bool) -> Self {
        Self {
            client,
            resolvers,
            allow_top_level,
            seen: SingleFlight::default(),
        }
    }

    /// The registered domain that `name` is in, or what lies above it where a resolver does not tell: its servers lead down.
    ///
    /// # Errors
    ///
    /// No resolver says anything, or nothing is registered.
    pub(super) async fn find(
        &self,
        name: &Name,
        do_not_query: &DoNotQuery,
        name_servers: &NameServers,
    ) -> Result<Start, Box<Error>> {
        let (mut denied, mut skipped) = (None, None);
        for suffix in
            suffixes(name, self.shortest()).take_while(|suffix| !do_not_query.contains(suffix))
        {
            match self.see(&suffix, name_servers).await {
                Ok(Seen::Zone(zone)) => return Ok(Start { zone, skipped }),
                Ok(Seen::WithoutServers(error)) => skipped = Some((suffix, error)),
                // A resolver may have a zone of its own further down, that the world does not know.
                Ok(Seen::Denied(top_level, errors)) => {
                    denied.get_or_insert((suffix, top_level, errors));
                    continue;
                }
                Ok(Seen::Within(zone)) if !is_top_level(&zone) => {
                    let seen = self.see(&zone, name_servers).await;
                    if let Ok(Seen::Zone(zone)) = seen {
                        return Ok(Start { zone, skipped });
                    }
                }
                Ok(Seen::Within(_) | Seen::Nothing) => {}
                // The servers themselves may lead there all the same.
                Err(error) => return self.lead_from_above(name, None, error, name_servers).await,
            }
            break;
        }
        match denied {
            Some((name, top_level, errors)) if !self.allow_top_level => {
                Err(Box::new(Error::NotRegistered {
                    name,
                    top_level,
                    exists: false,
                    errors,
                }))
            }
            _ => match skipped.clone() {
                Some((_, error)) => {
                    self.lead_from_above(name, skipped, error, name_servers)
                        .await
                }
                None => self.top_level(name, None, name_servers).await,
            },
        }
    }

    /// The top-level domain of a name, where resolvers fail at a zone below it, as this error says: its servers may lead there all
    /// the same.
    async fn lead_from_above(
        &self,
        name: &Name,
        skipped: Option<(Name, Box<Error>)>,
        error: Box<Error>,
        name_servers: &NameServers,
    ) -> Result<Start, Box<Error>> {
        let above = self.top_level(name, skipped, name_servers);
        let Ok(Ok(start)) = timeout(LONGEST_DETOUR, above).await else {
            return Err(error);
        };
        if let Some(remark) = error.resolvers_fail() {
            self.client.remark(remark);
        }
        Ok(start)
    }

    /// How many labels the first name has that a resolver is asked about: where a top-level domain may be the zone, a name below
    /// it may be a host's.
    fn shortest(&self) -> usize {
        match self.allow_top_level {
            true => 1,
            false => REGISTERED,
        }
    }

    /// The top-level domain of a name, or else the root.
    async fn top_level(
        &self,
        name: &Name,
        skipped: Option<(Name, Box<Error>)>,
        name_servers: &NameServers,
    ) -> Result<Start, Box<Error>> {
        let mut failure = skipped.as_ref().map(|(_, error)| error.clone());
        for zone in [name.trim_to(1), Name::root()] {
            match self.see(&zone, name_servers).await {
                Ok(Seen::Zone(zone)) => return Ok(Start { zone, skipped }),
                Ok(Seen::WithoutServers(error)) | Err(error) => {
                    failure.get_or_insert(error);
                }
                Ok(Seen::Denied(..) | Seen::Within(_) | Seen::Nothing) => {}
            }
        }
        Err(failure.unwrap_or_else(|| Box::new(Error::NoZoneSeen(name.clone()))))
    }

    /// The top-level domain that a registered domain is delegated from.
    pub(super) async fn parent(
        &self,
        zone: &Name,
        name_servers: &NameServers,
    ) -> Option<Arc<Zone>> {
        match self.see(&zone.base_name(), name_servers).await {
            Ok(Seen::Zone(parent)) => Some(parent),
            _ => None,
        }
    }

    async fn see(&self, name: &Name, name_servers: &NameServers) -> Result<Seen, Box<Error>> {
        let ask = || async {
            let reply = self.resolvers.ask(name, RecordType::NS).await?;
            let names = server_names(&reply, name);
            if names.is_empty() {
                return Ok(read_negative(&reply, name));
            }
            Ok(match name_servers.with_some_addresses(name, names).await {
                Ok(servers) => Seen::Zone(Zone::new(name.clone(), servers, Source::Resolver)),
                Err(error) => Seen::WithoutServers(error),
            })
        };
        self.seen.get(name.clone(), ask).await
    }
}

/// What a resolver's reply without the NS records of a name says of it.
fn read_negative(reply: &Reply, name: &Name) -> Seen {
    // An answer that came through a CNAME tells of the target's zone, not of this one.
    let zone = match reply.negative_soa() {
        Some((owner, _)) if reply.answers().is_empty() => owner.to_lowercase(),
        _ => return Seen::Nothing,
    };
    if zone == *name {
        return Seen::WithoutServers(Box::new(Error::NoNameServers(zone)));
    }
    match is_within(name, &zone) {
        true if reply.code() == ResponseCode::NXDomain && is_top_level(&zone) => {
            Seen::Denied(zone, reply.extended_errors())
        }
        true => Seen::Within(zone),
        false => Seen::Nothing,
    }
}

/// The names above a name that may be registered, from the top down; the first has so many labels.
pub(super) fn suffixes(name: &Name, shortest: usize) -> impl Iterator<Item = Name> {
    (shortest..name.iter().len()).map(|labels| name.trim_to(labels))
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
    fn a_reply_without_ns_records_tells_the_zone_unless_it_came_through_a_cname() {
        use ResponseCode::{NXDomain, NoError};
        let cname = || {
            let target = RData::CNAME(CNAME(name("other.test")));
            Record::from_rdata(name("example.test"), 60, target)
        };
        let within = |zone| Seen::Within(name(zone));
        let denied = |zone| Seen::Denied(name(zone), ExtendedErrors::default());
        let no_servers = Error::NoNameServers(name("example.test"));
        for (code, answers, authority, seen) in [
            (
                NoError,
                vec![],
                Some("example.test"),
                Seen::WithoutServers(Box::new(no_servers)),
            ),
            (NoError, vec![], Some("test"), within("test")),
            (NXDomain, vec![], Some("test"), denied("test")),
            (NXDomain, vec![], Some("."), denied(".")),
            (NoError, vec![], Some("other.test"), Seen::Nothing),
            (NoError, vec![], None, Seen::Nothing),
            (NoError, vec![cname()], Some("test"), Seen::Nothing),
        ] {
            let mut message = Message::response(1, OpCode::Query);
            message.metadata.response_code = code;
            message.answers.extend(answers);
            message.authorities.extend(authority.map(soa));
            let read = read_negative(&Reply::new(message), &name("example.test"));
            assert_eq!(read, seen, "{code} {authority:?}");
        }
        let mut message = Message::response(1, OpCode::Query);
        message.metadata.response_code = NXDomain;
        message.add_authority(soa("example.test"));
        let read = read_negative(&Reply::new(message), &name("www.example.test"));
        assert_eq!(read, within("example.test"));
    }

    #[test]
    fn what_may_be_registered_is_asked_about_from_the_top_down_and_never_the_name_itself() {
        for (of, shortest, expected) in [
            (
                "a.b.example.test",
                2,
                vec!["example.test.", "b.example.test."],
            ),
            ("a.example.test", 2, vec!["example.test."]),
            ("a.example.test", 1, vec!["test.", "example.test."]),
            ("example.test", 2, vec![]),
            ("test", 2, vec![]),
            ("test", 1, vec![]),
            (".", 1, vec![]),
        ] {
            let of = name(of);
            let above = suffixes(&of, shortest).map(|n| n.to_string());
            assert_eq!(above.collect::<Vec<_>>(), expected);
        }
    }
}
