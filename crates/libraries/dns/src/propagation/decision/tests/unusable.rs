//! Servers that are of no use.

use super::*;
use crate::transport::ExtendedErrors;

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
fn a_server_that_was_of_use_or_refuses_is_waited_for_a_while() {
    let target = target(&[], "ns0.example.test");
    let refused = Observed::Lame(ReplyFault::ResponseCode(
        ResponseCode::Refused,
        ExtendedErrors::default(),
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
fn without_any_address_nothing_is_waited_for() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let decision = Decider::new(&target, polling(false, true), start).decide(&[], start);
    assert_eq!(decision, Decision::GiveUp(Some(NoUsableServer)));
}
