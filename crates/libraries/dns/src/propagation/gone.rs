//! Decides when waiting is over until no server has a value any more: a function of what the servers show.

use std::time::Instant;

use crate::propagation::decision::{
    Decision, FIRST_LOOK, LOOKS_END, Suspicion, WITHOUT_SERVERS, last_look,
};
use crate::propagation::mistake::mistake;
use crate::propagation::observation::Observation;
use crate::propagation::observed::ServerState;
use crate::propagation::target::{Polling, Target};

/// What is to be done: servers that do not answer with authority are not waited for, as long as one does. A value that
/// was meant to be this one has to be gone too.
pub(super) fn decide(
    target: &Target,
    observations: &[Observation],
    start: Instant,
    polling: Polling,
    now: Instant,
) -> Decision {
    let is_any = |state| observations.iter().any(|one| one.state() == state);
    let deadline = start + polling.timeout;
    let wait = |until, otherwise| match now < until {
        true => Decision::Wait(until),
        false => Decision::GiveUp(otherwise),
    };
    if is_any(ServerState::Pending) {
        match polling.timeout.is_zero() {
            // One look at each server is always taken where no more than that is asked for.
            true => Decision::Wait(now + FIRST_LOOK),
            false => wait(deadline + LOOKS_END, None),
        }
    } else if is_any(ServerState::Serving) || observations.iter().any(|one| is_there(one, target)) {
        let last_look = last_look(observations, ServerState::Serving, polling, deadline);
        match last_look.filter(|_| now >= deadline && now < deadline + LOOKS_END) {
            Some(last_look) => last_look,
            None => wait(deadline, None),
        }
    } else if is_any(ServerState::Waiting) {
        // One that had the value, or that refuses, may be restarting, and have it still.
        let comes_back = observations.iter().filter_map(|one| {
            let until = match polling.is_given && one.history.was_usable {
                true => deadline,
                false => deadline.min(start + one.unusable_since? + WITHOUT_SERVERS),
            };
            (!one.state().is_usable() && one.may_come_back()).then_some(until)
        });
        match comes_back.max() {
            Some(until) if now < until => Decision::Wait(until),
            _ => Decision::Done,
        }
    } else {
        let until = match polling.is_given {
            // There is nobody who could come back.
            _ if observations.is_empty() => start,
            true => deadline,
            false => deadline.min(start + WITHOUT_SERVERS),
        };
        wait(until, Some(Suspicion::NoUsableServer))
    }
}

/// Whether a server has the value in another form.
pub(super) fn is_there(one: &Observation, target: &Target) -> bool {
    mistake(&one.observed, target).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::propagation::observed::Observed;
    use crate::transport::NetworkFault;
    use std::time::Duration;

    #[test]
    fn it_is_done_when_no_server_has_the_value_and_one_says_so() {
        let (served, empty, unheard) = (Observed::Value, Observed::NoData(None), Observed::Pending);
        let values = |value: &str| Observed::OtherValues(vec![value.into()]);
        let (quoted, other) = (values("\"value\""), values("x"));
        let dead = Observed::NoAnswer(NetworkFault::Timeout);
        let refused = Observed::NoAnswer(NetworkFault::Refused);
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let gone = Decision::GiveUp(None);
        let last_look = Decision::LastLook(Duration::from_secs(59), at(63));
        let unusable = Decision::GiveUp(Some(Suspicion::NoUsableServer));
        for (shown, timeout, second, expected) in [
            (vec![&empty, &empty], 60, 0, Decision::Done),
            (vec![&empty, &dead], 60, 0, Decision::Done),
            (vec![&empty, &refused], 60, 0, Decision::Wait(at(3))),
            (vec![&empty, &refused], 60, 3, Decision::Done),
            (vec![&empty, &refused], 2, 2, Decision::Done),
            (vec![&empty, &served], 60, 0, Decision::Wait(at(60))),
            (vec![&served, &dead], 60, 59, Decision::Wait(at(60))),
            (vec![&empty, &served], 60, 60, last_look),
            (vec![&empty, &served], 60, 63, gone),
            (vec![&empty, &served], 1, 1, gone),
            (vec![&served], 0, 0, gone),
            (vec![&served, &unheard], 0, 5, Decision::Wait(at(65))),
            (vec![&empty, &unheard], 60, 5, Decision::Wait(at(63))),
            (vec![&empty, &unheard], 60, 63, gone),
            (vec![&dead], 60, 0, Decision::Wait(at(3))),
            (vec![&dead], 2, 1, Decision::Wait(at(2))),
            (vec![&dead], 60, 3, unusable),
            (vec![&dead], 40, 3, Decision::Wait(at(40))),
            (vec![&dead], 0, 0, unusable),
            (vec![], 0, 0, unusable),
            (vec![], 40, 0, unusable),
            (vec![&quoted, &empty], 60, 60, gone),
            (vec![&other, &empty], 60, 60, Decision::Done),
        ] {
            let observations: Vec<_> = shown
                .iter()
                .map(|observed| {
                    let server = parse("ns.test").unwrap();
                    let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
                    if one.observed != **observed {
                        let start = Duration::ZERO;
                        one.update((*observed).clone(), start, start, &Target::fake());
                    }
                    one
                })
                .collect();
            let polling = Polling {
                timeout: Duration::from_secs(timeout),
                is_given: timeout != 60,
                interval: Duration::from_secs(2),
                strict: false,
                at_least: None,
                settle: Duration::ZERO,
            };
            let decided = decide(&Target::fake(), &observations, start, polling, at(second));
            assert_eq!(decided, expected, "{shown:?} {timeout} {second}");
        }
    }
}
