//! What is said of a zone that no server is heard to serve, and what shows it.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::{DEAD, FIRST, SECOND, finding, found, one, target, two};
use crate::check::finding::{Severity, Verdict};
use crate::check::probe::Way;
use crate::check::world::{Bend, World, unanswered};
use crate::transport::NetworkFault;

const SILENT: Bend = |_, _| Err(NetworkFault::Timeout);
const CLOSED: Bend = |_, _| Err(NetworkFault::Refused);
const NO_ROUTE: Bend = |_, _| Err(NetworkFault::Unroutable);
const CUT_SHORT: Bend = |probe, mut message| match probe.way {
    Way::Tcp => Err(NetworkFault::Refused),
    _ => {
        message.metadata.truncation = true;
        message.answers.clear();
        message.authorities.clear();
        message.additionals.clear();
        Ok(message)
    }
};

const CUT_EVERYWHERE: Bend = |_, mut message| {
    message.metadata.truncation = true;
    message.answers.clear();
    message.authorities.clear();
    message.additionals.clear();
    Ok(message)
};

/// As small servers do that are made for dns-01 alone.
const TXT_ALONE: Bend = |probe, mut message| {
    if probe.record_type != RecordType::TXT {
        message.metadata.response_code = ResponseCode::Refused;
        message.metadata.authoritative = false;
        message.answers.clear();
        message.authorities.clear();
    }
    Ok(message)
};

/// `a.test` on one server, to which this happens.
fn bent(bend: Bend) -> World {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let own = format!("@ NS ns1\nns1 A {FIRST}");
    one(&above, &own).bend(FIRST, bend)
}

#[test]
fn a_server_that_answers_for_txt_alone_is_not_said_to_be_of_no_use() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let own = format!("@ NS ns1\nns1 A {FIRST}\n_acme-challenge NS acme\nacme A {SECOND}");
    let world = one(&above, &own)
        .zone(
            SECOND,
            "_acme-challenge.a.test",
            "@ NS acme.a.test.\n@ TXT there",
        )
        .bend(SECOND, TXT_ALONE);
    let found_there = finding(&world, "NO_USABLE_SERVER");
    assert_eq!(found_there.severity, Severity::Warning);
    assert!(found_there.detail.contains("answers for TXT all the same"));
}

#[test]
fn of_an_address_without_a_route_nothing_is_known() {
    for (world, codes, verdict) in [
        (bent(NO_ROUTE), vec!["SERVER_UNROUTABLE"], Verdict::MayFail),
        (two("").bend(SECOND, NO_ROUTE), vec![], Verdict::Ok),
        (
            two("").bend(FIRST, SILENT).bend(SECOND, NO_ROUTE),
            vec!["SERVER_SILENT", "SERVER_UNROUTABLE"],
            Verdict::MayFail,
        ),
    ] {
        assert_eq!(found(&world, &target("a.test")), (codes, verdict));
    }
    let says = finding(&bent(NO_ROUTE), "SERVER_UNROUTABLE").detail;
    let expected = "ns1.a.test. (192.0.2.11) of the zone a.test.: no route from here, so nothing is known of the zone";
    assert_eq!(says, expected);
}

#[test]
fn where_all_addresses_are_private_that_is_why_none_serves_the_zone() {
    let above = "a NS ns1.a\nns1.a A 10.0.0.1";
    let world = one(above, "@ NS ns1\nns1 A 10.0.0.1");
    let expected = (vec!["PRIVATE_ADDRESS", "SERVER_SILENT"], Verdict::WillFail);
    assert_eq!(found(&world, &target("a.test")), expected);
    let shown = finding(&world, "PRIVATE_ADDRESS").reproduce;
    assert_eq!(shown.as_deref(), Some("dig ns1.a.test. A"));
}

#[test]
fn a_server_whose_answers_are_cut_short_is_not_said_not_to_serve_the_zone() {
    let (codes, verdict) = found(&bent(CUT_SHORT), &target("a.test"));
    assert_eq!(codes, ["TCP_SILENT", "TRUNCATED"]);
    assert_eq!(verdict, Verdict::WillFail);
    // Over TCP as well.
    let (codes, verdict) = found(&bent(CUT_EVERYWHERE), &target("a.test"));
    assert_eq!(codes, ["TRUNCATED"]);
    assert_eq!(verdict, Verdict::WillFail);
    let world = two("").bend(SECOND, CUT_SHORT);
    assert_eq!(finding(&world, "TRUNCATED").severity, Severity::Warning);
    assert_eq!(found(&world, &target("a.test")).1, Verdict::MayFail);
}

#[test]
fn a_closed_port_and_a_query_without_an_answer_are_told_apart() {
    let silent_over_udp: Bend = |probe, message| match probe.way {
        Way::Tcp => Err(NetworkFault::Refused),
        _ => unanswered(probe, message, &Way::ALL),
    };
    for (bend, says) in [
        (SILENT, "no answer, neither over UDP nor over TCP"),
        (
            CLOSED,
            "nothing listens on its port, neither over UDP nor over TCP",
        ),
        (
            silent_over_udp,
            "over UDP: no answer; over TCP: nothing listens on its port",
        ),
    ] {
        let silent = finding(&bent(bend), "SERVER_SILENT");
        let expected = format!("ns1.a.test. (192.0.2.11) of the zone a.test.: {says}");
        assert_eq!(silent.detail, expected);
        assert!(!silent.hint.unwrap().contains("the others"));
        let unusable = finding(&bent(bend), "NO_USABLE_SERVER");
        let expected = "the only address of the servers of a.test. does not answer";
        assert_eq!(unusable.detail, expected);
        assert!(!unusable.hint.unwrap().contains("loaded"));
    }
    let nobody = one("a NS ns1.a\nns1.a A 224.0.0.1", "@ NS ns1\nns1 A 224.0.0.1");
    let says = finding(&nobody, "SERVER_SILENT").detail;
    assert!(says.ends_with(": nobody can be at this address"), "{says}");
    assert_eq!(found(&nobody, &target("a.test")).1, Verdict::WillFail);
    let hint = finding(&two("").bend(SECOND, SILENT), "SERVER_SILENT").hint;
    assert!(hint.unwrap().contains("the others"));
}

#[test]
fn servers_whose_addresses_nobody_gives_are_told_by_why() {
    let above = format!("a NS ns.b\nb NS ns1.b\nns1.b A {DEAD}");
    let finding_of = |world: &World| finding(world, "NO_USABLE_SERVER");
    assert_eq!(
        finding_of(&World::new(&above)).detail,
        "the addresses of the servers of a.test. cannot be found out: ns.b.test., since no server of b.test. answers"
    );
    let lost = World::new(&format!("a NS ns.b\nb NS ns1.b\nns1.b A {FIRST}"))
        .zone(FIRST, "b.test", "@ NS ns1")
        .bend(FIRST, NO_ROUTE);
    let expected = (vec!["SERVER_UNROUTABLE"], Verdict::MayFail);
    assert_eq!(found(&lost, &target("a.test")), expected);
    assert_eq!(
        finding_of(&World::new("a NS ns.nobody")).detail,
        "no server of a.test. has an address: ns.nobody.test."
    );
}

#[test]
fn a_command_asks_a_server_that_shows_it() {
    let above = format!("a NS ns1.a\na NS ns2.a\nns1.a A {FIRST}\nns2.a A {SECOND}");
    let own = format!("@ NS ns2\nns2 A {SECOND}");
    let more = "_acme-challenge TXT x\nalias CNAME x.b.";
    let differ = one(&above, "").zone(SECOND, "a.test", &format!("{own}\n{more}"));
    let differ = differ.bend(FIRST, CLOSED);
    for (code, shown) in [
        ("SERVERS_DIFFER", "dig +norec @192.0.2.12 a.test. NS"),
        (
            "LEFTOVERS",
            "dig +norec @192.0.2.12 _acme-challenge.a.test. TXT",
        ),
    ] {
        assert_eq!(finding(&differ, code).reproduce.as_deref(), Some(shown));
    }
    // The resolver of whoever runs it has that in its cache by chance alone.
    let without = finding(&World::new("a NS ns.nobody"), "SERVER_WITHOUT_ADDRESS");
    assert_eq!(without.reproduce.as_deref(), Some("dig ns.nobody.test. A"));
    let unheard = finding(&World::new("a NS ns.nobody"), "NO_USABLE_SERVER");
    assert_eq!(unheard.reproduce.as_deref(), Some("dig a.test. SOA"));
}
