//! Addresses that do not answer alike each time, and values that stand elsewhere.

use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{RData, RecordType};

use super::{DEAD, FIRST, SECOND, found, one, target, two};
use crate::check::finding::{Arg, Finding, Severity, Verdict};
use crate::check::probe::Way;
use crate::check::target::Target;
use crate::check::world::{Bend, World, unanswered};
use crate::name::parse;

const THIRD: &str = "192.0.2.13";
/// As long as a value is (RFC 8555 §8.4).
const VALUE: &str = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

/// The record of `name` was written with the value.
fn written(name: &str) -> Target {
    let target = target(name);
    Target {
        value: Some(VALUE.into()),
        record: Some(target.name.clone()),
        is_presented: true,
        ..target
    }
}

#[track_caller]
fn finding(world: &World, target: &Target, code: &str) -> Finding {
    let judgement = world.judge(target);
    let mut all = judgement.findings.iter();
    let found = all.find(|one| one.code.name == code);
    found
        .unwrap_or_else(|| panic!("no {code}: {:#?}", judgement.findings))
        .clone()
}

fn text(finding: &Finding, name: &str) -> String {
    match finding.args.iter().find(|(known, _)| *known == name) {
        Some((_, Arg::Text(text))) => text.clone(),
        Some((_, Arg::List(all))) => all.join(" "),
        other => panic!("{name}: {other:?}"),
    }
}

/// The second time that it is asked again, a machine answers that lacks the record.
const LACKS_ONCE: Bend = |probe, mut message| {
    if probe.way == Way::Again(2) && probe.record_type == RecordType::TXT {
        message.answers.clear();
    }
    Ok(message)
};

/// Once a machine answers that has an older copy of the zone, and says its name.
const OLD_COPY: Bend = |probe, mut message| {
    if probe.way == Way::Again(1) {
        if let Some(edns) = message.edns.as_mut() {
            let machine = EdnsOption::NSID(b"gin-1".as_slice().try_into().unwrap());
            edns.options_mut().insert(machine);
        }
        for record in &mut message.answers {
            if let RData::SOA(soa) = &mut record.data {
                soa.serial = 0;
            }
        }
    }
    Ok(message)
};

#[test]
fn an_address_that_does_not_answer_alike_each_time_is_found() {
    let lines = format!("_acme-challenge TXT {VALUE}");
    let same: Bend = |_, message| Ok(message);
    for (bend, codes) in [
        (same, vec![]),
        (LACKS_ONCE, vec!["ANSWERS_VARY"]),
        (OLD_COPY, vec!["ANSWERS_VARY"]),
    ] {
        let world = two(&lines).bend(SECOND, bend);
        let verdict = if codes.is_empty() {
            Verdict::Ok
        } else {
            Verdict::MayFail
        };
        assert_eq!(found(&world, &written("a.test")), (codes, verdict));
    }
    let in_turn = finding(
        &two(&lines).bend(SECOND, LACKS_ONCE),
        &written("a.test"),
        "ANSWERS_VARY",
    );
    assert_eq!(text(&in_turn, "answers"), "the value nothing");
    assert_eq!(text(&in_turn, "times"), "4 1");
    assert_eq!(in_turn.servers[0].1.ip().to_string(), SECOND);
    // The machine that answers first may be the one that lacks it.
    let lacks_in_turn: Bend = |probe, mut message| {
        let ways = [Way::Udp, Way::Again(2)];
        if probe.record_type == RecordType::TXT && ways.contains(&probe.way) {
            message.answers.clear();
        }
        Ok(message)
    };
    let world = two(&lines)
        .bend(FIRST, lacks_in_turn)
        .bend(SECOND, lacks_in_turn);
    assert_eq!(
        found(&world, &written("a.test")),
        (vec!["ANSWERS_VARY"], Verdict::MayFail)
    );
    // It appears while it is looked for.
    let lacks_first: Bend = |probe, mut message| {
        if probe.record_type == RecordType::TXT && probe.way == Way::Udp {
            message.answers.clear();
        }
        Ok(message)
    };
    let world = two(&lines)
        .bend(FIRST, lacks_first)
        .bend(SECOND, lacks_first);
    assert_eq!(found(&world, &written("a.test")), (vec![], Verdict::Ok));
    let old = finding(
        &two(&lines).bend(SECOND, OLD_COPY),
        &target("a.test"),
        "ANSWERS_VARY",
    );
    assert_eq!(text(&old, "answers"), "serial 1 serial 0");
    assert_eq!(text(&old, "machines"), "gin-1");
    assert!(
        old.detail.contains("once serial 0 (NSID gin-1)"),
        "{}",
        old.detail
    );
}

#[test]
fn a_zone_that_is_changed_meanwhile_is_not_called_several_machines() {
    // What is asked over TCP, or again, is asked later in a run; here all is asked at once.
    let later: Bend = |probe, mut message| {
        if matches!(
            probe.way,
            Way::Again(_) | Way::Tcp | Way::Plain | Way::MixedCase
        ) {
            for record in &mut message.answers {
                if let RData::SOA(soa) = &mut record.data {
                    soa.serial += 1;
                }
            }
        }
        Ok(message)
    };
    let world = two("").bend(SECOND, later);
    let (codes, _) = found(&world, &target("a.test"));
    assert!(!codes.contains(&"ANSWERS_VARY"), "{codes:?}");
}

#[test]
fn a_value_at_another_name_is_found_there_and_said_to_be_there() {
    for (name, lines, at) in [
        (
            "a.test",
            "_acme-challenge.a.test",
            "_acme-challenge.a.test.a.test.",
        ),
        ("a.test", "acme-challenge", "acme-challenge.a.test."),
        ("a.test", "_acme_challenge", "_acme_challenge.a.test."),
        ("a.test", "@", "a.test."),
        ("www.a.test", "_acme-challenge", "_acme-challenge.a.test."),
        (
            "www.a.test",
            "_acme-challenge.*.www",
            "_acme-challenge.*.www.a.test.",
        ),
        // It answers for the others as well.
        ("a.test", "_acme-challenge TXT other\n*", "*.a.test."),
    ] {
        let world = two(&format!("{lines} TXT {VALUE}"));
        let finding = finding(&world, &written(name), "VALUE_AT_OTHER_NAME");
        assert_eq!(text(&finding, "at"), at, "{}", finding.detail);
        assert_eq!(finding.severity, Severity::Error);
        // Nobody is to wait for it.
        let judgement = world.judge(&written(name));
        let missing = judgement
            .findings
            .iter()
            .find(|one| one.code.name == "VALUE_MISSING");
        assert_eq!(missing.and_then(|one| one.hint.as_deref()), None);
    }
    let other = two("www TXT other\n_acme-challenge.a.test TXT other");
    assert_eq!(found(&other, &written("www.a.test")).0, ["VALUE_MISSING"]);
}

#[test]
fn without_a_value_what_looks_like_one_at_another_name_is_a_notice() {
    let short = &VALUE[1..];
    for (name, lines, codes) in [
        (
            "a.test",
            format!("_acme-challenge.a.test TXT {VALUE}"),
            vec!["TXT_AT_OTHER_NAME"],
        ),
        (
            "a.test",
            format!("acme-challenge TXT {VALUE}"),
            vec!["TXT_AT_OTHER_NAME"],
        ),
        (
            "a.test",
            format!("@ TXT {VALUE}"),
            vec!["TXT_AT_OTHER_NAME"],
        ),
        ("a.test", format!("acme-challenge TXT {short}"), vec![]),
        ("a.test", format!("acme-challenge TXT {short}="), vec![]),
        // It is the right one for another name.
        ("www.a.test", format!("_acme-challenge TXT {VALUE}"), vec![]),
        ("a.test", format!("* TXT {VALUE}"), vec!["WILDCARD_TXT"]),
    ] {
        let expected = (codes, Verdict::Ok);
        assert_eq!(
            found(&two(&lines), &target(name)),
            expected,
            "{name} {lines}"
        );
    }
}

#[test]
fn a_value_behind_a_cname_without_its_final_dot_is_found_where_it_was_meant_to_be() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}\nb NS ns1.b\nns1.b A {SECOND}");
    let lines = format!("@ NS ns1\nns1 A {FIRST}\n_acme-challenge CNAME x.b.test");
    let helper = format!("@ NS ns1\nns1 A {SECOND}\nx TXT {VALUE}");
    let world = one(&above, &lines).zone(SECOND, "b.test", &helper);
    let written = Target {
        record: parse("x.b.test").ok(),
        ..written("a.test")
    };
    let finding = finding(&world, &written, "VALUE_AT_OTHER_NAME");
    assert_eq!(text(&finding, "at"), "x.b.test.");
}

#[test]
fn a_value_at_a_server_that_is_not_delegated_to_is_no_propagation() {
    let value = format!("_acme-challenge TXT {VALUE}");
    let above = format!("a NS ns2.a\nns2.a A {SECOND}");
    let lines = format!("@ NS ns2\nns2 A {SECOND}\nns1 A {THIRD}");
    // The SOA names `ns1`.
    let hidden = World::new(&above).zone(SECOND, "a.test", &lines).zone(
        THIRD,
        "a.test",
        &format!("{lines}\n{value}\n@ SOA 2 60"),
    );
    let at_primary = finding(&hidden, &written("a.test"), "VALUE_AT_OTHER_SERVER");
    assert_eq!(at_primary.severity, Severity::Error);
    assert_eq!(at_primary.servers[0].1.ip().to_string(), THIRD);
    assert!(
        at_primary.detail.contains("with serial 2"),
        "{}",
        at_primary.detail
    );
    assert_eq!(found(&hidden, &target("a.test")).0, [""; 0]);
    // A primary that nobody can ask is nothing to be told.
    let firewalled = World::new(&above).zone(SECOND, "a.test", &lines.replace(THIRD, DEAD));
    assert_eq!(found(&firewalled, &written("a.test")).0, ["VALUE_MISSING"]);

    let only = |has: &str, lacks: &str, apex: &str| {
        let lines = format!("{apex}\nns2 A {SECOND}\nns3 A {THIRD}");
        World::new(&format!("a NS ns2.a\nns2.a A {SECOND}\nns3.a A {THIRD}"))
            .zone(lacks, "a.test", &lines)
            .zone(has, "a.test", &format!("{lines}\n{value}"))
    };
    let own = only(THIRD, SECOND, "@ NS ns2\n@ NS ns3");
    let at_own = finding(&own, &written("a.test"), "VALUE_AT_OTHER_SERVER");
    assert!(
        at_own.detail.contains("only a.test. itself names"),
        "{}",
        at_own.detail
    );
    let above = only(SECOND, THIRD, "@ NS ns3");
    let at_above = finding(&above, &written("a.test"), "VALUE_AT_OTHER_SERVER");
    assert!(
        at_above.detail.contains("only test. names"),
        "{}",
        at_above.detail
    );
    // Where both name all of them, it is a matter of time.
    let lines = format!("@ NS ns1\n@ NS ns2\nns1 A {FIRST}\nns2 A {SECOND}");
    let lags = World::new(&format!(
        "a NS ns1.a\na NS ns2.a\nns1.a A {FIRST}\nns2.a A {SECOND}"
    ))
    .zone(FIRST, "a.test", &lines)
    .zone(SECOND, "a.test", &format!("{lines}\n{value}"));
    assert_eq!(
        found(&lags, &written("a.test")).0,
        ["ANSWERS_DIFFER", "VALUE_MISSING"]
    );
}

/// `a.test` with `sub.a.test` below it, on servers of their own.
fn cut() -> World {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let lines = format!("@ NS ns1\nns1 A {FIRST}\nsub NS ns1.sub\nns1.sub A {SECOND}");
    one(&above, &lines).zone(SECOND, "sub.a.test", &format!("@ NS ns1\nns1 A {SECOND}"))
}

#[test]
fn a_record_above_a_zone_cut_is_hidden_by_it() {
    let written = written("sub.a.test");
    let (of_zone, above) = (parse("sub.a.test").ok(), parse("a.test").ok());
    for (zone, is_presented, codes, verdict) in [
        (&of_zone, true, vec!["VALUE_MISSING"], Verdict::WillFail),
        (&of_zone, false, vec![], Verdict::Ok),
        (
            &above,
            true,
            vec!["OCCLUDED", "VALUE_MISSING"],
            Verdict::WillFail,
        ),
        (&above, false, vec!["OCCLUDED"], Verdict::MayFail),
        (&None, false, vec![], Verdict::Ok),
    ] {
        let target = Target {
            zone: zone.clone(),
            is_presented,
            ..written.clone()
        };
        assert_eq!(
            found(&cut(), &target),
            (codes, verdict),
            "{zone:?} {is_presented}"
        );
    }
    // Some servers answer from above the cut.
    let answers: Bend = |probe, mut message| {
        if probe.record_type == RecordType::TXT && probe.name.iter().len() == 4 {
            let data = RData::TXT(hickory_proto::rr::rdata::TXT::new(vec![VALUE.into()]));
            let record = hickory_proto::rr::Record::from_rdata(probe.name.clone(), 60, data);
            message.authorities.clear();
            message.metadata.authoritative = true;
            message.add_answer(record);
        }
        Ok(message)
    };
    let world = cut().bend(FIRST, answers);
    let finding = finding(&world, &written, "OCCLUDED");
    assert_eq!(finding.servers[0].1.ip().to_string(), FIRST);
    let missing = world.judge(&written).findings;
    let missing = missing
        .iter()
        .find(|one| one.code.name == "VALUE_MISSING")
        .unwrap();
    assert_eq!(missing.hint, None);
}

#[test]
fn a_record_beside_a_cname_is_ignored() {
    let lines = "_acme-challenge CNAME x";
    let at_name = written("a.test");
    assert_eq!(
        found(&two(lines), &at_name),
        (vec!["TXT_BESIDE_CNAME", "VALUE_MISSING"], Verdict::WillFail)
    );
    let at_end = Target {
        record: parse("x.a.test").ok(),
        ..at_name.clone()
    };
    assert_eq!(found(&two(lines), &at_end).0, ["VALUE_MISSING"]);
    let both = format!("{lines}\n_acme-challenge TXT {VALUE}");
    assert_eq!(
        found(&two(&both), &target("a.test")).0,
        ["TXT_BESIDE_CNAME"]
    );
    let well = format!("{lines}\nx TXT {VALUE}");
    assert_eq!(found(&two(&well), &at_name).0, [""; 0]);
}

#[test]
fn a_dname_above_the_name_is_called_one() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}\nb NS ns1.b\nns1.b A {SECOND}");
    let lines = format!("@ NS ns1\nns1 A {FIRST}\nd DNAME b.test.");
    let helper = format!("@ NS ns1\nns1 A {SECOND}\n_acme-challenge.www TXT {VALUE}");
    let world = one(&above, &lines).zone(SECOND, "b.test", &helper);
    let written = written("www.d.a.test");
    assert_eq!(
        found(&world, &written),
        (vec!["ALIAS_BY_DNAME"], Verdict::Ok)
    );
    let finding = finding(&world, &written, "ALIAS_BY_DNAME");
    assert_eq!(text(&finding, "owner"), "d.a.test.");
    assert_eq!(text(&finding, "target"), "b.test.");
}

#[test]
fn a_server_that_answers_some_questions_over_udp_and_others_not_limits_its_rate() {
    let cut: Bend = |probe, mut message| {
        if probe.record_type == RecordType::TXT && probe.way != Way::Tcp {
            message.metadata.truncation = true;
            message.answers.clear();
            message.authorities.clear();
        }
        Ok(message)
    };
    let all_cut: Bend = |probe, mut message| {
        message.metadata.truncation = probe.way != Way::Tcp;
        if message.metadata.truncation {
            message.answers.clear();
            message.authorities.clear();
        }
        Ok(message)
    };
    let again_silent: Bend = |probe, message| unanswered(probe, message, &[Way::Again(2)]);
    let none_again: Bend = |probe, message| unanswered(probe, message, &[1, 2, 3].map(Way::Again));
    let soa_silent: Bend = |probe, message| match probe.record_type {
        RecordType::SOA => unanswered(probe, message, &[Way::Udp, Way::Plain, Way::MixedCase]),
        _ => Ok(message),
    };
    let mixed_silent: Bend = |probe, message| match probe.record_type {
        RecordType::SOA => unanswered(probe, message, &[Way::MixedCase, Way::Again(1)]),
        _ => Ok(message),
    };
    for (index, (bend, codes)) in [
        (cut, vec!["RATE_LIMITED"]),
        // It wants TCP each time, or does not answer who asks for its identifier.
        (all_cut, vec![]),
        (none_again, vec![]),
        (again_silent, vec!["RATE_LIMITED"]),
        (soa_silent, vec!["RATE_LIMITED"]),
        // What it keeps silent about may be a matter of luck as well.
        (mixed_silent, vec!["RATE_LIMITED"]),
    ]
    .into_iter()
    .enumerate()
    {
        let world = two("").bend(SECOND, bend);
        assert_eq!(
            found(&world, &target("a.test")),
            (codes, Verdict::Ok),
            "{index}"
        );
    }
}

#[test]
fn where_no_name_server_answers_it_is_judged_by_what_a_resolver_says() {
    let closed: Bend = |probe, message| unanswered(probe, message, &Way::ALL);
    let there = format!("a A {FIRST}\n_acme-challenge.a TXT {VALUE}");
    for (lines, is_presented, codes, verdict) in [
        (there.clone(), true, vec!["JUDGED_BY_RESOLVER"], Verdict::Ok),
        (
            there.clone(),
            false,
            vec!["JUDGED_BY_RESOLVER"],
            Verdict::Ok,
        ),
        (
            format!("a A {FIRST}"),
            true,
            vec!["JUDGED_BY_RESOLVER", "VALUE_MISSING"],
            Verdict::MayFail,
        ),
        (
            String::new(),
            false,
            vec!["JUDGED_BY_RESOLVER", "NOT_REGISTERED"],
            Verdict::WillFail,
        ),
        (
            format!("{there}\na CAA other.test"),
            false,
            vec!["CAA_FORBIDS", "JUDGED_BY_RESOLVER"],
            Verdict::WillFail,
        ),
    ] {
        let world = World::new(&lines).bend("192.0.2.1", closed);
        let target = Target {
            is_presented,
            issuers: vec!["ca.test".into()],
            ..written("a.test")
        };
        assert_eq!(
            found(&world, &target),
            (codes, verdict),
            "{lines} {is_presented}"
        );
        assert!(world.judge(&target).is_judged);
    }
    let fails: Bend = |_, mut message| {
        message.metadata.response_code = hickory_proto::op::ResponseCode::ServFail;
        let mut error = vec![0, 6];
        error.extend(b"no signature");
        let edns = message.edns.get_or_insert_default();
        edns.options_mut().insert(EdnsOption::Unknown(15, error));
        Ok(message)
    };
    let world = World::new("")
        .bend("192.0.2.1", closed)
        .bend("192.0.2.53", fails);
    assert_eq!(
        found(&world, &target("a.test")),
        (
            vec!["JUDGED_BY_RESOLVER", "RESOLVER_FAILS"],
            Verdict::WillFail
        )
    );
}
