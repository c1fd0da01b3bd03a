//! Each check on a small internet: what is found, from notices up, and what the verdict is.

mod aliases;
mod closer;
mod inside;
mod servers;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use crate::check::finding::{Arg, Finding, Severity, Verdict};
use crate::check::probe::Way;
use crate::check::target::Target;
use crate::check::world::{Bend, World, unanswered};
use crate::name::parse;

const FIRST: &str = "192.0.2.11";
const SECOND: &str = "192.0.2.12";
/// More CNAMEs in a row than resolvers follow.
const LONG_CHAIN: &str = "w CNAME c1\nc1 CNAME c2\nc2 CNAME c3\nc3 CNAME c4\nc4 CNAME c5\nc5 CNAME c6\nc6 CNAME c7\n\
                          c7 CNAME c8\nc8 CNAME c9\nc9 CNAME c10\nc10 CNAME c11\nc11 CNAME c12\nc12 TXT x";
/// Nobody is there.
const DEAD: &str = "192.0.2.99";

fn target(name: &str) -> Target {
    Target {
        domain: Some(parse(name).unwrap()),
        ..Target::of_name(parse(&format!("_acme-challenge.{name}")).unwrap())
    }
}

/// What is found of `name`, from notices up.
fn found(world: &World, target: &Target) -> (Vec<&'static str>, Verdict) {
    let judgement = world.judge(target);
    let severe = judgement
        .findings
        .iter()
        .filter(|one| one.severity > Severity::Info);
    let mut codes: Vec<&str> = severe.map(|one| one.code.name).collect();
    codes.sort_unstable();
    codes.dedup();
    (codes, judgement.verdict)
}

/// The finding with this code about `a.test`.
fn finding(world: &World, code: &str) -> Finding {
    let findings = world.judge(&target("a.test")).findings;
    let found = findings.into_iter().find(|one| one.code.name == code);
    found.unwrap_or_else(|| panic!("no {code}"))
}

/// `a.test` on two servers, with these lines at both.
fn two(lines: &str) -> World {
    let servers = format!("@ NS ns1\n@ NS ns2\nns1 A {FIRST}\nns2 A {SECOND}\n");
    let above = format!("a NS ns1.a\na NS ns2.a\nns1.a A {FIRST}\nns2.a A {SECOND}");
    World::new(&above)
        .zone(FIRST, "a.test", &format!("{servers}{lines}"))
        .zone(SECOND, "a.test", &format!("{servers}{lines}"))
}

/// `a.test` on one server.
fn one(above: &str, lines: &str) -> World {
    World::new(above).zone(FIRST, "a.test", lines)
}

#[test]
fn delegations_are_judged() {
    let above = format!("a NS ns1.a\nns1.a A {FIRST}");
    let own = format!("@ NS ns1\nns1 A {FIRST}");
    for (above, lines, codes, verdict) in [
        (above.clone(), own.clone(), vec![], Verdict::Ok),
        (
            String::new(),
            own.clone(),
            vec!["NOT_REGISTERED"],
            Verdict::WillFail,
        ),
        (
            format!("{above}\na NS ns2.a\nns2.a A {FIRST}"),
            own.clone(),
            vec!["SERVERS_DIFFER"],
            Verdict::Ok,
        ),
        (
            above.clone(),
            format!("{own}\n@ NS nowhere"),
            vec!["SERVERS_DIFFER", "SERVER_WITHOUT_ADDRESS"],
            Verdict::MayFail,
        ),
        (
            above.clone(),
            format!("@ NS ns1\nns1 A {SECOND}"),
            vec!["GLUE_DIFFERS", "SERVER_SILENT"],
            Verdict::MayFail,
        ),
        (
            format!("a NS ns1.a\nns1.a A {DEAD}"),
            own.clone(),
            vec!["NO_USABLE_SERVER", "SERVER_SILENT"],
            Verdict::WillFail,
        ),
        (
            "a NS ns1.a".into(),
            own.clone(),
            vec!["NO_USABLE_SERVER", "SERVER_WITHOUT_ADDRESS"],
            Verdict::WillFail,
        ),
        (
            "a NS ns.nobody".into(),
            own.clone(),
            vec!["NO_USABLE_SERVER", "SERVER_WITHOUT_ADDRESS"],
            Verdict::WillFail,
        ),
        (
            above.clone(),
            format!("ns1 A {FIRST}"),
            vec!["NO_NS"],
            Verdict::MayFail,
        ),
        (
            format!("{above}\na NS ns2.a\nns2.a A 10.0.0.1"),
            format!("{own}\n@ NS ns2\nns2 A 10.0.0.1"),
            vec!["PRIVATE_ADDRESS", "SERVER_SILENT"],
            Verdict::MayFail,
        ),
    ] {
        let world = one(&above, &lines);
        let expected = (codes, verdict);
        assert_eq!(
            found(&world, &target("a.test")),
            expected,
            "{above} {lines}"
        );
    }
}

#[test]
fn what_a_server_does_not_answer_is_judged_by_the_way_and_by_how_many_do() {
    let cases: [(Bend, &[&str], Verdict, Verdict); 8] = [
        (|_, message| Ok(message), &[], Verdict::Ok, Verdict::Ok),
        (
            |probe, message| unanswered(probe, message, &Way::ALL),
            &["SERVER_SILENT"],
            Verdict::MayFail,
            Verdict::WillFail,
        ),
        (
            |probe, message| unanswered(probe, message, &[Way::Tcp]),
            &["TCP_SILENT"],
            Verdict::MayFail,
            Verdict::MayFail,
        ),
        (
            |probe, message| unanswered(probe, message, &[Way::Udp, Way::Plain, Way::MixedCase]),
            &["UDP_SILENT"],
            Verdict::MayFail,
            Verdict::MayFail,
        ),
        (
            |probe, message| unanswered(probe, message, &[Way::Udp, Way::MixedCase, Way::Tcp]),
            &["EDNS_UNANSWERED"],
            Verdict::MayFail,
            Verdict::WillFail,
        ),
        (
            |probe, message| unanswered(probe, message, &[Way::MixedCase]),
            &["CASE_CHANGED"],
            Verdict::MayFail,
            Verdict::MayFail,
        ),
        (
            |_, mut message| {
                message.metadata.authoritative = false;
                Ok(message)
            },
            &["NOT_AUTHORITATIVE"],
            Verdict::MayFail,
            Verdict::MayFail,
        ),
        (
            |_, mut message| {
                message.edns = None;
                Ok(message)
            },
            &["EDNS_REJECTED"],
            Verdict::Ok,
            Verdict::Ok,
        ),
    ];
    for (index, (bend, codes, of_one, of_all)) in cases.into_iter().enumerate() {
        let world = two("").bend(SECOND, bend);
        assert_eq!(
            found(&world, &target("a.test")),
            (codes.to_vec(), of_one),
            "{index}, one of two"
        );
        let world = world.bend(FIRST, bend);
        let (found, verdict) = found(&world, &target("a.test"));
        assert!(
            codes.iter().all(|code| found.contains(code)),
            "{index}, both: {found:?}"
        );
        assert_eq!(verdict, of_all, "{index}, both: {found:?}");
    }
}

#[test]
fn a_server_that_does_not_serve_the_zone_is_lame() {
    let above = format!("a NS ns1.a\na NS ns2.a\nns1.a A {FIRST}\nns2.a A {SECOND}");
    let own = format!("@ NS ns1\n@ NS ns2\nns1 A {FIRST}\nns2 A {SECOND}");
    // It holds another zone, or the one above, or refers back to the zone's own servers.
    for (zone, lines) in [
        ("b.test", "@ NS x"),
        ("test", "@ NS x"),
        ("test", above.as_str()),
    ] {
        let world = one(&above, &own).zone(SECOND, zone, lines);
        let expected = (vec!["SERVER_LAME"], Verdict::MayFail);
        assert_eq!(found(&world, &target("a.test")), expected, "{zone} {lines}");
    }
}

#[test]
fn copies_of_a_zone_that_differ_are_found_by_serial_and_by_what_they_say() {
    let above = format!("a NS ns1.a\na NS ns2.a\nns1.a A {FIRST}\nns2.a A {SECOND}");
    let own = format!("@ NS ns1\n@ NS ns2\nns1 A {FIRST}\nns2 A {SECOND}");
    for (serial, more, codes) in [
        (1, "", vec![]),
        (2, "", vec!["SERIALS_DIFFER"]),
        (
            1,
            "_acme-challenge TXT x",
            vec!["ANSWERS_DIFFER", "LEFTOVERS"],
        ),
    ] {
        let lines = format!("{own}\n@ SOA {serial} 60\n{more}");
        let world = one(&above, &own).zone(SECOND, "a.test", &lines);
        assert_eq!(found(&world, &target("a.test")).0, codes, "{serial} {more}");
    }
}

#[test]
fn aliases_are_judged_by_where_they_end() {
    let long: String = (0..14)
        .map(|number| format!("c{number} CNAME c{}\n", number + 1))
        .collect();
    for (lines, codes) in [
        ("_acme-challenge CNAME x.a.test.", vec![]),
        ("_acme-challenge CNAME _acme-challenge", vec!["ALIAS_LOOP"]),
        (
            "_acme-challenge CNAME b\nb CNAME _acme-challenge",
            vec!["ALIAS_LOOP"],
        ),
        (
            &*format!("_acme-challenge CNAME c0\n{long}"),
            vec!["ALIAS_TOO_LONG"],
        ),
        ("_acme-challenge CNAME .", vec!["ALIAS_BAD_NAME"]),
        ("_acme-challenge CNAME x.b.test", vec!["ALIAS_LACKS_DOT"]),
        ("_acme-challenge CNAME x.b.com", vec!["ALIAS_LACKS_DOT"]),
        ("_acme-challenge CNAME x.b", vec![]),
        (
            "_acme-challenge CNAME x.nobody.test.",
            vec!["NOT_REGISTERED"],
        ),
        ("* CNAME x.nobody.test.", vec!["ALIAS_BY_WILDCARD"]),
        ("* TXT x", vec!["WILDCARD_TXT"]),
        ("_acme-challenge TXT x", vec!["LEFTOVERS"]),
    ] {
        assert_eq!(found(&two(lines), &target("a.test")).0, codes, "{lines}");
    }
}

#[test]
fn a_value_that_was_written_has_to_be_on_all_servers() {
    let written = Target {
        value: Some("v".into()),
        is_presented: true,
        ..target("a.test")
    };
    for (lines, codes) in [
        ("_acme-challenge TXT v", vec![]),
        (
            "_acme-challenge TXT v\n_acme-challenge TXT w",
            vec!["LEFTOVERS"],
        ),
        (
            "_acme-challenge TXT other",
            vec!["LEFTOVERS", "VALUE_MISSING"],
        ),
        // It was meant to be the value.
        ("_acme-challenge TXT V", vec!["VALUE_MISSING"]),
        ("", vec!["VALUE_MISSING"]),
        ("* TXT w", vec!["VALUE_MISSING", "WILDCARD_TXT"]),
    ] {
        assert_eq!(found(&two(lines), &written).0, codes, "{lines}");
    }
    for (line, detail, hint) in [
        (
            "_acme-challenge TXT \\\"v\\\"",
            "literal quote characters around it",
            "belong to the syntax of zone files",
        ),
        (
            "_acme-challenge TXT V",
            "in another case, \"V\"",
            "octet by octet",
        ),
        (
            "_acme-challenge TXT other",
            "lack the value",
            "What is there is \"other\"",
        ),
        (
            "_acme-challenge._acme-challenge TXT v",
            "the first label stands there twice",
            "and write it at _acme-challenge.a.test. instead",
        ),
    ] {
        let findings = two(line).judge(&written).findings;
        let told = findings.iter().find(|one| one.detail.contains(detail));
        let missing = told.unwrap_or_else(|| panic!("{line}: {findings:?}"));
        assert!(missing.detail.contains(detail), "{}", missing.detail);
        let says = missing.hint.as_deref().unwrap_or_default();
        assert!(says.contains(hint), "{says}");
    }
    let not_yet = Target {
        is_presented: false,
        ..written
    };
    assert_eq!(found(&two(""), &not_yet).0, [""; 0]);
}

#[test]
fn caa_is_found_on_the_climb_and_a_server_has_to_answer_for_it() {
    let of = |name: &str, lines: &str, bend: Option<Bend>| {
        let mut world = two(lines);
        for address in [FIRST, SECOND] {
            if let Some(bend) = bend {
                world = world.bend(address, bend);
            }
        }
        let target = Target {
            issuers: vec!["ca.test".into()],
            ..target(name)
        };
        found(&world, &target).0
    };
    for (name, lines, codes) in [
        ("a.test", "", vec![]),
        ("a.test", "@ CAA ca.test", vec![]),
        ("a.test", "@ CAA other.test", vec!["CAA_FORBIDS"]),
        ("x.y.a.test", "@ CAA other.test", vec!["CAA_FORBIDS"]),
        ("x.y.a.test", "y CAA ca.test\n@ CAA other.test", vec![]),
        (
            "w.a.test",
            "w CNAME v\nv CAA other.test",
            vec!["CAA_FORBIDS"],
        ),
        (
            "x.w.a.test",
            "w CNAME v\nv CAA other.test",
            vec!["CAA_FORBIDS"],
        ),
        // RFC 8659 §3 does not climb from the target of a CNAME.
        (
            "w.a.test",
            "w CNAME x.v\nx.v TXT x\nv CAA other.test",
            vec![],
        ),
    ] {
        assert_eq!(of(name, lines, None), codes, "{name} {lines}");
    }
    let fails: Bend = |probe, mut message| {
        if probe.record_type == RecordType::CAA {
            message.metadata.response_code = ResponseCode::NotImp;
            message.answers.clear();
        }
        Ok(message)
    };
    assert_eq!(
        of("a.test", "@ CAA ca.test", Some(fails)),
        ["CAA_UNANSWERED"]
    );
    // A CA's resolver answers SERVFAIL to CNAMEs without end.
    for (lines, severity) in [
        ("w CNAME w", Severity::Error),
        ("w CNAME v\nv CNAME w", Severity::Error),
        (LONG_CHAIN, Severity::Warning),
    ] {
        let findings = two(lines).judge(&target("w.a.test")).findings;
        let found = findings
            .iter()
            .find(|one| one.code.name == "CAA_UNANSWERED");
        assert_eq!(found.map(|one| one.severity), Some(severity), "{lines}");
        assert!(
            findings.iter().all(|one| one.code.name != "CAA_ALLOWS"),
            "{lines}"
        );
    }
    let bare: Bend = |probe, mut message| {
        if probe.record_type == RecordType::CAA {
            message.metadata.authoritative = false;
            message.authorities.clear();
        }
        Ok(message)
    };
    assert_eq!(of("a.test", "", Some(bare)), ["CAA_UNANSWERED"]);
}

#[test]
fn answers_at_the_name_have_to_be_whole_and_there() {
    let cases: [(Bend, &[&str]); 4] = [
        (
            |probe, mut message| {
                let is_cut = probe.record_type == RecordType::TXT;
                message.metadata.truncation = is_cut && probe.way != Way::Tcp;
                if is_cut && probe.way == Way::Tcp {
                    Err(crate::transport::NetworkFault::Refused)
                } else {
                    Ok(message)
                }
            },
            &["TRUNCATED"],
        ),
        (
            |probe, mut message| {
                if probe.record_type == RecordType::TXT {
                    message.metadata.response_code = ResponseCode::ServFail;
                }
                Ok(message)
            },
            &["ANSWER_FAILS"],
        ),
        (
            |probe, mut message| {
                if probe.name == parse("www.a.test").unwrap() {
                    message.metadata.response_code = ResponseCode::NXDomain;
                }
                Ok(message)
            },
            &["ABSENT_ABOVE", "LEFTOVERS"],
        ),
        (|_, message| Ok(message), &["LEFTOVERS"]),
    ];
    for (index, (bend, codes)) in cases.into_iter().enumerate() {
        let lines = if codes.contains(&"LEFTOVERS") {
            "_acme-challenge.www TXT x"
        } else {
            ""
        };
        let world = two(lines).bend(FIRST, bend).bend(SECOND, bend);
        assert_eq!(found(&world, &target("www.a.test")).0, codes, "{index}");
    }
    // Resolvers keep that for no longer than RFC 2308 §5 has it.
    for (soa, seconds) in [("@ SOA 1 7200", 7200), ("@ SOA 1 4294967295", 10_800)] {
        let judgement = two(soa).judge(&target("a.test"));
        let finding = judgement.findings.first().unwrap();
        assert_eq!(finding.code.name, "NEGATIVE_TTL", "{soa}");
        assert_eq!(finding.args, [("seconds", Arg::Number(seconds))], "{soa}");
    }
}

#[test]
fn without_any_root_server_nothing_is_judged() {
    let world = World::new("").bend("192.0.2.53", |_, _| {
        Err(crate::transport::NetworkFault::Timeout)
    });
    let judgement = world.judge(&target("a.test"));
    assert!(!judgement.is_judged);
    let codes: Vec<&str> = judgement.findings.iter().map(|one| one.code.name).collect();
    assert_eq!(codes, ["ROOT_UNANSWERED"]);
    assert!(two("").judge(&target("a.test")).is_judged);
}

#[test]
fn a_name_of_which_not_all_was_asked_is_not_called_well() {
    let world = two("");
    let target = target("a.test");
    assert_eq!(found(&world, &target), (vec![], Verdict::Ok));
    let without_caa = world.judge_by(&target, |probe| probe.record_type != RecordType::CAA);
    let codes: Vec<&str> = without_caa
        .findings
        .iter()
        .map(|one| one.code.name)
        .collect();
    assert_eq!(codes.first(), Some(&"UNFINISHED"));
    assert_eq!(without_caa.verdict, Verdict::MayFail);
}
