//! Tables of what servers show, and what is decided.

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
    GiveUp(Option<Suspicion>),
}

fn polling(strict: bool, is_given: bool) -> Polling {
    Polling {
        timeout: Duration::from_millis(TIMEOUT),
        is_given,
        interval: Duration::from_secs(2),
        strict,
        at_least: 1,
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
fn without_any_usable_server_it_gives_up_after_three_seconds_that_count_from_the_start() {
    let target = target(&[], "ns0.example.test");
    let (gone, unroutable) = ([DEAD, LAME, UNROUTABLE], [UNROUTABLE, UNROUTABLE]);
    let none: &[Observed] = &[];
    let given_up = || At::GiveUp(Some(NoUsableServer));
    let cases: [(&[Step<'_>], At); 13] = [
        (&[(0, &gone)], At::Wait(3000)),
        (&[(0, &gone), (2999, &gone)], At::Wait(3000)),
        (&[(0, &gone), (3000, &gone)], given_up()),
        // The first fault shows in the middle of the three seconds, or after it.
        (&[(1000, &gone), (3999, &gone)], At::Wait(4000)),
        (&[(1000, &gone), (4000, &gone)], given_up()),
        (&[(2000, &gone), (4499, &gone)], At::Wait(4500)),
        (&[(2000, &gone), (4500, &gone)], given_up()),
        (&[(5000, &gone)], given_up()),
        // Usable in between.
        (
            &[(0, &gone), (1000, &[EMPTY]), (1400, &gone)],
            At::Wait(4400),
        ),
        (&[(TIMEOUT, &gone)], given_up()),
        // No route to any, or no server: nothing can change that.
        (&[(0, &unroutable)], given_up()),
        (&[(1, &unroutable)], given_up()),
        (&[(0, none)], given_up()),
    ];
    for (steps, decision) in cases {
        assert_eq!(decide(false, &target, steps), decision, "{steps:?}");
        assert_eq!(decide(true, &target, steps), decision, "{steps:?}");
    }
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
fn another_expected_value_alone_on_every_usable_server_means_that_it_replaced_this_one() {
    let target = target(&[None], "ns0.example.test");
    let other = || values("other0");
    let both = Observed::OtherValues(vec!["x".into(), "other0".into()]);
    for (observed, suspected) in [
        (vec![other(), other()], true),
        (vec![other(), both], true),
        (vec![other(), DEAD, LAME], true),
        (vec![other(), EMPTY], false),
        (vec![other(), values("x")], false),
        (vec![other(), SERVED], false),
    ] {
        let decision = if suspected {
            At::GiveUp(Some(Overwritten))
        } else {
            At::Wait(TIMEOUT)
        };
        let steps: [Step<'_>; 2] = [(0, &observed), (30_000, &observed)];
        assert_eq!(decide(false, &target, &steps), decision, "{observed:?}");
    }
}

#[test]
fn another_value_has_to_stand_for_longer_where_a_second_transfer_may_follow() {
    let (visible, hidden) = ("ns0.example.test", "hidden.example.test");
    let all_other = [values("other0"), values("other1")];
    let primary_dead = [DEAD, values("other0")];
    let to_the_end = TIMEOUT;
    type Newer<'a> = &'a [Option<bool>];
    let cases: [(Newer<'_>, &str, &[Observed], u64); 10] = [
        // Nothing says which value was written first.
        (&[None, None], visible, &all_other, 3000),
        (&[None, None], hidden, &all_other, 10_000),
        (&[None, None], "", &all_other, 10_000),
        // The primary is there and of no use.
        (&[None, None], visible, &primary_dead, 10_000),
        // The other one is known to be newer: it has replaced this one.
        (&[Some(true), None], hidden, &all_other, 3000),
        (&[None, Some(true)], hidden, &all_other, 3000),
        (&[Some(true), Some(false)], hidden, &all_other, 3000),
        // It is known to be older: this one is not there yet.
        (&[Some(false), None], visible, &all_other, to_the_end),
        (&[Some(false), Some(false)], visible, &all_other, to_the_end),
        (&[Some(false), None], visible, &primary_dead, to_the_end),
    ];
    for (newer, primary, observed, stands) in cases {
        let target = target(newer, primary);
        let at = |at| decide(false, &target, &[(0, observed), (at, observed)]);
        let case = format!("{newer:?} {primary} {observed:?}");
        assert_eq!(at(0), At::Wait(stands), "{case}");
        assert_eq!(at(stands - 1), At::Wait(stands), "{case}");
        assert_eq!(at(stands), At::GiveUp(Some(Overwritten)), "{case}");
    }
}

#[test]
fn another_value_that_was_in_its_place_is_remembered() {
    let (other, gone) = ([values("other0"), values("other0")], [EMPTY, values("x")]);
    let overwritten = || At::GiveUp(Some(Overwritten));
    for (newer, steps, decision) in [
        (None, vec![(0, &other[..]), (1000, &gone)], At::Wait(10_000)),
        (
            None,
            vec![(0, &other), (1000, &gone), (10_000, &gone)],
            overwritten(),
        ),
        (
            Some(true),
            vec![(0, &other), (1000, &gone), (3000, &gone)],
            overwritten(),
        ),
        (
            Some(false),
            vec![(0, &other), (1000, &gone), (30_000, &gone)],
            At::Wait(TIMEOUT),
        ),
        (
            None,
            vec![
                (0, &other),
                (1000, &[EMPTY, SERVED]),
                (30_000, &[EMPTY, SERVED]),
            ],
            At::Wait(TIMEOUT),
        ),
    ] {
        let target = target(&[newer], "ns0.example.test");
        assert_eq!(
            decide(false, &target, &steps),
            decision,
            "{newer:?} {steps:?}"
        );
    }
}

#[test]
fn a_value_that_was_there_and_is_nowhere_is_taken_for_removed_after_ten_seconds() {
    let target = target(&[], "ns0.example.test");
    let (first, gone) = ([SERVED, EMPTY], [EMPTY, EMPTY]);
    let alias = || Observed::Cname("a.test.".into());
    let removed = || At::GiveUp(Some(Removed));
    let cases: [(&[Step<'_>], At); 8] = [
        (&[(0, &first), (1000, &gone)], At::Wait(11_000)),
        (
            &[(0, &first), (1000, &gone), (10_999, &gone)],
            At::Wait(11_000),
        ),
        (&[(0, &first), (1000, &gone), (11_000, &gone)], removed()),
        (
            &[
                (0, &first),
                (1000, &[values("x"), DEAD]),
                (11_000, &[values("x"), DEAD]),
            ],
            removed(),
        ),
        // One of them has it; nobody had it; it comes back; there is an alias now.
        (
            &[
                (0, &first),
                (1000, &[EMPTY, SERVED]),
                (11_000, &[EMPTY, SERVED]),
            ],
            At::Wait(TIMEOUT),
        ),
        (&[(1000, &gone), (11_000, &gone)], At::Wait(DENIED)),
        (
            &[(0, &first), (1000, &gone), (2000, &first), (11_000, &gone)],
            At::Wait(21_000),
        ),
        (
            &[
                (0, &first),
                (1000, &[alias(), EMPTY]),
                (11_000, &[alias(), EMPTY]),
            ],
            At::Wait(TIMEOUT),
        ),
    ];
    for (steps, decision) in cases {
        assert_eq!(decide(false, &target, steps), decision, "{steps:?}");
    }
    let unusable = [(0, &first[..]), (1000, &[EMPTY, DEAD]), (TIMEOUT, &gone)];
    assert_eq!(decide(false, &target, &unusable), removed());
}

#[test]
fn a_value_that_no_server_has_while_all_have_a_later_one_of_its_zone_was_removed() {
    let nowhere = [EMPTY, values("x")];
    for (servers, observed, is_removed) in [
        (2, &nowhere, true),
        (1, &nowhere, false),
        (0, &nowhere, false),
        (1, &[EMPTY, DEAD], true),
        (2, &[EMPTY, SERVED], false),
        (2, &[EMPTY, Observed::Cname("a.test.".into())], false),
    ] {
        let target = target_before_another(servers);
        let at = |at| decide(false, &target, &[(0, observed), (at, observed)]);
        let (waiting, decided) = match is_removed {
            true => (At::Wait(10_000), At::GiveUp(Some(Removed))),
            false => (At::Wait(TIMEOUT), At::Wait(TIMEOUT)),
        };
        assert_eq!(at(9999), waiting, "{servers} {observed:?}");
        assert_eq!(at(10_000), decided, "{servers} {observed:?}");
    }
}

#[test]
fn a_server_that_was_of_use_or_refuses_is_waited_for_a_while() {
    let target = target(&[], "ns0.example.test");
    let refused = Observed::Lame(ReplyFault::ResponseCode(
        ResponseCode::Refused,
        crate::transport::ExtendedErrors::default(),
    ));
    let closed = Observed::NoAnswer(NetworkFault::Refused);
    for (steps, decision) in [
        (vec![(0, [SERVED, refused.clone()])], At::Wait(3000)),
        (vec![(0, [SERVED, closed])], At::Wait(3000)),
        (
            vec![(0, [SERVED, refused.clone()]), (100, [SERVED, DEAD])],
            At::Done,
        ),
        (
            vec![(0, [EMPTY, refused]), (2999, [SERVED, LAME])],
            At::Done,
        ),
        (
            vec![(0, [SERVED, EMPTY]), (1000, [SERVED, DEAD])],
            At::Wait(4000),
        ),
        (
            vec![
                (0, [SERVED, EMPTY]),
                (1000, [EMPTY, DEAD]),
                (4000, [SERVED, DEAD]),
            ],
            At::Done,
        ),
        (vec![(0, [SERVED, DEAD])], At::Done),
    ] {
        let steps: Vec<Step<'_>> = steps
            .iter()
            .map(|(at, seen)| (*at, seen.as_slice()))
            .collect();
        assert_eq!(decide(false, &target, &steps), decision, "{steps:?}");
    }
}

#[test]
fn servers_are_looked_at_again_that_were_asked_before_the_last_one_had_the_value() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let milliseconds = Duration::from_millis;
    let until = start + milliseconds(TIMEOUT + 3000);
    let again = |fresh| Decision::LookAgain(milliseconds(fresh), until);
    // When each server was asked last in each step.
    for (steps, expected) in [
        (vec![[1000, 1000]], Decision::Done),
        (vec![[950, 1000]], Decision::Done),
        (vec![[949, 1000]], again(950)),
        // What is asked again may be answered late, and the others are no older for that.
        (vec![[0, 1000], [2000, 1000]], Decision::Done),
        (vec![[0, 1000], [0, 3000]], again(950)),
        (vec![[0, 0], [0, 0]], Decision::Done),
        // Even after the time is up: they have it.
        (vec![[0, TIMEOUT]], again(TIMEOUT - 50)),
    ] {
        let mut decider = Decider::new(&target, polling(false, false), start);
        let mut decision = Decision::Done;
        for asked in &steps {
            let observations = asked.map(|asked| {
                let server = parse("ns0.example.test").unwrap();
                let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
                one.update(SERVED, milliseconds(asked), milliseconds(asked), &target);
                one
            });
            decision = decider.decide(&observations, start + milliseconds(TIMEOUT));
        }
        assert_eq!(decision, expected, "{steps:?}");
    }
}

#[test]
fn what_was_looked_at_again_before_one_lost_the_value_counts_no_more() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let mut decider = Decider::new(&target, polling(false, false), start);
    let mut decide = |shown: [(Observed, u64); 2], now| {
        let observations = shown.map(|(shown, asked)| {
            let server = parse("ns0.example.test").unwrap();
            let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
            let asked = Duration::from_millis(asked);
            one.update(shown, asked, asked, &target);
            one
        });
        decider.decide(&observations, start + Duration::from_millis(now))
    };
    let until = start + Duration::from_millis(TIMEOUT + 3000);
    let again = |fresh| Decision::LookAgain(Duration::from_millis(fresh), until);
    assert_eq!(decide([(SERVED, 0), (SERVED, 1000)], 1000), again(950));
    let lost = decide([(EMPTY, 1001), (SERVED, 1000)], 1001);
    assert!(matches!(lost, Decision::Wait(_)));
    assert_eq!(decide([(SERVED, 5000), (SERVED, 1000)], 5000), again(4950));
}

#[test]
fn a_server_that_was_of_use_is_waited_for_all_the_time_that_somebody_gave() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    for (was_usable, server, now, expected) in [
        (true, "ns1.test", 3000, Decision::Wait(at(TIMEOUT))),
        (true, "ns1.test", TIMEOUT, Decision::Done),
        // Another address of the server has the value.
        (true, "ns0.test", 2999, Decision::Wait(at(3000))),
        (true, "ns0.test", 3000, Decision::Done),
        (false, "ns1.test", 2999, Decision::Wait(at(3000))),
        (false, "ns1.test", 3000, Decision::Done),
    ] {
        let closed = Observed::NoAnswer(NetworkFault::Refused);
        let observations = [("ns0.test", SERVED), (server, closed)].map(|(server, shown)| {
            let address = ([192, 0, 2, 1], 53).into();
            let mut one = Observation::pending(parse(server).unwrap(), address);
            if was_usable {
                one.update(EMPTY, Duration::ZERO, Duration::ZERO, &target);
            }
            one.update(shown, Duration::ZERO, Duration::ZERO, &target);
            one
        });
        let mut decider = Decider::new(&target, polling(false, true), start);
        let decision = decider.decide(&observations, at(now));
        assert_eq!(decision, expected, "{was_usable} {server} {now}");
    }
}

#[test]
fn a_timeout_that_somebody_gave_is_not_ended_early_for_lack_of_servers() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    for (shown, is_given, at, expected) in [
        (DEAD, false, 3000, Decision::GiveUp(Some(NoUsableServer))),
        (UNROUTABLE, false, 0, Decision::GiveUp(Some(NoUsableServer))),
        (
            DEAD,
            true,
            3000,
            Decision::Wait(start + Duration::from_millis(TIMEOUT)),
        ),
        (
            UNROUTABLE,
            true,
            0,
            Decision::Wait(start + Duration::from_millis(TIMEOUT)),
        ),
        (DEAD, true, TIMEOUT, Decision::GiveUp(Some(NoUsableServer))),
        (
            UNHEARD,
            true,
            TIMEOUT + 3000,
            Decision::GiveUp(Some(NoUsableServer)),
        ),
    ] {
        let mut decider = Decider::new(&target, polling(false, is_given), start);
        let mut one = Observation::pending(parse("ns0.test").unwrap(), ([192, 0, 2, 1], 53).into());
        one.update(shown.clone(), Duration::ZERO, Duration::ZERO, &target);
        let mut decision = decider.decide(&[one.clone()], start);
        for later in [at / 2, at] {
            decision = decider.decide(&[one.clone()], start + Duration::from_millis(later));
        }
        assert_eq!(decision, expected, "{shown:?} {is_given} {at}");
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
fn without_any_address_nothing_is_waited_for() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let decision = Decider::new(&target, polling(false, true), start).decide(&[], start);
    assert_eq!(decision, Decision::GiveUp(Some(NoUsableServer)));
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

#[test]
fn what_servers_lack_is_looked_at_once_more_when_the_time_is_over() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let milliseconds = Duration::from_millis;
    let fresh = milliseconds(TIMEOUT - 1000);
    for (shown, asked, expected) in [
        (
            values("x"),
            TIMEOUT - 1001,
            Decision::LastLook(fresh, start + milliseconds(TIMEOUT + 3000)),
        ),
        (values("x"), TIMEOUT - 1000, Decision::GiveUp(None)),
        (DEAD, 0, Decision::GiveUp(Some(NoUsableServer))),
    ] {
        let server = parse("ns0.test").unwrap();
        let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
        one.update(shown, milliseconds(asked), milliseconds(asked), &target);
        let mut decider = Decider::new(&target, polling(false, true), start);
        let decision = decider.decide(&[one], start + milliseconds(TIMEOUT));
        assert_eq!(decision, expected, "{asked}");
    }
}

#[test]
fn without_any_time_one_look_at_each_server_is_enough_whenever_that_was() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let polling = Polling {
        timeout: Duration::ZERO,
        ..polling(false, true)
    };
    let observations = [0, 5000].map(|asked| {
        let server = parse("ns0.test").unwrap();
        let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
        let asked = Duration::from_millis(asked);
        one.update(SERVED, asked, asked, &target);
        one
    });
    let mut decider = Decider::new(&target, polling, start);
    let decision = decider.decide(&observations, start + Duration::from_secs(6));
    assert_eq!(decision, Decision::Done);
}

/// A server that shows this, asked at this second and heard at once.
fn shown(index: u8, observed: &Observed, second: u64) -> Observation {
    let server = parse(&format!("ns{index}.test")).unwrap();
    let mut one = Observation::pending(server, ([192, 0, 2, index], 53).into());
    let at = Duration::from_secs(second);
    one.update(observed.clone(), at, at, &Target::fake());
    one
}

#[test]
fn as_many_addresses_have_to_serve_it_as_are_asked_for() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let too_few = Decision::GiveUp(Some(Suspicion::TooFewServers));
    let at = |second| start + Duration::from_secs(second);
    for (at_least, second, decision) in [
        (1, 4, Decision::Done),
        (2, 4, Decision::Wait(at(60))),
        (2, 60, too_few),
        // The zone has no more than two.
        (3, 1, too_few),
    ] {
        let polling = Polling {
            at_least,
            ..polling(false, false)
        };
        let observations = [shown(0, &SERVED, 0), shown(1, &DEAD, 0)];
        let mut decider = Decider::new(&target, polling, start);
        let decided = decider.decide(&observations, at(second));
        assert_eq!(decided, decision, "{at_least} after {second} s");
    }
}

#[test]
fn where_it_is_to_settle_all_serve_it_for_so_long_without_a_break() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let at = |second| start + Duration::from_secs(second);
    let polling = Polling {
        settle: Duration::from_secs(5),
        ..polling(false, false)
    };
    let mut decider = Decider::new(&target, polling, start);
    let mut decide = |observed: &Observed, asked, now| {
        let observations = [shown(0, &SERVED, asked), shown(1, observed, asked)];
        decider.decide(&observations, at(now))
    };
    assert_eq!(decide(&SERVED, 1, 1), Decision::Wait(at(6)));
    assert_eq!(decide(&EMPTY, 3, 3), Decision::Wait(at(60)));
    assert_eq!(decide(&SERVED, 4, 4), Decision::Wait(at(9)));
    assert_eq!(decide(&SERVED, 6, 7), Decision::Wait(at(9)));
    let fresh = Duration::from_secs(9) - TOGETHER;
    assert_eq!(
        decide(&SERVED, 6, 9),
        Decision::LookAgain(fresh, at(60) + LOOKS_END)
    );
    assert_eq!(decide(&SERVED, 9, 9), Decision::Done);
}
