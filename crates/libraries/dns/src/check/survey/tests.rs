//! What surveys of several names make of what was captured, and what they want beside that.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, UNIX_EPOCH};

use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;

use crate::check::capture::Capture;
use crate::check::entry::Observed;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::view::View;
use crate::check::survey::{inside, survey};
use crate::check::target::Target;
use crate::check::wire;
use crate::check::world::{World, roots, unanswered};
use crate::name::{is_within, parse};
use crate::transport::NetworkFault;

const FIRST: &str = "192.0.2.11";
const SECOND: &str = "192.0.2.12";

fn target(name: &str) -> Target {
    Target {
        domain: Some(parse(name).unwrap()),
        looks_closer: false,
        ..Target::of_name(parse(&format!("_acme-challenge.{name}")).unwrap())
    }
}

/// `example.test.` on two servers, whose names are in another zone that one of them has.
fn world() -> World {
    let own = "@ NS ns1.other.test.\n@ NS ns2.other.test.\n";
    World::new(
        "example NS ns1.other\nexample NS ns2.other\nother NS ns1.other\nns1.other A 192.0.2.11",
    )
    .zone(
        FIRST,
        "other.test.",
        "@ NS ns1\nns1 A 192.0.2.11\nns2 A 192.0.2.12",
    )
    .zone(FIRST, "example.test.", own)
    .zone(SECOND, "example.test.", own)
}

fn fill(world: &World, capture: &Capture, name: &str) -> Vec<Probe> {
    let target = target(name);
    world.fill(capture, UNIX_EPOCH, |capture, roots| {
        survey(&target, capture, roots).1
    })
}

#[test]
fn a_name_in_a_zone_that_is_known_is_all_that_is_asked_about() {
    let (world, capture) = (world(), Capture::default());
    fill(&world, &capture, "a.example.test");
    let own = parse("b.example.test").unwrap();
    let asked = fill(&world, &capture, "b.example.test");
    assert!(
        asked.iter().all(|probe| is_within(&probe.name, &own)),
        "{asked:#?}"
    );
    // At each server: NS at both of its names, TXT at the one and CAA at the other.
    assert_eq!(asked.len(), 2 * 4);
    assert_eq!(fill(&world, &capture, "b.example.test"), []);
}

#[test]
fn a_closer_look_at_a_name_costs_few_questions() {
    let (world, capture) = (world(), Capture::default());
    fill(&world, &capture, "a.example.test");
    let target = Target {
        looks_closer: true,
        ..target("b.example.test")
    };
    let asked = world.fill(&capture, UNIX_EPOCH, |capture, roots| {
        survey(&target, capture, roots).1
    });
    // At each server the same, and TXT twice more; at one of them four names that are written by mistake.
    assert_eq!(asked.len(), 2 * 6 + 4);
}

#[test]
fn no_resolver_hears_of_a_name_whose_zone_is_found() {
    let (world, capture) = (world(), Capture::default());
    let target = Target {
        is_presented: true,
        ..target("a.example.test")
    };
    // None of the well-known root servers is there.
    let asked = world.fill(&capture, UNIX_EPOCH, |capture, roots| {
        let roots = Roots {
            by_resolver: false,
            ..roots.clone()
        };
        let wanted = survey(&target, capture, &roots).1;
        match wanted.is_empty() {
            true => inside(&target, capture, &roots),
            false => wanted,
        }
    });
    let own = parse("example.test").unwrap();
    let by_resolver = asked.iter().filter(|probe| probe.way == Way::Resolver);
    let names: Vec<_> = by_resolver.map(|probe| probe.name.clone()).collect();
    assert!(!names.is_empty());
    assert!(names.contains(&own));
    let mut in_zone = names.iter().filter(|name| is_within(name, &own));
    assert!(in_zone.all(|name| *name == own), "{names:?}");
}

#[test]
fn what_was_found_without_a_server_is_found_anew_once_that_answers() {
    let silent = |_: &Probe, _: Message| Err(NetworkFault::Timeout);
    let (dead, capture) = (world().bend(SECOND, silent), Capture::default());
    fill(&dead, &capture, "a.example.test");
    let second = SocketAddr::new(SECOND.parse().unwrap(), 53);
    assert!(capture.heard(second).is_given_up(None));
    assert_eq!(fill(&dead, &capture, "a.example.test"), []);

    let late = Probe {
        server: second,
        way: Way::Udp,
        name: parse("late.example.test").unwrap(),
        record_type: RecordType::TXT,
    };
    let mut reply = wire::encode(&late, 1).unwrap();
    reply[2] |= 0x80;
    capture.add(
        late,
        Observed {
            at: UNIX_EPOCH,
            took: Duration::ZERO,
            reply: Ok(reply),
        },
    );
    // The world's tests compare this with what is found afresh.
    let asked = fill(&world(), &capture, "a.example.test");
    assert!(!asked.is_empty());
    assert!(
        asked.iter().all(|probe| probe.server == second),
        "{asked:#?}"
    );
}

#[test]
fn a_silent_server_is_asked_for_nothing_after_its_first_probes() {
    let silent = |_: &Probe, _: Message| Err(NetworkFault::Timeout);
    let (world, capture) = (world().bend(SECOND, silent), Capture::default());
    let asked = fill(&world, &capture, "a.example.test");
    let of = |server: IpAddr| asked.iter().filter(move |one| one.server.ip() == server);
    let (first, second) = (FIRST.parse().unwrap(), SECOND.parse().unwrap());
    let is_late = |probe: &&Probe| probe.record_type == RecordType::TXT;
    assert!(of(first).any(|probe| is_late(&probe)));
    assert_eq!(of(second).find(is_late), None);
    // The SOA record is asked for in all ways, and everything else in one.
    let other = of(second).filter(|one| one.record_type != RecordType::SOA);
    assert!(other.clone().all(|one| one.way == Way::Udp));
    assert!(other.count() > 0);
}

#[test]
fn a_server_that_answers_in_one_way_alone_is_asked_in_that_way_after_three_probes() {
    let without_edns = |probe: &Probe, reply: Message| {
        unanswered(probe, reply, &[Way::Udp, Way::MixedCase, Way::Tcp])
    };
    let world = world().bend(FIRST, without_edns).bend(SECOND, without_edns);
    let capture = Capture::default();
    fill(&world, &capture, "a.example.test");
    let asked = fill(&world, &capture, "b.example.test");
    assert!(
        asked.iter().all(|probe| probe.way == Way::Plain),
        "{asked:#?}"
    );
    assert_eq!(asked.len(), 2 * 4);
}

#[test]
fn a_server_that_refuses_in_one_way_is_asked_again_in_that_way() {
    let capture = Capture::default();
    let server = SocketAddr::from(([192, 0, 2, 1], 53));
    let probe = |way, name: &str| Probe {
        server,
        way,
        name: parse(name).unwrap(),
        record_type: RecordType::TXT,
    };
    for name in ["a.test", "b.test", "c.test"] {
        let observed = Observed {
            at: UNIX_EPOCH,
            took: Duration::ZERO,
            reply: Err(NetworkFault::Refused),
        };
        capture.add(probe(Way::Udp, name), observed);
    }
    let plain = probe(Way::Plain, "a.test");
    let mut reply = wire::encode(&plain, 1).unwrap();
    reply[2] |= 0x80;
    let observed = Observed {
        at: UNIX_EPOCH,
        took: Duration::ZERO,
        reply: Ok(reply),
    };
    capture.add(plain, observed);
    let roots = roots();
    let view = View::new(&capture, &roots);
    view.ask(server, &parse("d.test").unwrap(), RecordType::TXT);
    assert_eq!(view.into_wanted(), [probe(Way::Udp, "d.test")]);
}
