//! When servers are looked at once more.

use super::*;

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
