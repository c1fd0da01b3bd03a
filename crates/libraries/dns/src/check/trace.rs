//! The way from the root down to where a record belongs, as a CA's own resolver goes it: each delegation, and who said so.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::Probe;
use crate::check::roots::Roots;
use crate::check::survey::{Asked, ChainEnd, End, LONGEST_CHAIN, Link, View, Zone};
use crate::name::from_wire;
use crate::transport::{NetworkFault, Reply, ReplyFault, ServerFault};
use crate::zone::{Error, Location, NameServer};

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// Whether the record's name may be an alias of another.
    pub follow_cnames: bool,
    /// Whether a top-level domain, or the root, may be the zone.
    pub allow_top_level: bool,
}

/// The way to where a record belongs.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Each delegation once, those above before those below.
    pub delegations: Vec<Delegation>,
    /// Where the record belongs, or why that is not to be found.
    pub location: Result<Location, Box<Error>>,
}

/// How a zone leads to one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The zone that is delegated.
    pub zone: Name,
    /// The zone above, whose servers were asked.
    pub parent: Name,
    /// Those that refer to the zone, and how long each took.
    pub referred_by: Vec<Referrer>,
    /// Whether they refer, as servers of the zone above do, or answer, as those that hold both zones.
    pub is_referral: bool,
    /// The names of the zone's servers, with the addresses that came along (glue).
    pub servers: Vec<(Name, Vec<IpAddr>)>,
}

/// A server that refers to a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its name.
    pub name: Name,
    /// The address at which it was asked.
    pub address: SocketAddr,
    /// How long it took.
    pub took: Duration,
}

/// What is known of the way to a name, and what is to be asked before more can be known.
pub(super) fn survey(
    name: &Name,
    options: TraceOptions,
    capture: &Capture,
    roots: &Roots,
    limit: Duration,
) -> (Trace, Vec<Probe>) {
    let view = View::new(capture, roots);
    let (links, end) = match options.follow_cnames {
        true => view.chain(name),
        false => (vec![view.link_alone(name)], ChainEnd::Name),
    };
    let mut delegations: Vec<Delegation> = Vec::new();
    for zone in links.iter().flat_map(|link| &link.walk.zones) {
        if !delegations.iter().any(|known| known.zone == zone.name) {
            delegations.extend(delegation(&view, zone));
        }
    }
    let location = locate(&view, name, (&links, end), options, limit);
    let trace = Trace {
        delegations,
        location,
    };
    (trace, view.into_wanted())
}

fn delegation(view: &View<'_>, zone: &Zone) -> Option<Delegation> {
    let parent = zone.parent.as_ref()?;
    let refers = |asked: &Asked| {
        let reply = asked.reply()?;
        let is_referral = reply
            .referral()
            .is_some_and(|(owner, _)| *owner == zone.name);
        (is_referral || !zone.is_referred).then(|| Referrer {
            name: asked.server.clone(),
            address: asked.address,
            took: asked
                .said
                .answer()
                .map_or(Duration::ZERO, |answer| answer.took()),
        })
    };
    let asked = view.consult(parent, &zone.name, RecordType::NS);
    // What the zone alone says of its servers is none of the zone above's.
    let named = zone
        .servers
        .iter()
        .filter(|server| server.by_parent || !zone.is_referred);
    Some(Delegation {
        zone: zone.name.clone(),
        parent: parent.name.clone(),
        referred_by: asked.iter().filter_map(refers).collect(),
        is_referral: zone.is_referred,
        servers: named
            .map(|server| (server.name.clone(), server.glue.clone()))
            .collect(),
    })
}

fn locate(
    view: &View<'_>,
    name: &Name,
    (links, end): (&[Link], ChainEnd),
    options: TraceOptions,
    limit: Duration,
) -> Result<Location, Box<Error>> {
    let timeout = || Error::Timeout {
        name: name.clone(),
        limit,
    };
    let last = links.last().ok_or_else(|| Box::new(timeout()))?;
    let names = || links.iter().map(|link| link.name.clone());
    match end {
        ChainEnd::Name => {}
        ChainEnd::Loop => {
            let target = last.target.iter().map(Name::to_lowercase);
            return Err(Box::new(Error::CnameLoop(names().chain(target).collect())));
        }
        ChainEnd::TooLong => {
            return Err(Box::new(Error::TooManyCnames {
                chain: names().collect(),
                most: LONGEST_CHAIN,
            }));
        }
        ChainEnd::BadName => {
            return Err(Box::new(Error::BadCname {
                name: last.name.clone(),
                target: last
                    .target
                    .as_ref()
                    .map_or_else(String::new, Name::to_string),
            }));
        }
    }
    let zone = last.walk.zones.last().ok_or_else(|| Box::new(timeout()))?;
    match &last.walk.end {
        End::Found => {}
        End::NotRegistered(_) if options.allow_top_level => {}
        End::Pending => return Err(Box::new(timeout())),
        End::NoAnswer(asked) if asked.is_empty() => {
            let servers: Vec<Name> = zone.servers.iter().map(|one| one.name.clone()).collect();
            let zone = zone.name.clone();
            return Err(Box::new(match servers.is_empty() {
                true => Error::NoNameServers(zone),
                false => Error::NoAddresses { zone, servers },
            }));
        }
        End::NoAnswer(asked) => {
            return Err(Box::new(Error::NoAuthority {
                zone: zone.name.clone(),
                faults: asked.iter().map(fault).collect(),
            }));
        }
        End::NotRegistered(absent) => {
            let asked = view.consult(zone, absent, RecordType::NS);
            let mut replies = asked.iter().filter_map(Asked::reply);
            let denial = replies.find(|reply| reply.code() == ResponseCode::NXDomain);
            return Err(Box::new(Error::NotRegistered {
                name: absent.clone(),
                top_level: zone.name.clone(),
                exists: denial.is_none(),
                errors: denial.map(Reply::extended_errors).unwrap_or_default(),
            }));
        }
    }
    let soa = soa_of(view, zone);
    Ok(Location {
        name: last.name.clone(),
        cnames: names().skip(1).collect(),
        zone: zone.name.clone(),
        primary: soa.as_ref().and_then(|soa| from_wire(&soa.mname)),
        serial: soa.as_ref().map(|soa| soa.serial),
        servers: servers_of(zone),
        wildcard_target: last.target.clone().filter(|_| last.is_wildcard),
    })
}

fn soa_of(view: &View<'_>, zone: &Zone) -> Option<SOA> {
    let asked = view.consult(zone, &zone.name, RecordType::SOA);
    let mut replies = asked.iter().filter_map(Asked::of_zone);
    replies.find_map(|reply| reply.soa_of(&zone.name).cloned())
}

fn servers_of(zone: &Zone) -> Vec<NameServer> {
    let at = |ip: IpAddr| SocketAddr::new(ip, crate::address::PORT);
    let servers = zone.servers.iter().map(|server| NameServer {
        name: server.name.clone(),
        addresses: server.addresses().into_iter().map(at).collect(),
    });
    servers.collect()
}

/// What is wrong with a server that says nothing of use.
fn fault(asked: &Asked) -> (SocketAddr, ServerFault) {
    let fault = match (asked.said.fault(), asked.reply()) {
        (Some(fault), _) => fault.clone().into(),
        (None, Some(reply)) => reply.fault().unwrap_or(ReplyFault::NotAuthoritative).into(),
        (None, None) => NetworkFault::Timeout.into(),
    };
    (asked.address, fault)
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Message;

    use super::*;
    use crate::check::world::World;
    use crate::name::parse;

    const OPTIONS: TraceOptions = TraceOptions {
        follow_cnames: true,
        allow_top_level: false,
    };

    fn trace(world: &World, name: &str, options: TraceOptions) -> Trace {
        let name = parse(name).unwrap();
        world.survey_with(|capture, roots| {
            survey(&name, options, capture, roots, Duration::from_secs(30))
        })
    }

    fn world() -> World {
        World::new(
            "example NS ns1.example\nns1.example A 192.0.2.11\nexample NS ns.other\nother NS ns1.example\n",
        )
        .zone("192.0.2.11", "other.test.", "@ NS ns1.example.test.\nns A 192.0.2.12")
        .zone(
            "192.0.2.11",
            "example.test.",
            "@ NS ns1\n@ NS ns.other.test.\nns1 A 192.0.2.11\na CNAME b.sub.example.test.\nsub NS ns1.sub\nns1.sub A 192.0.2.13",
        )
        .zone("192.0.2.12", "example.test.", "@ NS ns1\n@ NS ns.other.test.\nns1 A 192.0.2.11\na CNAME b.sub.example.test.\nsub NS ns1.sub\nns1.sub A 192.0.2.13")
        .zone("192.0.2.13", "sub.example.test.", "@ NS ns1\nns1 A 192.0.2.13\n")
    }

    #[test]
    fn each_delegation_has_who_refers_and_the_glue_that_came_along() {
        let Trace {
            delegations,
            location,
        } = trace(&world(), "a.example.test", OPTIONS);
        let said: Vec<String> = delegations
            .iter()
            .map(|one| {
                let by: Vec<_> = one
                    .referred_by
                    .iter()
                    .map(|by| by.name.to_string())
                    .collect();
                let servers: Vec<_> = one
                    .servers
                    .iter()
                    .map(|(name, glue)| format!("{name}{glue:?}"))
                    .collect();
                let how = if one.is_referral { "refers" } else { "answers" };
                format!(
                    "{} {how} {} -> {}: {}",
                    by.join(","),
                    one.parent,
                    one.zone,
                    servers.join(" ")
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "a.root.test. answers . -> test.: a.root.test.[]",
                "a.root.test. refers test. -> example.test.: ns1.example.test.[192.0.2.11] ns.other.test.[]",
                "ns1.example.test.,ns.other.test. refers example.test. -> sub.example.test.: ns1.sub.example.test.[192.0.2.13]",
            ]
        );
        let took = delegations[1].referred_by[0].took;
        assert_eq!(took, Duration::from_millis(1));
        let location = location.unwrap();
        assert_eq!(location.name.to_string(), "b.sub.example.test.");
        assert_eq!(location.cnames, [parse("b.sub.example.test").unwrap()]);
        assert_eq!(location.zone.to_string(), "sub.example.test.");
        assert_eq!(location.serial, Some(1));
        assert_eq!(
            location.servers[0].addresses,
            [([192, 0, 2, 13], 53).into()]
        );
    }

    #[test]
    fn a_server_that_denies_empty_non_terminals_does_not_derail_it() {
        let world = World::new("example NS ns1.example\nns1.example A 192.0.2.11")
            .zone(
                "192.0.2.11",
                "example.test.",
                "@ NS ns1\nns1 A 192.0.2.11\nsub.b.c NS ns1.sub.b.c\nns1.sub.b.c A 192.0.2.12",
            )
            .zone(
                "192.0.2.12",
                "sub.b.c.example.test.",
                "@ NS ns1\nns1 A 192.0.2.12\nx.y A 192.0.2.13",
            )
            .bend("192.0.2.11", denies_what_is_empty)
            .bend("192.0.2.12", denies_what_is_empty);
        let located = trace(&world, "a.x.y.sub.b.c.example.test", OPTIONS).location;
        assert_eq!(located.unwrap().zone.to_string(), "sub.b.c.example.test.");
    }

    fn denies_what_is_empty(_: &Probe, mut reply: Message) -> Result<Message, NetworkFault> {
        if reply.answers.is_empty() && reply.authoritative {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
        Ok(reply)
    }

    #[test]
    fn a_name_that_leads_nowhere_says_where_it_ends() {
        let alone = TraceOptions {
            follow_cnames: false,
            ..OPTIONS
        };
        let located = trace(&world(), "a.example.test", alone).location.unwrap();
        assert_eq!(located.zone.to_string(), "example.test.");
        let top = TraceOptions {
            allow_top_level: true,
            ..OPTIONS
        };
        let located = trace(&world(), "a.none.test", top).location.unwrap();
        assert_eq!(located.zone.to_string(), "test.");

        for (name, says) in [
            (
                "a.none.test",
                "none.test. is in no registered domain: the zone test.",
            ),
            ("a.test", "a.test. is in no registered domain"),
        ] {
            let error = trace(&world(), name, OPTIONS)
                .location
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(says), "{name}: {error}");
        }
    }
}
