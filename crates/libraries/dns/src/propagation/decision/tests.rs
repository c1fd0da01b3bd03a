//! Tables of what servers show, and what is decided.

mod enough;
mod looks;
mod replaced;
mod sought;
mod unusable;

use super::Suspicion::{NoUsableServer, Overwritten, Removed, WrongValue};
use super::*;
use crate::name::parse;
use crate::propagation::run_values::{Others, RunValue, RunValues, Written};
use crate::propagation::target::MistakenValue;
use crate::transport::{NetworkFault, ReplyFault};
use hickory_proto::op::ResponseCode;
use std::time::SystemTime;

const DEAD: Observed = Observed::NoAnswer(NetworkFault::Timeout);
const UNROUTABLE: Observed = Observed::NoAnswer(NetworkFault::Unroutable);
const LAME: Observed = Observed::Lame(ReplyFault::NotAuthoritative);
const EMPTY: Observed = Observed::NoData(None);
const SERVED: Observed = Observed::Value;
const UNHEARD: Observed = Observed::Pending;

/// What each server shows at so many milliseconds since the start.
type Step<'a> = (u64, &'a [Observed]);

/// When the time is up, in milliseconds, and when it is where all servers say that there is nothing.
const TIMEOUT: u64 = 60_000;
const DENIED: u64 = 85_000;

fn values(value: &str) -> Observed {
    Observed::OtherValues(vec![value.into()])
}

/// Written at this millisecond, for so many of them.
fn written(began: u64, took: Option<u64>) -> Written {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(began);
    Written {
        from: at,
        to: at,
        took: took.map(Duration::from_millis),
        overlaps: false,
    }
}

/// Other values are expected at the same name, each newer or not, and there is one known mistake.
fn target(newer: &[Option<bool>], primary: &str) -> Target {
    let run = RunValues::default();
    let at = |second: u64| written(second * 1000, None);
    let add = |value: String, written: Option<Written>| {
        run.add(RunValue {
            name: Target::fake().name,
            value,
            zone: None,
            owner: "*.example.test".into(),
            written,
        });
    };
    add(Target::fake().value, Some(at(5)));
    for (index, newer) in newer.iter().enumerate() {
        let written = newer.map(|newer| at(if newer { 6 } else { 4 }));
        add(format!("other{index}"), written);
    }
    Target {
        primary: parse(primary).ok(),
        others: run.seen_from(&Target::fake().name, &Target::fake().value),
        mistaken_values: vec![MistakenValue {
            value: "token".into(),
            description: "the token".into(),
        }],
        ..Target::fake()
    }
}

/// A value that comes before one of the same zone, which the first of these servers have.
fn target_before_another(servers: u8) -> Target {
    let run = RunValues::default();
    let name = |text: &str| parse(text).unwrap();
    let others = |at: &str, value: &str, began: u64| -> Others {
        run.add(RunValue {
            name: name(at),
            value: value.into(),
            zone: Some(name("example.test")),
            owner: at.into(),
            written: Some(written(began, Some(100))),
        });
        run.seen_from(&name(at), value)
    };
    let this = others("_label.example.test", "value", 100);
    let later = others("later.example.test", "later", 200);
    for index in 0..servers {
        later.note(([192, 0, 2, index], 53).into(), true);
    }
    Target {
        others: this,
        ..Target::fake()
    }
}

/// A decision in milliseconds since the start.
#[derive(Debug, PartialEq)]
enum At {
    Done,
    LookAgain,
    Wait(u64),
    Seek,
    GiveUp(Option<Suspicion>),
}

fn polling(strict: bool, is_given: bool) -> Polling {
    Polling {
        timeout: Duration::from_millis(TIMEOUT),
        is_given,
        interval: Duration::from_secs(2),
        strict,
        at_least: None,
        settle: Duration::ZERO,
    }
}

/// What is decided in the last of these steps, each at so many milliseconds; the servers are ns0, ns1, ….
fn decide(strict: bool, target: &Target, steps: &[Step<'_>]) -> At {
    let start = Instant::now();
    let mut decider = Decider::new(target, polling(strict, false), start);
    let servers = steps.first().map_or(0, |(_, observed)| observed.len());
    let mut observations: Vec<_> = (0..servers)
        .map(|index| {
            Observation::pending(
                parse(&format!("ns{index}.example.test")).unwrap(),
                ([192, 0, 2, u8::try_from(index).unwrap()], 53).into(),
            )
        })
        .collect();
    let mut decision = Decision::Done;
    for (at, observed) in steps {
        let elapsed = Duration::from_millis(*at);
        for (one, observed) in observations.iter_mut().zip(*observed) {
            one.update(observed.clone(), elapsed, elapsed, target);
        }
        decision = decider.decide(&observations, start + Duration::from_millis(*at));
    }
    match decision {
        Decision::Done => At::Done,
        Decision::Seek => At::Seek,
        Decision::GiveUp(suspicion) => At::GiveUp(suspicion),
        Decision::LookAgain(..) | Decision::LastLook(..) => At::LookAgain,
        Decision::Wait(until) => {
            let until = until.duration_since(start).as_millis();
            At::Wait(u64::try_from(until).unwrap())
        }
    }
}

#[test]
fn it_is_done_when_each_usable_server_serves_the_value_or_each_one_if_that_is_wanted() {
    let target = target(&[], "ns0.example.test");
    for (observed, lenient, strict) in [
        (vec![SERVED], At::Done, At::Done),
        (vec![SERVED, SERVED], At::Done, At::Done),
        (vec![SERVED, DEAD], At::Done, At::Wait(TIMEOUT)),
        (vec![SERVED, LAME, UNROUTABLE], At::Done, At::Wait(TIMEOUT)),
        (vec![SERVED, EMPTY], At::Wait(TIMEOUT), At::Wait(TIMEOUT)),
        (
            vec![SERVED, EMPTY, DEAD],
            At::Wait(TIMEOUT),
            At::Wait(TIMEOUT),
        ),
        (vec![EMPTY], At::Wait(DENIED), At::Wait(DENIED)),
    ] {
        assert_eq!(decide(false, &target, &[(0, &observed)]), lenient);
        assert_eq!(decide(true, &target, &[(0, &observed)]), strict);
    }
}

#[test]
fn a_server_that_answers_without_the_value_holds_it_up_until_the_time_is_over() {
    let target = target(&[], "ns0.example.test");
    for lacking in [
        EMPTY,
        Observed::NxDomain(Some(1)),
        values("x"),
        Observed::Cname("a.test.".into()),
    ] {
        let observed = [SERVED, lacking];
        for (at, decision) in [
            (0, At::Wait(TIMEOUT)),
            (TIMEOUT - 1, At::Wait(TIMEOUT)),
            (TIMEOUT, At::GiveUp(None)),
            (TIMEOUT + 1, At::GiveUp(None)),
        ] {
            let decided = decide(false, &target, &[(at, &observed)]);
            assert_eq!(decided, decision, "{observed:?} at {at}");
        }
    }
}

#[test]
fn nothing_is_decided_before_each_server_was_heard_once_until_the_time_is_over() {
    let target = target(&[], "ns0.example.test");
    let unusable = Some(NoUsableServer);
    for (observed, suspicion) in [
        ([SERVED, UNHEARD], None),
        ([values("x"), UNHEARD], None),
        ([DEAD, UNHEARD], unusable),
    ] {
        for (at, decision) in [
            (0, At::Wait(TIMEOUT + 3000)),
            (TIMEOUT + 2999, At::Wait(TIMEOUT + 3000)),
            (TIMEOUT + 3000, At::GiveUp(suspicion)),
        ] {
            let decided = decide(false, &target, &[(at, &observed)]);
            assert_eq!(decided, decision, "{observed:?} at {at}");
        }
    }
}

#[test]
fn without_any_time_each_server_is_heard_once_all_the_same() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let polling = Polling {
        timeout: Duration::ZERO,
        ..polling(false, true)
    };
    let pending = Observation::pending(target.name.clone(), ([192, 0, 2, 1], 53).into());
    let decision = Decider::new(&target, polling, start).decide(&[pending], start);
    assert_eq!(decision, Decision::Wait(start + FIRST_LOOK));
}

#[test]
fn a_mistake_is_called_one_after_a_second_whatever_other_servers_have() {
    let target = target(&[], "ns0.example.test");
    let given_up = At::GiveUp(Some(WrongValue));
    for wrong in ["\"value\"", "value ", "value=", "VALUE", "token"] {
        for others in [SERVED, EMPTY, DEAD] {
            let observed = [others, values(wrong)];
            let at = |first, last| decide(false, &target, &[(first, &observed), (last, &observed)]);
            assert_eq!(at(0, 0), At::Wait(1000), "{wrong}");
            assert_eq!(at(0, 999), At::Wait(1000), "{wrong}");
            assert_eq!(at(0, 1000), given_up, "{wrong}");
            assert_eq!(at(30_000, 30_999), At::Wait(31_000), "{wrong}");
            // Not after the time is over.
            assert_eq!(at(TIMEOUT - 10, TIMEOUT - 5), At::Wait(TIMEOUT), "{wrong}");
            assert_eq!(at(TIMEOUT - 10, TIMEOUT), given_up, "{wrong}");
        }
    }
}

#[test]
fn a_suspicion_that_was_dropped_or_changed_stands_from_when_it_came_back() {
    let target = target(&[Some(true)], "ns0.example.test");
    let (wrong, other, empty) = ([values("token")], [values("other0")], [EMPTY]);
    let cases: [(&[Step<'_>], At); 3] = [
        (&[(0, &wrong), (500, &empty), (900, &wrong)], At::Wait(1900)),
        (&[(0, &wrong), (500, &other), (900, &wrong)], At::Wait(1900)),
        (&[(0, &wrong), (500, &other)], At::Wait(3500)),
    ];
    for (steps, decision) in cases {
        assert_eq!(decide(false, &target, steps), decision, "{steps:?}");
    }
}

#[test]
fn the_cnames_on_the_way_are_waited_for_and_do_not_stand_in_for_the_value() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let wait = Decision::Wait(start + Duration::from_millis(TIMEOUT));
    for (value, cname, expected) in [
        (SERVED, SERVED, Decision::Done),
        (SERVED, EMPTY, wait),
        (SERVED, DEAD, wait),
        (
            EMPTY,
            SERVED,
            Decision::Wait(start + Duration::from_millis(DENIED)),
        ),
        (DEAD, SERVED, Decision::Wait(start + WITHOUT_SERVERS)),
    ] {
        let mut decider = Decider::new(&target, polling(false, false), start);
        let one = |shown: &Observed, alias: Option<&str>| {
            let server = parse("ns0.test").unwrap();
            let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
            one.alias = alias.map(|alias| parse(alias).unwrap());
            one.update(shown.clone(), Duration::ZERO, Duration::ZERO, &target);
            one
        };
        let observations = [one(&value, None), one(&cname, Some("alias.test"))];
        let decision = decider.decide(&observations, start);
        assert_eq!(decision, expected, "{value:?} {cname:?}");
    }
}

#[test]
fn the_default_timeout_is_longer_where_all_servers_deny_the_name_and_a_given_one_is_not() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let missing = Observed::NxDomain(Some(1));
    for (shown, is_given, until) in [
        ([EMPTY, missing.clone()], false, DENIED),
        ([EMPTY, DEAD], false, DENIED),
        ([EMPTY, missing], true, TIMEOUT),
        ([EMPTY, values("x")], false, TIMEOUT),
        ([EMPTY, SERVED], false, TIMEOUT),
    ] {
        let observations = shown.clone().map(|shown| {
            let server = parse("ns0.test").unwrap();
            let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
            one.update(shown, Duration::ZERO, Duration::ZERO, &target);
            one
        });
        let mut decider = Decider::new(&target, polling(false, is_given), start);
        let decision = decider.decide(&observations, start);
        let until = start + Duration::from_millis(until);
        assert_eq!(decision, Decision::Wait(until), "{shown:?} {is_given}");
        let decision = decider.decide(&observations, until);
        assert!(matches!(decision, Decision::LastLook(..)));
    }
}

#[test]
fn each_cname_on_the_way_has_to_be_somewhere() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    for (first, second, is_done) in [
        (SERVED, SERVED, true),
        (SERVED, DEAD, false),
        (DEAD, SERVED, false),
    ] {
        let one = |shown: &Observed, alias: Option<&str>| {
            let server = parse("ns0.test").unwrap();
            let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
            one.alias = alias.map(|alias| parse(alias).unwrap());
            one.update(shown.clone(), Duration::ZERO, Duration::ZERO, &target);
            one
        };
        let observations = [
            one(&SERVED, None),
            one(&first, Some("a.test")),
            one(&second, Some("b.test")),
            one(&DEAD, Some("b.test")),
        ];
        let mut decider = Decider::new(&target, polling(false, false), start);
        let decision = decider.decide(&observations, start);
        assert_eq!(decision == Decision::Done, is_done, "{first:?} {second:?}");
    }
}
