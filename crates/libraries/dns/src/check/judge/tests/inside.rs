//! What a resolver of this network sees, where that is not what a CA does.

use hickory_proto::op::ResponseCode;

use crate::check::finding::Verdict;
use crate::check::judge::tests::{FIRST, SECOND, finding, found, one, target};
use crate::check::probe::{Probe, Way};
use crate::check::world::{Bend, RESOLVER, World};
use crate::name::{is_within, parse};
use crate::transport::NetworkFault;

/// Whether it asks for the root's servers, which all begins with.
fn is_root_s(probe: &Probe) -> bool {
    !is_within(&probe.name, &parse("a.test").unwrap())
}

#[test]
fn another_zone_at_the_resolver_is_told() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let own = format!("@ NS ns1\nns1 A {FIRST}");
    let other = "@ SOA 9 60\n@ NS";
    let split = ["SPLIT_HORIZON"];
    for (zone, lines, codes, verdict) in [
        ("a.test", own.clone(), &[][..], Verdict::Ok),
        ("a.test", format!("@ SOA 9 60\n{own}"), &[], Verdict::Ok),
        // Inside alone, with the same names of servers.
        (
            "a.test",
            format!("{other} ns1\nns1 A 10.0.0.1"),
            &split,
            Verdict::MayFail,
        ),
        (
            "a.test",
            format!("{other} ns1\nns1 AAAA fd00::1"),
            &split,
            Verdict::MayFail,
        ),
        // The same zone behind an address translator.
        (
            "a.test",
            "@ NS ns1\nns1 A 10.0.0.1".into(),
            &split,
            Verdict::Ok,
        ),
        // Other addresses, beside one that is known or in its place.
        (
            "a.test",
            format!("{other} ns1\nns1 A 10.0.0.1\nns1 A {FIRST}"),
            &[],
            Verdict::Ok,
        ),
        (
            "a.test",
            format!("{other} ns1\nns1 A {SECOND}"),
            &split,
            Verdict::Ok,
        ),
        // Other servers, which the resolver may remember.
        (
            "a.test",
            format!("{other} ns3\nns3 A {SECOND}"),
            &split,
            Verdict::Ok,
        ),
        (
            "a.test",
            format!("{own}\n@ NS ns3\nns3 A {SECOND}"),
            &[],
            Verdict::Ok,
        ),
        // It says that there is none.
        (
            "test",
            "@ NS a.root\na.root A 192.0.2.1".into(),
            &split,
            Verdict::Ok,
        ),
    ] {
        let world = one(&above, &own).zone(RESOLVER, zone, &lines);
        let expected = (codes.to_vec(), verdict);
        assert_eq!(found(&world, &target("a.test")), expected, "{zone} {lines}");
    }
    for (zone, codes) in [
        ("b.test", vec!["NOT_REGISTERED", "SPLIT_HORIZON"]),
        ("c.test", vec!["NOT_REGISTERED"]),
    ] {
        let world = one(&above, &own).zone(RESOLVER, zone, "@ NS ns1\nns1 A 10.0.0.1");
        assert_eq!(
            found(&world, &target("b.test")),
            (codes, Verdict::WillFail),
            "{zone}"
        );
    }
    let world = one(&above, &own).zone(RESOLVER, "a.test", &format!("{other} ns1\nns1 A 10.0.0.1"));
    let told = finding(&world, "SPLIT_HORIZON");
    assert_eq!(
        told.detail,
        "the resolver 192.0.2.53 has the zone a.test. on ns1.a.test. (10.0.0.1), and the root servers lead to a.test. on \
         ns1.a.test. (192.0.2.11)"
    );
    let dig = "dig @192.0.2.53 a.test. SOA";
    assert_eq!(told.reproduce.as_deref(), Some(dig));
    // Nothing rests on what a resolver says that was not asked, or was not in time.
    let own = parse("a.test").unwrap();
    let is_asked = |probe: &Probe| probe.way != Way::Resolver || !is_within(&probe.name, &own);
    let judged = world.judge_by(&target("a.test"), is_asked);
    assert_eq!(judged.verdict, Verdict::Ok, "{judged:#?}");
}

#[test]
fn another_zone_at_the_resolver_is_told_of_each_zone_on_the_way() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}\nb NS ns1.b\nns1.b A {SECOND}");
    let own = format!("@ NS ns1\nns1 A {FIRST}\n_acme-challenge CNAME x.b.test.");
    let world = World::new(&above)
        .zone(FIRST, "a.test", &own)
        .zone(SECOND, "b.test", &format!("@ NS ns1\nns1 A {SECOND}"))
        .zone(RESOLVER, "a.test", "@ SOA 9 60\n@ NS ns1\nns1 A 10.0.0.1")
        .zone(RESOLVER, "b.test", &format!("@ NS ns1\nns1 A {SECOND}"));
    assert_eq!(
        finding(&world, "SPLIT_HORIZON").name,
        parse("a.test").unwrap()
    );
    let split = found(&world, &target("a.test"));
    assert_eq!(split, (vec!["SPLIT_HORIZON"], Verdict::MayFail));
}

#[test]
fn what_a_resolver_leaves_out_is_not_taken_for_another_zone() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let own = format!("@ NS ns1\nns1 A {FIRST}");
    let cases: [(Bend, &[&str]); 4] = [
        // The set is cut short.
        (
            |probe, mut message| {
                message.metadata.truncation = !is_root_s(probe);
                Ok(message)
            },
            &[],
        ),
        (
            |probe, message| match is_root_s(probe) {
                true => Ok(message),
                false => Err(NetworkFault::Timeout),
            },
            &[],
        ),
        (
            |probe, mut message| {
                if !is_root_s(probe) {
                    message.metadata.response_code = ResponseCode::Refused;
                }
                Ok(message)
            },
            &[],
        ),
        // It denies the name, and leaves the SOA out.
        (
            |probe, mut message| {
                if !is_root_s(probe) {
                    message.metadata.response_code = ResponseCode::NXDomain;
                    message.answers.clear();
                    message.authorities.clear();
                }
                Ok(message)
            },
            &["SPLIT_HORIZON"],
        ),
    ];
    for (index, (bend, codes)) in cases.into_iter().enumerate() {
        let world = one(&above, &own)
            .zone(RESOLVER, "a.test", "@ SOA 9 60\n@ NS ns1\nns1 A 10.0.0.1")
            .bend(RESOLVER, bend);
        assert_eq!(
            found(&world, &target("a.test")),
            (codes.to_vec(), Verdict::Ok),
            "{index}"
        );
    }
}
