//! How many addresses have to serve it, and for how long.

use super::*;

/// A server that shows this, asked at this second and heard at once.
fn shown(index: u8, observed: &Observed, second: u64) -> Observation {
    let server = parse(&format!("ns{index}.test")).unwrap();
    let mut one = Observation::pending(server, ([192, 0, 2, index], 53).into());
    let at = Duration::from_secs(second);
    one.update(observed.clone(), at, at, &Target::fake());
    one
}

#[test]
fn as_many_addresses_have_to_serve_it_as_are_asked_for_and_no_more() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let too_few = Decision::GiveUp(Some(Suspicion::TooFewServers));
    let at = |second| start + Duration::from_secs(second);
    for (at_least, second, other, decision) in [
        (1, 4, &DEAD, Decision::Done),
        (2, 4, &DEAD, Decision::Wait(at(60))),
        (2, 60, &DEAD, too_few),
        // The zone has no more than two.
        (3, 1, &DEAD, too_few),
        // Others may lag, or say nothing yet.
        (1, 0, &EMPTY, Decision::Done),
        (1, 0, &UNHEARD, Decision::Done),
        (2, 4, &EMPTY, Decision::Wait(at(60))),
        (2, 63, &EMPTY, Decision::GiveUp(None)),
        (2, 0, &UNHEARD, Decision::Wait(at(60) + LOOKS_END)),
    ] {
        let polling = Polling {
            at_least: Some(at_least),
            ..polling(false, false)
        };
        let observations = [shown(0, &SERVED, 0), shown(1, other, 0)];
        let mut decider = Decider::new(&target, polling, start);
        let decided = decider.decide(&observations, at(second));
        assert_eq!(decided, decision, "{at_least} after {second} s: {other:?}");
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

#[test]
fn the_time_to_settle_counts_in_the_timeout() {
    let (target, start) = (target(&[], "ns0.example.test"), Instant::now());
    let at = |second| start + Duration::from_secs(second);
    for (asked, decision) in [
        (55, Decision::Wait(at(60))),
        (56, Decision::GiveUp(Some(Suspicion::NotSettled))),
    ] {
        let polling = Polling {
            settle: Duration::from_secs(5),
            ..polling(false, true)
        };
        let mut decider = Decider::new(&target, polling, start);
        let observations = [shown(0, &SERVED, asked)];
        assert_eq!(
            decider.decide(&observations, at(asked)),
            decision,
            "{asked}"
        );
    }
}
