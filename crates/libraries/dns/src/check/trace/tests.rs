//! Ways down through a small internet.

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::NS;
use hickory_proto::rr::{RData, Record};

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
fn a_zone_whose_servers_do_not_hold_it_is_not_found() {
    let world = World::new("example NS ns1.example\nns1.example A 192.0.2.11")
        .zone(
            "192.0.2.11",
            "example.test.",
            "@ NS ns1\nns1 A 192.0.2.11\nsub NS ns1.sub\nns1.sub A 192.0.2.13",
        )
        .zone("192.0.2.13", "other.test.", "@ NS ns1");
    let says = "no name server of sub.example.test. answers with authority: 192.0.2.13: REFUSED";
    for name in ["sub.example.test", "a.sub.example.test"] {
        let error = trace(&world, name, OPTIONS).location.unwrap_err();
        assert_eq!(error.to_string(), says, "{name}");
    }
}

#[test]
fn a_server_is_found_whose_name_lies_in_the_top_level_domain_itself() {
    let world = World::new("example NS ns1.example\nns1.example A 192.0.2.11\nns4 A 192.0.2.14")
        .zone(
            "192.0.2.11",
            "example.test.",
            "@ NS ns1\nns1 A 192.0.2.11\nsub NS ns4.test.\nlost NS ns5.test.",
        )
        .zone("192.0.2.14", "sub.example.test.", "@ NS ns4.test.");
    let located = trace(&world, "a.sub.example.test", OPTIONS).location;
    let at = ([192, 0, 2, 14], 53).into();
    assert_eq!(located.unwrap().servers[0].addresses, [at]);
    let error = trace(&world, "a.lost.example.test", OPTIONS).location;
    let says = "no address can be found for the name servers of lost.example.test.: ns5.test.";
    assert_eq!(error.unwrap_err().to_string(), says);
}

#[test]
fn addresses_of_servers_in_other_zones_are_not_taken_from_a_referral() {
    let world = World::new(
        "example NS ns1.example\nns1.example A 192.0.2.11\nother NS ns1.other\nns1.other A 192.0.2.12",
    )
    .zone(
        "192.0.2.11",
        "example.test.",
        "@ NS ns1\nns1 A 192.0.2.11\nsub NS ns.other.test.\nns.other.test. A 192.0.2.66",
    )
    .zone("192.0.2.12", "other.test.", "@ NS ns1\nns1 A 192.0.2.12\nns A 192.0.2.13")
    .zone("192.0.2.13", "sub.example.test.", "@ NS ns.other.test.");
    let Trace {
        delegations,
        location,
    } = trace(&world, "a.sub.example.test", OPTIONS);
    assert_eq!(
        delegations[2].servers,
        [(parse("ns.other.test").unwrap(), vec![])]
    );
    let at = ([192, 0, 2, 13], 53).into();
    assert_eq!(location.unwrap().servers[0].addresses, [at]);
}

#[test]
fn names_of_servers_that_lead_to_each_other_end_in_an_error() {
    let world = World::new("a NS ns.b\nb NS ns.a\nc NS ns.c\nd NS ns.d.d.d");
    for name in ["x.a.test", "x.b.test", "x.c.test", "x.d.test"] {
        let error = trace(&world, name, OPTIONS).location.unwrap_err();
        assert!(
            matches!(*error, Error::NoAddresses { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_referral_that_does_not_lead_down_is_an_error() {
    for target in ["example.test.", "test.", ".", "other.test."] {
        let world = World::new("example NS ns1.example\nns1.example A 192.0.2.11")
            .zone("192.0.2.11", "example.test.", "@ NS ns1\nns1 A 192.0.2.11")
            .bend(
                "192.0.2.11",
                match target {
                    "example.test." => |probe, reply| refer(probe, reply, "example.test."),
                    "test." => |probe, reply| refer(probe, reply, "test."),
                    "." => |probe, reply| refer(probe, reply, "."),
                    _ => |probe, reply| refer(probe, reply, "other.test."),
                },
            );
        let error = trace(&world, "a.b.example.test", OPTIONS)
            .location
            .unwrap_err();
        let says = format!("it refers to the servers of {target}");
        assert!(error.to_string().contains(&says), "{target}: {error}");
    }
}

/// Refers to a zone in place of an answer, but for what is at the apex.
fn refer(probe: &Probe, mut reply: Message, zone: &str) -> Result<Message, NetworkFault> {
    if probe.name.num_labels() > 2 {
        let data = RData::NS(NS(parse("ns.evil.test").unwrap()));
        let record = Record::from_rdata(parse(zone).unwrap(), 60, data);
        (reply.answers, reply.authorities) = (Vec::new(), vec![record]);
        reply.metadata.authoritative = false;
        reply.metadata.response_code = ResponseCode::NoError;
    }
    Ok(reply)
}

#[test]
fn resolvers_that_lead_to_no_server_of_the_root_are_named_with_what_is_wrong() {
    type Case = (
        fn(&Probe, Message) -> Result<Message, NetworkFault>,
        &'static str,
    );
    let cases: [Case; 5] = [
        (
            |_, _| Err(NetworkFault::Refused),
            "asked for NS at ., no resolver answers: 192.0.2.53: nothing listens on its port",
        ),
        (
            |_, mut reply| {
                reply.metadata.response_code = ResponseCode::Refused;
                reply.answers.clear();
                Ok(reply)
            },
            "asked for NS at ., no resolver answers: 192.0.2.53: REFUSED",
        ),
        (
            |_, mut reply| {
                reply.answers.clear();
                Ok(reply)
            },
            "asked for NS at ., no resolver answers: 192.0.2.53: no NS at the zone's apex",
        ),
        (
            |probe, reply| match probe.record_type {
                RecordType::A => Err(NetworkFault::Timeout),
                RecordType::AAAA => Err(NetworkFault::Timeout),
                _ => Ok(reply),
            },
            "asked for A at a.root.test., no resolver answers: 192.0.2.53: no answer over UDP or TCP",
        ),
        (
            |probe, mut reply| {
                if probe.record_type != RecordType::NS {
                    reply.answers.clear();
                }
                Ok(reply)
            },
            "no address can be found for the name servers of .: a.root.test.",
        ),
    ];
    for (bend, says) in cases {
        let world = World::new("").bend("192.0.2.53", bend);
        let error = trace(&world, "a.example.test", OPTIONS)
            .location
            .unwrap_err();
        assert_eq!(error.to_string(), says);
    }
}

#[test]
fn servers_that_are_left_out_for_their_version_of_ip_are_not_called_silent() {
    let world = World::new("").bend("192.0.2.1", |_, _| Err(NetworkFault::OtherFamily));
    for name in ["a.example.test", "a.b.c.d.e.f.test"] {
        let error = trace(&world, name, OPTIONS).location.unwrap_err();
        let says =
            "all name servers of . are at addresses of a version of IP that is not used: 192.0.2.1";
        assert_eq!(error.to_string(), says);
    }
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
